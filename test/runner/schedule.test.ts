import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { schedule } from '../../tasks/runner/schedule.ts'

const test = suite('schedule')
const forever = new AbortController().signal
const all = { concurrency: Number.POSITIVE_INFINITY, keepGoing: false, signal: forever }
const tick = () => new Promise((resolve) => setImmediate(resolve))

/** A diamond: d needs b and c, which need a; e needs nothing. */
const diamond: Record<string, string[]> = { a: [], b: ['a'], c: ['a'], d: ['b', 'c'], e: [] }
const needs = (graph: Record<string, string[]>) => (node: string) => graph[node]!

test('starts every ready node, and none before its dependencies', async () => {
  const log: string[] = []
  const unstarted = await schedule(
    Object.keys(diamond),
    needs(diamond),
    async (node) => {
      log.push(`+${node}`)
      await tick()
      log.push(`-${node}`)
      return true
    },
    all,
  )
  assert.equal(unstarted, [])
  assert.equal(log.slice(0, 2), ['+a', '+e'])
  for (const [node, wanted] of Object.entries(diamond)) {
    for (const need of wanted)
      assert.ok(log.indexOf(`-${need}`) < log.indexOf(`+${node}`), `${node} after ${need}`)
  }
})

test('after a failure running nodes finish and no new ones start', async () => {
  const finished: string[] = []
  const graph = { bad: [], slow: [], afterBad: ['bad'], afterSlow: ['slow'] }
  const unstarted = await schedule(
    Object.keys(graph),
    needs(graph),
    async (node) => {
      if (node === 'slow') for (let i = 0; i < 5; i++) await tick()
      finished.push(node)
      return node !== 'bad'
    },
    all,
  )
  assert.equal(finished, ['bad', 'slow'])
  assert.equal(unstarted, ['afterBad', 'afterSlow'])
})

test('with keepGoing only dependents of the failure are left out', async () => {
  const graph = { bad: [], afterBad: ['bad'], good: [], afterGood: ['good'] }
  const unstarted = await schedule(Object.keys(graph), needs(graph), async (node) => node !== 'bad', {
    ...all,
    keepGoing: true,
  })
  assert.equal(unstarted, ['afterBad'])
})

test('never runs more nodes at a time than allowed', async () => {
  let running = 0
  let most = 0
  await schedule(
    Array.from({ length: 50 }, (_, index) => index),
    () => [],
    async () => {
      most = Math.max(most, ++running)
      await tick()
      running--
      return true
    },
    { ...all, concurrency: 3 },
  )
  assert.is(most, 3)
})

test('an abort starts nothing new', async () => {
  const controller = new AbortController()
  const unstarted = await schedule(
    ['a', 'b', 'c'],
    (node) => (node === 'b' ? ['a'] : node === 'c' ? ['b'] : []),
    async () => {
      controller.abort()
      return true
    },
    { ...all, signal: controller.signal },
  )
  assert.equal(unstarted, ['b', 'c'])
})

test('a chain of 100,000 neither overflows the stack nor takes long', async () => {
  const nodes = Array.from({ length: 100_000 }, (_, index) => index)
  const unstarted = await schedule(
    nodes,
    (node) => (node === 0 ? [] : [node - 1]),
    async () => true,
    all,
  )
  assert.equal(unstarted, [])
})

test('no nodes: nothing to do', async () => {
  assert.equal(
    await schedule(
      [],
      () => [],
      async () => true,
      all,
    ),
    [],
  )
})

test.run()
