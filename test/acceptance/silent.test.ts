import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { startSilentFront } from '../clouds/silent.ts'
import { slow } from '../optional.ts'
import { Live } from './live.ts'
import { Project } from './project.ts'

// Ctrl-C while a request to AWS is pending.

const test = suite('AWS never responds')
const project = new Project()
/** A second, plus a margin for a machine that runs other tests at the same time. */
const AT_ONCE_MS = 3_000

function assertNoStack(text: string): void {
  assert.is(text.match(/\n\s+at .*[:(]\d+|node:internal|Error:/), null, text)
}

slow(
  test,
  'read-only commands end at once too, whatever they wait for, and without a stack trace',
  async () => {
    const silent = await startSilentFront()
    const environment = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x' }
    const aws = ['cloud=aws', `aws.endpoint=${silent.url}`]
    let asked = 0
    try {
      for (const words of [
        ['doctor'],
        ['doctor', '--json'],
        ['clusters'],
        ['clusters', 'all'],
        ['clusters', '--json', 'eu-west-1', 'us-east-1'],
        ['dcos', '--', 'node', 'list'],
      ]) {
        const run = new Live(project.start([...aws, ...words], { environment }))
        await Promise.race([silent.waiting(++asked), run.ended])
        const { code, ms } = await run.end('SIGINT')
        assert.is(code, 130, `${words}: ${run.text}`)
        assert.ok(ms < AT_ONCE_MS, `${words}: ${ms} ms`)
        assertNoStack(run.text)
        asked = silent.held
      }
    } finally {
      silent.stop()
    }
  },
)

test('the checks before a creation can be interrupted like anything else', async () => {
  const cloud = await startRehearsal(project)
  const silent = await startSilentFront(cloud.url, 'DescribeRegions', 'DescribeAvailabilityZones')
  const environment = { AWS_ACCESS_KEY_ID: 'AKIAREHEARSAL', AWS_SECRET_ACCESS_KEY: 'rehearsal' }
  const words = [
    ...['bootstrap', '--json', 'cloud=aws', `aws.endpoint=${silent.url}`, 'cluster.name=before'],
    ...[
      `template=${process.cwd()}/test/cluster/checks/template.yaml`,
      'parameters.ImageId=ami-0123456789abcdef0',
    ],
    'access.adminLocation=203.0.113.7/32',
  ]
  try {
    const run = new Live(project.start(words, { environment }))
    await Promise.race([silent.waiting(1), run.ended])
    const { code } = await run.end('SIGINT')
    assert.is(code, 130, run.text)
    assertNoStack(run.text)
    const end = JSON.parse(run.stdout.trim().split('\n').at(-1)!)
    assert.equal([end.event, end.exit, end.error?.code], ['end', 130, 'INTERRUPTED'])
    assert.equal(end.ran, [])
  } finally {
    silent.stop()
    await cloud.stop()
  }
})

test.after(() => project.remove())

test.run()
