import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional, shared, slow } from '../optional.ts'
import { Project } from './project.ts'

const test = suite('lifecycle')
const project = new Project()
const fast = 'rehearsal.speed=500'

const mutating = /:(Create|Import|Delete|Update|Put|Execute|Signal)/

test('up, up again, status, the command line, down, down again', async () => {
  const up = await project.run(['bootstrap', '--json', fast])
  assert.is(up.code, 0, up.stdout + up.stderr)
  assert.equal(up.end.ran, ['preflight', 'keypair', 'stack', 'wait', 'cli-config'])
  assert.is(up.end.calls['cloudformation:CreateStack'], 1)
  assert.match(up.end.url, /^http:\/\/127\.0\.0\.1:\d+$/)

  const again = await project.run(['bootstrap', '--json', fast])
  assert.is(again.code, 0)
  assert.equal(again.end.ran, [])
  const calls = Object.entries(again.end.calls as Record<string, number>)
  assert.ok(calls.reduce((sum, [, count]) => sum + count, 0) <= 2, JSON.stringify(calls))
  assert.not.ok(calls.some(([call]) => mutating.test(call)))

  const status = await project.run(['status', '--output', 'json', fast])
  assert.is(status.code, 0)
  const document = JSON.parse(status.stdout)
  assert.equal(document.cluster, { name: 'dcos', cloud: 'rehearsal', region: 'eu-west-1' })
  assert.equal(
    document.tasks.map((task: { name: string; state: string }) => `${task.name} ${task.state}`),
    ['preflight done', 'keypair done', 'stack done', 'wait done', 'cli-install done', 'cli-config done'],
  )

  const nodes = await project.run(['dcos', fast, '--', 'node', 'list', '--json'])
  assert.is(nodes.code, 0, nodes.stderr)
  assert.is(JSON.parse(nodes.stdout).length, 7)
  assert.match(nodes.stderr, /built-in client/)

  const down = await project.run(['destroy', '--yes', '--json', fast])
  assert.is(down.code, 0, down.stdout)
  assert.equal(down.end.left, [])
  assert.equal(down.end.undone, ['cli-config', 'stack', 'keypair'])
  assert.ok(down.end.deleted.some((id: string) => id.startsWith('s3://dcos-')))
  assert.ok(down.end.deleted.some((id: string) => id.startsWith('key-')))
  assert.is((await project.run(['status', fast])).code, 3)

  const nothing = await project.run(['destroy', '--json', fast])
  assert.is(nothing.code, 0, 'nothing to delete needs no confirmation')
  assert.equal([nothing.end.undone, nothing.end.deleted, nothing.end.left], [[], [], []])
})

slow(test, 'each part is destroyed, whatever else is already gone', async () => {
  const name = 'cluster.name=parts'
  assert.is((await project.run(['bootstrap', '--json', fast, name])).code, 0)
  const cli = await project.run(['cli-config', '--undo', '--yes', '--json', fast, name])
  assert.equal(cli.end.undone, ['cli-config'])
  const refused = await project.run(['keypair', '--undo', '--yes', '--json', fast, name])
  assert.is(refused.end.error.code, 'LOCKED', 'the stack depends on the key pair')
  assert.equal((await project.run(['stack', '--undo', '--yes', '--json', fast, name])).end.undone, ['stack'])
  const rest = await project.run(['destroy', '--yes', '--json', fast, name])
  assert.equal(rest.end.undone, ['keypair'])
  assert.equal(rest.end.left, [])
})

test('without a terminal and without --yes nothing is destroyed', async () => {
  const name = 'cluster.name=kept'
  await project.run(['keypair', fast, name])
  const refused = await project.run(['destroy', '--json', fast, name])
  assert.is(refused.code, 1)
  assert.is(refused.end.error.code, 'CONFIRMATION_NEEDED')
  assert.is((await project.run(['destroy', '--yes', '--json', fast, name])).end.deleted.length, 1)
})

test('a failed creation names its cause; the next bootstrap shows it, removes it and succeeds', async () => {
  const name = 'cluster.name=broken'
  const reason = 'The instance type is not offered in this zone'
  const failed = await project.run([
    'bootstrap',
    '--json',
    fast,
    name,
    `rehearsal.fail=[{resource: MasterServerGroup, reason: "${reason}"}]`,
  ])
  assert.is(failed.code, 1)
  // biome-ignore lint/suspicious/noExplicitAny: the event is checked field by field.
  const fail = failed.events.find((event) => event.event === 'fail') as any
  assert.is(fail.code, 'STACK_FAILED')
  assert.is(fail.task, 'wait')
  assert.match(fail.cause, /MasterServerGroup .*The instance type is not offered/)
  const fixed = await project.run(['bootstrap', '--json', fast, name])
  assert.is(fixed.code, 0, fixed.stdout)
  assert.ok(fixed.events.some((event) => event.event === 'log' && event.message.includes(reason)))
  assert.is((await project.run(['destroy', '--yes', '--json', fast, name])).code, 0)
})

const official = `${shared}/real/official-2021-single-master.json`
optional(
  test,
  [official],
  'the official template is created and deleted, with its 57 resources and three signal groups',
  async () => {
    const words = ['--json', fast, 'cluster.name=official', `template=${official}`]
    const up = await project.run(['bootstrap', ...words])
    assert.is(up.code, 0, up.stdout)
    // biome-ignore lint/suspicious/noExplicitAny: the event is checked field by field.
    const last = up.events.filter((event) => event.event === 'progress' && 'signals' in event).at(-1) as any
    assert.equal([last.done, last.total], [57, 57])
    assert.equal(
      last.signals
        .map(
          (group: { logicalId: string; received: number; expected: number }) =>
            `${group.logicalId} ${group.received}/${group.expected}`,
        )
        .sort(),
      ['MasterServerGroup 1/1', 'PublicSlaveServerGroup 1/1', 'SlaveServerGroup 5/5'],
    )
    const down = await project.run(['destroy', '--yes', ...words])
    assert.is(down.code, 0, down.stdout)
    assert.equal(down.end.left, [])
  },
)

test.after(() => project.remove())

test.run()
