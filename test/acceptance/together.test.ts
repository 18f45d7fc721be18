import { existsSync, readdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slow } from '../optional.ts'
import { Live } from './live.ts'
import { Project } from './project.ts'

const test = suite('together')
const project = new Project()
const speed = 'rehearsal.speed=300'

const live = (...words: string[]) => new Live(project.start(words))

/** The last line of a run with `--json`. */
// biome-ignore lint/suspicious/noExplicitAny: the end event is checked field by field.
const endOf = (run: Live): any => JSON.parse(run.stdout.trim().split('\n').at(-1)!)

test.before(async () => {
  assert.is((await project.run([])).code, 0)
})

slow(test, 'the second of two bootstraps waits, says for which run, and finds everything done', async () => {
  // Slow enough that the first still runs while the others check, even on a busy machine.
  const words = ['bootstrap', '--json', 'rehearsal.speed=40']
  const first = live(...words)
  await first.says(/"event":"start","task":"keypair"/)
  const second = live(...words)
  const said = await second.says(/waiting for another run to end: ([^"]*)/)
  assert.match(
    said[1]!,
    new RegExp(`^npx task bootstrap \\(process ${first.child.pid} on ${hostname()}, since 20.*Z\\)$`),
  )

  // Read-only commands do not wait; nor do commands for another cluster.
  const [status, plan, other] = await Promise.all([
    project.run(['status', '--json', speed]),
    project.run(['bootstrap', '--dry-run', '--json', speed]),
    project.run(['keypair', '--json', speed, 'cluster.name=other']),
  ])
  assert.equal([status.code, plan.code, other.code], [3, 0, 0])
  assert.is(other.stdout.match(/waiting for another/), null)
  assert.is(first.child.exitCode, null, 'the first was running all that time')

  assert.equal([(await first.ended).code, (await second.ended).code], [0, 0])
  assert.equal(endOf(second).ran, [])
  assert.is(endOf(first).calls['cloudformation:CreateStack'], 1)
  assert.not.ok(existsSync(project.path('.task/rehearsal/eu-west-1/dcos/lock')))
})

slow(test, 'a destroy during a bootstrap removes what it created, and the other way round', async () => {
  const name = 'cluster.name=both'
  const up = live('bootstrap', '--json', speed, name)
  await up.says(/"event":"start","task":"stack"/)
  const down = live('destroy', '--yes', '--json', speed, name)
  await down.says(/waiting for another run to end: npx task bootstrap/)
  const upAgain = live('bootstrap', '--json', speed, name)
  await upAgain.says(/waiting for another run to end/)
  assert.is((await up.ended).code, 0)
  const codes = await Promise.all([down.ended, upAgain.ended])
  assert.equal([codes[0].code, codes[1].code], [0, 0], down.text + upAgain.text)
  assert.equal(endOf(down).left, [])
  // Whichever of the two came first, the last one decides the result.
  const last = codes[0].at > codes[1].at ? 3 : 0
  assert.is((await project.run(['status', speed, name])).code, last)
  const rest = await project.run(['destroy', '--yes', '--json', speed, name])
  assert.equal([rest.code, rest.end.left], [0, []])
})

test('when the holder is killed, the waiting run continues at once', async () => {
  const name = 'cluster.name=heir'
  const holder = live('bootstrap', '--json', 'rehearsal.speed=20', name)
  await holder.says(/"event":"start","task":"wait"/)
  const heir = live('bootstrap', '--json', speed, name)
  await heir.says(/waiting for another run to end/)
  const { signal } = await holder.end('SIGKILL')
  assert.is(signal, 'SIGKILL')
  const killed = performance.now()
  await heir.says(/"event":"(skip|start)"/)
  assert.ok(performance.now() - killed < 10_000)
  // The stack was started at a slow speed, so only its start is waited for.
  assert.equal((await heir.end('SIGINT')).code, 130)
  assert.is(heir.text.match(/"calls":\{[^}]*CreateStack/), null)
  const lock = project.path('.task/rehearsal/eu-west-1/heir')
  assert.equal(
    readdirSync(lock).filter((file) => file.startsWith('lock')),
    [],
  )
})

test('Ctrl-C ends the waiting, and the holder continues', async () => {
  const name = 'cluster.name=patient'
  const bootstrap = live('bootstrap', '--json', 'rehearsal.speed=20', name)
  await bootstrap.says(/"event":"start","task":"wait"/)
  const waiting = live('destroy', '--yes', speed, name)
  await waiting.says(/waiting for another run to end/)
  const { code, ms } = await waiting.end('SIGINT')
  assert.is(code, 130, waiting.text)
  assert.ok(ms < 10_000, `${ms} ms`)
  assert.match(waiting.text, new RegExp(`next: npx task destroy --yes ${speed} ${name}\n`))
  assert.is(bootstrap.child.exitCode, null)
  assert.is((await bootstrap.end('SIGTERM')).code, 143)
})

test('clean waits its turn, and finds nothing to remove if there is nothing', async () => {
  const name = 'cluster.name=swept'
  const holder = live('bootstrap', '--json', 'rehearsal.speed=20', name)
  await holder.says(/"event":"start","task":"wait"/)
  const clean = live('clean', '--json', speed, name)
  await clean.says(/waiting for another run to end/)
  assert.is((await holder.end('SIGINT')).code, 130)
  assert.is((await clean.ended).code, 1, 'the cluster is up')
  const nowhere = [...['clean', '--json', speed], 'cloud=aws', 'cluster.name=nowhere']
  assert.equal((await project.run(nowhere)).end.deleted, [])
  assert.not.ok(existsSync(project.path('.task/aws')))
})

test.after(() => project.remove())

test.run()
