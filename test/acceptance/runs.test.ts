import { writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Live } from './live.ts'
import { Project } from './project.ts'

const test = suite('runs')
const project = new Project()
const fast = 'rehearsal.speed=500'

/** What the task list says about the last run. */
async function last(): Promise<string> {
  const { stdout } = await project.run([])
  return /^last run: .*$/m.exec(stdout)?.[0] ?? ''
}

test('the list shows the result of the last run; runs lists all; runs show prints one', async () => {
  assert.is(await last(), '')
  assert.is(JSON.parse((await project.run(['--json'])).stdout).lastRun, null)
  assert.match((await project.run(['runs'])).stdout, 'no runs recorded yet')
  const shown = await project.run(['runs', 'show'])
  assert.equal([shown.code, /no runs are recorded here/.test(shown.stderr)], [2, true])

  assert.is((await project.run(['bootstrap', fast])).code, 0)
  assert.match(await last(), /^last run: bootstrap dcos, done \d+ s ago \(\d+ s\)$/)
  assert.match((await project.run(['--list', '--no-color'])).stdout, 'last run: bootstrap dcos')
  const listed = JSON.parse((await project.run(['--json'])).stdout)
  assert.equal([listed.lastRun.state, listed.lastRun.exit, listed.tasks.length > 10], ['done', 0, true])

  // Read-only commands are not recorded.
  for (const words of [['status'], ['destroy', '--dry-run']]) await project.run([...words, fast])
  assert.match(await last(), 'bootstrap dcos, done')

  const fail = "rehearsal.fail=[{resource: MasterServerGroup, reason: '<b>out of luck</b>'}]"
  const failed = await project.run(['bootstrap', fast, 'cluster.name=unlucky', fail])
  assert.is(failed.code, 1)
  assert.match(
    await last(),
    /^last run: bootstrap unlucky, failed at wait \d+ s ago \(npx task runs show\): STACK_FAILED stack unlucky ended in ROLLBACK_COMPLETE$/,
  )
  const { runs } = JSON.parse((await project.run(['runs', '--json'])).stdout)
  assert.equal(
    runs.map((run: { what: string; state: string }) => [run.what, run.state]),
    [
      ['bootstrap unlucky', 'failed'],
      ['bootstrap dcos', 'done'],
    ],
  )
  const table = (await project.run(['runs'])).stdout
  assert.match(table, /bootstrap unlucky +failed at wait: STACK_FAILED\n.*bootstrap dcos +done\n$/)

  const told = (await project.run(['runs', 'show'])).stdout
  assert.match(told, /STACK_FAILED stack unlucky ended in ROLLBACK_COMPLETE\n +why: .*out of luck/)
  // The lines are those of the original output.
  const lines = failed.stdout
    .split('\n')
    .filter((line) => /^\S+ (keypair|stack|wait) +(…|done|STACK)/.test(line))
  assert.ok(lines.length >= 5, failed.stdout)
  for (const line of lines) assert.ok(told.includes(line), line)
  const events = (await project.run(['runs', 'show', runs[1].id, '--json'])).events
  assert.equal([events[0]!.event, events.at(-1)!.event], ['run', 'end'])

  const near = await project.run(['runs', 'show', `${runs[1].id.slice(0, -1)}`])
  assert.equal([near.code, near.stderr.includes(runs[1].id)], [2, true])
})

test('a running, killed or interrupted run is reported as such', async () => {
  const words = ['bootstrap', 'rehearsal.speed=20', 'cluster.name=slow']
  const killed = new Live(project.start(words))
  await killed.says(/wait +…/)
  assert.match(await last(), /^last run: bootstrap slow, started \d+ s ago, is still running$/)
  await killed.end('SIGKILL')
  assert.match(await last(), /^last run: bootstrap slow, started \d+ s ago, was killed \(npx task/)
  const told = (await project.run(['runs', 'show'])).stdout
  assert.match(told, /wait +…[\s\S]*it ended without a result/)

  const stopped = new Live(project.start(words))
  await stopped.says(/wait +…/)
  assert.is((await stopped.end('SIGINT')).code, 130)
  assert.match(await last(), /^last run: bootstrap slow, interrupted \d+ s ago \(npx task/)
})

test('the output of commands that change something is recorded', async () => {
  writeFileSync(
    project.path('app.json'),
    JSON.stringify({ id: 'web', cmd: 'sleep 1000', cpus: 0.1, mem: 32 }),
  )
  assert.is((await project.run(['deploy', 'app.json', fast])).code, 0)
  assert.match(await last(), /^last run: deploy app\.json dcos, done/)
  assert.match((await project.run(['runs', 'show'])).stdout, /deploy +….*\n[\s\S]*web[\s\S]*deploy +done in/)
})

test.after(() => project.remove())

test.run()
