import { writeFileSync } from 'node:fs'
import { UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { generateKeyPair } from '../../tasks/aws/public-key.ts'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { startFront } from '../clouds/silent.ts'
import { slow } from '../optional.ts'
import { rehearse } from '../rehearsal/fixture.ts'
import { Project } from './project.ts'

const test = suite('destroy: missing permissions')
const project = new Project()
const SPEED = 2000

const run = (name: string, ...words: string[]) =>
  project.run([...words, '--json', `rehearsal.speed=${SPEED}`, `cluster.name=${name}`])
const denied = (call: string, times = 99) =>
  `rehearsal.fail=[{call: ${call}, error: AccessDenied, times: ${times}}]`
const logs = (ran: Awaited<ReturnType<typeof run>>) =>
  ran.events.flatMap((event) => (event.event === 'log' ? [event.message] : [])).join('\n')

test('a cluster is destroyed even if buckets cannot be listed, but is not reported as gone', async () => {
  assert.is((await run('unlisted', 'bootstrap')).code, 0)
  const down = await run('unlisted', 'destroy', '--yes', denied('ListBuckets'))
  assert.is(down.code, 1, down.stdout)
  assert.equal(down.end.undone, ['cli-config', 'stack', 'keypair'])
  assert.ok(
    down.end.deleted.some((id: string) => id.startsWith('s3://unlisted-')),
    'the stack said which one it made',
  )
  assert.equal([down.end.error.code, down.end.left], ['ACCESS_DENIED', []])
  assert.match(logs(down), 'could not list buckets: not allowed to s3:ListBuckets')
  assert.match(down.end.error.message, 'cannot verify')
  const proven = await run('unlisted', 'destroy', '--yes')
  assert.equal([proven.code, proven.end.deleted], [0, []], proven.stdout)
})

test('if the stack cannot be read, it says that there may be more', async () => {
  assert.is((await run('opaque', 'stack')).code, 0)
  const down = await run('opaque', 'destroy', '--yes', denied('ListStackResources'))
  assert.equal([down.code, down.end.error?.code, down.end.failed], [1, 'ACCESS_DENIED', []], down.stdout)
  assert.match(logs(down), "could not list the stack's resources")
})

test('a failed search for leftovers is a failure that names what is unknown', async () => {
  for (const [call, what] of [
    ['DescribeVolumes', "volumes created by the cluster's agents"],
    ['GetResources', "other resources with the cluster's tag"],
  ] as const) {
    assert.is((await run('airy', 'keypair')).code, 0)
    const down = await run('airy', 'destroy', '--yes', denied(call))
    assert.equal([down.code, down.end.error?.code], [1, 'ACCESS_DENIED'], down.stdout)
    assert.equal(down.end.unknown, [what])
    assert.match(down.end.error.cause, `could not list ${what}: not allowed`)
    const proven = await run('airy', 'destroy', '--yes')
    assert.equal([proven.code, proven.end.unknown], [0, undefined], proven.stdout)
  }
})

test('nothing is deleted if something other than AWS responds', async () => {
  assert.is((await run('believed', 'bootstrap')).code, 0)
  const aws = await startRehearsal(project, `rehearsal.speed=${SPEED}`)
  try {
    for (const body of [
      '',
      '<html>Log in</html>',
      '<DescribeStacksResponse><DescribeStacksResult/></DescribeStacksResponse>',
    ]) {
      const front = await startFront(aws.url, (asked, outgoing) => {
        if (!asked.includes('Action=DescribeStacks&')) return false
        outgoing.end(body)
        return true
      })
      try {
        const words = [`aws.endpoint=${front.url}`, 'cloud=aws', 'cluster.name=believed', '--json']
        const environment = { AWS_ACCESS_KEY_ID: 'AKIAREHEARSAL', AWS_SECRET_ACCESS_KEY: 'rehearsal' }
        const down = await project.run(['destroy', '--yes', ...words], { environment })
        assert.equal([down.code, down.end.error?.code], [1, 'ENDPOINT_UNREACHABLE'], down.stdout)
        assert.equal([down.end.deleted, down.end.undone], [[], []])
        assert.equal(
          Object.keys(down.end.calls).filter((call) => /Delete/.test(call)),
          [],
        )
        const status = await project.run(['status', ...words], { environment })
        assert.not.match(status.stdout, 'there is no stack')
      } finally {
        front.stop()
      }
    }
  } finally {
    await aws.stop()
  }
  const down = await run('believed', 'destroy', '--yes')
  assert.equal([down.code, down.end.left], [0, []], down.stdout)
})

test('a failed destroy lists what is left', async () => {
  const up = await run('half', 'stack')
  assert.is(up.code, 0)
  const down = await run('half', 'destroy', '--yes', denied('DeleteStack', 1))
  assert.equal([down.code, down.end.failed], [1, ['stack']], down.stdout)
  assert.equal(down.end.left.map((id: string) => id.replace(/[-:].*/, '')).sort(), ['arn', 'key', 's3'])
  assert.is((await run('half', 'destroy', '--yes')).code, 0)
})

test('a dry run fails if a search failed, and lists what would be deleted', async () => {
  const key = project.path('other.pub')
  writeFileSync(key, generateKeyPair('other').publicKey)
  const up = await run('dry', 'stack')
  assert.is(up.code, 0)
  const blind = await run('dry', 'destroy', '--dry-run', denied('DescribeStacks'))
  assert.equal([blind.code, blind.end.error?.code, blind.end.would], [1, 'ACCESS_DENIED', []], blind.stdout)
  // The key pair is ours, although the config names another key.
  const dry = await run('dry', 'destroy', '--dry-run', `access.publicKey=${key}`)
  assert.equal([dry.code, dry.end.would], [0, ['stack', 'keypair']], dry.stdout)
  assert.match(
    logs(dry),
    /would delete the stack and every bucket it created:\n {2}stack dry \(.*\n {2}bucket dry-\S+ \(which the template would keep\)/,
  )
  assert.match(logs(dry), /would delete the key pair:\n {2}key pair dry \(key-/)
})

slow(
  test,
  'before asking it shows the important resources of the stack, and whether it is protected',
  async () => {
    const { cloudFormation } = rehearse({ folder: project.path('.task/rehearsed'), speed: SPEED })
    assert.is((await run('told', 'bootstrap')).code, 0)
    await cloudFormation.send(
      new UpdateTerminationProtectionCommand({ StackName: 'told', EnableTerminationProtection: true }),
    )
    const refused = await run('told', 'destroy')
    assert.is(refused.end.error.code, 'CONFIRMATION_NEEDED')
    assert.match(
      logs(refused),
      /stack told \(\d+ resources, 4 groups, 8 instances, termination protection is on\)\n {2}bucket told-\S+ \(which the template would keep\)\n {2}key pair told \(key-/,
    )
    for (const name of ['told', 'dry']) assert.is((await run(name, 'destroy', '--yes')).code, 0)
  },
)

test.after(() => project.remove())

test.run()
