import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slow } from '../optional.ts'
import { Project } from './project.ts'

// Commands that run at the same moment share one rehearsed master: one of them serves it, and another takes over when
// that one ends, whether normally or killed.

const test = suite('siblings')
const project = new Project()
const fast = 'rehearsal.speed=500'
const ROUNDS = 10

const commands = [
  { words: ['node', 'list', '--json'], code: 0, says: /"type": "master \(leader\)"/ },
  { words: ['nonsense'], code: 1, says: /"nonsense" is not a command/ },
  { words: ['marathon', 'app', 'list'], code: 0, says: /^ID +MEM/m },
]

let undisturbedMs = 0

test.before(async () => {
  const up = await project.run(['bootstrap', '--json', fast])
  assert.is(up.code, 0, up.stdout + up.stderr)
  undisturbedMs = (await project.run(['dcos', fast, '--', 'node', 'list'])).ms
})

slow(test, 'three concurrent commands are served, also when one of them is killed', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const victim = project.run(['dcos', fast, '--', 'node', 'list'], {
      killAfter: (undisturbedMs * (round + 1)) / ROUNDS,
    })
    const answers = await Promise.all(
      commands.map(({ words }) => project.run(['dcos', fast, '--', ...words])),
    )
    for (const [index, { code, says, words }] of commands.entries()) {
      const { stdout, stderr, code: was } = answers[index]!
      assert.is(was, code, `round ${round}, ${words.join(' ')}: ${stdout}${stderr}`)
      assert.match(stdout + stderr, says)
    }
    await victim
  }
})

/** A command that serves the master, or stands by, until it is given the application to add. */
async function waiting(): Promise<ChildProcess & { said: string }> {
  const child = project.start(['dcos', fast, '--', 'marathon', 'app', 'add'], { input: '' })
  const waiter = Object.assign(child, { said: '' })
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (waiter.said += chunk))
  while (!waiter.said.includes('built-in client')) await once(child.stderr!, 'data')
  return waiter
}

async function add(waiter: ChildProcess & { said: string }, id: string): Promise<void> {
  const closed = once(waiter, 'close')
  waiter.stdin!.end(JSON.stringify({ id, cmd: 'sleep 100' }))
  const [code] = await closed
  assert.is(code, 0, waiter.said)
  assert.match(waiter.said, /Created deployment/)
}

test('when the serving command is killed, the next request of the others still succeeds', async () => {
  const serving = await waiting()
  const others = [await waiting(), await waiting()]
  serving.kill('SIGKILL')
  await Promise.all(others.map((other, index) => add(other, `killed-${index}`)))
})

test('when the serving command ends, the next request of the others still succeeds', async () => {
  const serving = await waiting()
  const others = [await waiting(), await waiting()]
  await add(serving, 'ended')
  await Promise.all(others.map((other, index) => add(other, `stayed-${index}`)))
})

test.after(() => project.remove())

test.run()
