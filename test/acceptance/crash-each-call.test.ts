import { ListStacksCommand } from '@aws-sdk/client-cloudformation'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slow } from '../optional.ts'
import { rehearse } from '../rehearsal/fixture.ts'
import { Project } from './project.ts'

const test = suite('killed at each request')
const project = new Project()
/** Fast enough that a whole run makes only a few dozen requests. */
const speed = 'rehearsal.speed=5000'
/** The first request of each operation; with EVERY_REQUEST set, which takes minutes, all requests (but only a few polls). */
const most = (call: string) =>
  process.env.EVERY_REQUEST ? (polling.has(call) ? 3 : Number.POSITIVE_INFINITY) : 1
const polling = new Set(['DescribeStackEvents', 'DescribeStacks'])

/** The moments at which a run is killed: before and after each request of an undisturbed run. */
function moments(calls: Record<string, number>): { call: string; after: number; error: string }[] {
  return Object.entries(calls).flatMap(([operation, count]) => {
    const call = operation.split(':')[1]!
    const length = Math.min(count, most(call))
    return Array.from({ length }, (_, after) => after).flatMap((after) =>
      ['crash-before', 'crash-after'].map((error) => ({ call, after, error })),
    )
  })
}

/** Runs the jobs two at a time. */
async function spread<Job>(jobs: Job[], run: (job: Job, index: number) => Promise<void>): Promise<void> {
  const queue = [...jobs.entries()]
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await run(next[1], next[0])
  }
  await Promise.all([worker(), worker()])
}

const fail = (moment: object) => `rehearsal.fail=${JSON.stringify([moment])}`
let calls: { up: Record<string, number>; down: Record<string, number> }

test.before(async () => {
  const up = await project.run(['bootstrap', '--json', speed, 'cluster.name=probe'])
  const down = await project.run(['destroy', '--yes', '--json', speed, 'cluster.name=probe'])
  assert.equal([up.code, down.code], [0, 0], up.stdout + down.stdout)
  calls = { up: up.end.calls, down: down.end.calls }
})

slow(test, 'bootstrap: the rerun ends as if uninterrupted, with one stack', async () => {
  let killed = 0
  const all = moments(calls.up)
  await spread(all, async (moment, index) => {
    const name = `u${index}x`
    const words = ['--json', speed, `cluster.name=${name}`]
    const first = await project.run(['bootstrap', ...words, fail(moment)])
    if (first.signal === 'SIGKILL') killed++
    const second = await project.run(['bootstrap', ...words])
    assert.is(second.code, 0, JSON.stringify(moment) + second.stdout)
    assert.equal((await project.run(['bootstrap', ...words])).end.ran, [], JSON.stringify(moment))
    assert.is(await stacksOf(name), 1, JSON.stringify(moment))
    await project.run(['destroy', '--yes', ...words])
  })
  console.log(`bootstrap: killed ${killed} times at ${all.length} moments`)
  // The number of polls depends on timing.
  assert.ok(killed >= all.length * 0.8, `${killed} of ${all.length}`)
})

slow(test, 'destroy: the rerun leaves nothing', async () => {
  let killed = 0
  const all = moments(calls.down)
  await spread(all, async (moment, index) => {
    const words = ['--json', speed, `cluster.name=d${index}x`]
    assert.is((await project.run(['bootstrap', ...words])).code, 0)
    const first = await project.run(['destroy', '--yes', ...words, fail(moment)])
    if (first.signal === 'SIGKILL') killed++
    const second = await project.run(['destroy', '--yes', ...words])
    assert.is(second.code, 0, JSON.stringify(moment) + second.stdout)
    assert.equal(second.end.left, [])
    const third = await project.run(['destroy', '--json', ...words])
    assert.equal([third.code, third.end.undone], [0, []], JSON.stringify(moment) + third.stdout)
  })
  console.log(`destroy: killed ${killed} times at ${all.length} moments`)
  assert.ok(killed >= all.length * 0.8, `${killed} of ${all.length}`)
})

/** The number of stacks of this name that ever existed, including deleted ones. */
async function stacksOf(name: string): Promise<number> {
  const { cloudFormation } = rehearse({ folder: project.path('.task/rehearsed') })
  let count = 0
  let NextToken: string | undefined
  do {
    const page = await cloudFormation.send(new ListStacksCommand({ NextToken }))
    count += (page.StackSummaries ?? []).filter((stack) => stack.StackName === name).length
    NextToken = page.NextToken
  } while (NextToken)
  return count
}

test.after(() => project.remove())

test.run()
