import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Stamped } from '../../tasks/runner/events.ts'
import { slow } from '../optional.ts'
import { Project } from './project.ts'

// --keep-going and --concurrency, seen from outside: the CLI's download, which is independent of the stack, fails.

const test = suite('--keep-going and --concurrency')
const project = new Project()
const fast = 'rehearsal.speed=500'
const NEVER = '0'.repeat(64)

let server: Server
/** Lets the download continue. */
let answer = () => {}

test.before(async () => {
  server = createServer((_request, response) => {
    answer = () => response.end('no program')
    if (immediately) answer()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

let immediately = true

/** A bootstrap of a cluster with a CLI that does not match its pinned hash. */
function words(name: string, ...more: string[]): string[] {
  const { port } = server.address() as AddressInfo
  const cli = [`cli.url=http://127.0.0.1:${port}/dcos`, `cli.sha256=${NEVER}`]
  return ['bootstrap', '--json', fast, `cluster.name=${name}`, ...cli, ...more]
}

/** The tasks that ran at the same time as another one. */
function overlapping(events: Stamped[]): string[] {
  const running = new Set<string>()
  const found = new Set<string>()
  for (const event of events) {
    if (event.event === 'start') {
      running.add(event.task)
      if (running.size > 1) for (const task of running) found.add(task)
    } else if (event.event === 'done' || event.event === 'fail') running.delete(event.task)
  }
  return [...found].sort()
}

test('after a failure nothing new starts', async () => {
  // One at a time, so that something is left to start when the download fails.
  const stopped = await project.run(words('stopped', '-j1'))
  assert.equal([stopped.code, stopped.end.failed], [1, ['cli-install']], stopped.stdout)
  const started = stopped.events.flatMap((event) => (event.event === 'start' ? event.task : []))
  assert.is(started.at(-1), 'cli-install', stopped.stdout)
  assert.not.ok(started.includes('wait'), stopped.stdout)
})

slow(test, '--keep-going continues with unaffected tasks; the rerun does the rest', async () => {
  for (const option of ['--keep-going', '-k']) {
    const name = `going${option.length}`
    const going = await project.run(words(name, option))
    assert.equal(
      [going.code, going.end.failed, going.end.ran],
      [1, ['cli-install'], ['preflight', 'keypair', 'stack', 'wait']],
      going.stdout,
    )
    const rest = await project.run(['bootstrap', '--json', fast, `cluster.name=${name}`])
    assert.equal([rest.code, rest.end.ran], [0, ['cli-config']], rest.stdout)
  }
})

slow(
  test,
  '--concurrency 1 runs one task at a time; otherwise independent tasks run concurrently',
  async () => {
    for (const option of ['--concurrency=1', '-j1']) {
      const one = await project.run(words(`one${option.length}`, '-k', option))
      assert.equal(one.end.ran, ['preflight', 'keypair', 'stack', 'wait'], one.stdout)
      assert.equal(overlapping(one.events), [])
    }
    immediately = false
    const child = project.start(words('many', '-k'))
    let said = ''
    for await (const piece of child.stdout!) {
      said += piece
      // The download ends only when the stack is being followed.
      if (/"event":"start","task":"wait"/.test(said)) answer()
    }
    const events = said
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Stamped)
    assert.equal(overlapping(events), ['cli-install', 'keypair', 'preflight', 'stack', 'wait'])
  },
)

test.after(() => {
  server.closeAllConnections()
  server.close()
  project.remove()
})

test.run()
