import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { credentials } from '../clouds/stranger.ts'
import { Project } from './project.ts'

// How many requests a run makes: each costs time, and counts towards the account's rate limits.

const test = suite('calls')
const project = new Project()

const run = (...words: string[]) => project.run([...words, '--json', 'rehearsal.speed=2000'])

/** The requests, without polls of stack events, whose number depends on timing. */
function asked({ end }: Awaited<ReturnType<typeof run>>): Record<string, number> {
  const { 'cloudformation:DescribeStackEvents': _, ...calls } = end.calls as Record<string, number>
  return calls
}

test('a destroy with nothing to delete makes each request once', async () => {
  const down = await run('destroy', '--yes', 'cluster.name=nothing')
  assert.equal([down.code, down.end.deleted], [0, []], down.stdout)
  assert.equal(down.end.calls, {
    'cloudformation:DescribeStacks': 1,
    'ec2:DescribeKeyPairs': 1,
    's3:ListBuckets': 1,
    'sts:GetCallerIdentity': 1,
    'ec2:DescribeVolumes': 1,
    'tagging:GetResources': 1,
  })
})

test('a full destroy searches once before and once after', async () => {
  const up = await run('bootstrap')
  assert.is(up.code, 0, up.stdout)
  const down = await run('destroy', '--yes')
  assert.equal([down.code, down.end.left], [0, []], down.stdout)
  assert.equal(asked(down), {
    'cloudformation:DescribeStacks': 2,
    'ec2:DescribeKeyPairs': 2,
    's3:ListBuckets': 2,
    'cloudformation:ListStackResources': 1,
    'cloudformation:DeleteStack': 1,
    's3:ListObjectVersions': 1,
    's3:DeleteObjects': 1,
    's3:DeleteBucket': 1,
    'ec2:DeleteKeyPair': 1,
    'ec2:DescribeVolumes': 1,
    'tagging:GetResources': 1,
  })
})

test('a creation looks up the image, and everything else, only once', async () => {
  const cloud = await startRehearsal(project)
  try {
    const up = await project.run(
      [
        'stack',
        '--json',
        'cloud=aws',
        'cluster.name=made',
        `aws.endpoint=${cloud.url}`,
        'access.adminLocation=203.0.113.7/32',
        'installer.from=s3://bucket/dcos_generate_config.sh',
        `installer.sha256=${'0'.repeat(64)}`,
      ],
      { environment: credentials },
    )
    assert.is(up.code, 0, up.stdout)
    assert.equal(
      Object.entries(up.end.calls).filter(([, times]) => times !== 1),
      [],
    )
    assert.equal(Object.keys(up.end.calls).length, 12, up.stdout)
  } finally {
    await cloud.stop()
  }
})

test.after(() => project.remove())

test.run()
