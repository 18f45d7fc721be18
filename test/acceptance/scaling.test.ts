import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { DescribeKeyPairsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { GetBucketTaggingCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Project } from './project.ts'

const test = suite('scaling and rolling')

let project: Project
const fast = 'rehearsal.speed=500'
const size = ['agents.private=4', 'agents.public=0', 'cluster.masters=3']

test.before(async () => {
  project = new Project()
  assert.is((await project.run(['bootstrap', fast, ...size])).code, 0)
  writeFileSync(project.path('web.json'), '{"id":"/web","cmd":"sleep 1","instances":3,"cpus":0.1}')
  assert.is((await project.run(['deploy', 'web.json', fast, ...size])).code, 0)
})

test.after(() => project.remove())

async function agents(...words: string[]) {
  const { nodes } = JSON.parse((await project.run(['nodes', '--json', fast, ...words])).stdout) as {
    nodes: { role: string; instance: string; load?: { tasks: number } }[]
  }
  return nodes.filter(({ role }) => role === 'agent')
}

test('fewer agents: the least loaded are named, drained and terminated; their tasks run elsewhere', async () => {
  const before = await agents()
  const smaller = ['bootstrap', fast, ...size, 'agents.private=2']
  const asked = await project.run(smaller)
  assert.is(asked.code, 1)
  assert.match(asked.stderr + asked.stdout, 'agents.private 4 → 2')
  const dry = await project.run([...smaller, '-n'])
  assert.match(dry.stdout + dry.stderr, /agent 10\.[\d.]+ \(i-\w+\) is terminated; nothing runs on it/)
  assert.match(
    dry.stdout + dry.stderr,
    /agent 10\.[\d.]+ \(i-\w+\) is terminated; its tasks are moved first: web/,
  )
  assert.equal(await agents(), before)
  const ran = await project.run([...smaller, '--yes', '--json'])
  assert.is(ran.end.ok, true, ran.stdout)
  assert.is(ran.end.calls['autoscaling:TerminateInstanceInAutoScalingGroup'], 2)
  const after = await agents()
  assert.is(after.length, 2)
  assert.is(
    after.reduce((sum, { load }) => sum + (load?.tasks ?? 0), 0),
    3,
  )
  const idle = before.find(({ load }) => load?.tasks === 0)!
  assert.not(after.some(({ instance }) => instance === idle.instance))
})

test('another number of masters is refused, with advice', async () => {
  const { code, stderr, stdout } = await project.run([
    'bootstrap',
    fast,
    ...size,
    'agents.private=2',
    'cluster.masters=5',
    '--yes',
  ])
  assert.is(code, 1)
  assert.match(
    stdout + stderr,
    'the number of masters of dcos cannot change: it has 3, but cluster.masters is 5',
  )
  assert.match(stdout + stderr, 'set cluster.masters=3')
})

test('another instance type: running nodes keep theirs until they are rolled, one at a time', async () => {
  const now = [fast, ...size, 'agents.private=2', 'agents.instanceType=m5.xlarge']
  const ran = await project.run(['bootstrap', ...now, '--yes'])
  assert.is(ran.code, 0)
  assert.match(
    ran.stdout + ran.stderr,
    'agents.instanceType m5.large → m5.xlarge: only new nodes get it (npx task roll agents',
  )
  const before = await agents()
  const unasked = await project.run(['roll', 'agents', ...now])
  assert.is(unasked.code, 1)
  assert.match(unasked.stderr, 'CONFIRMATION_NEEDED')
  assert.match(
    (await project.run(['roll', 'agents', '-n', ...now])).stdout,
    'would replace, one at a time:\n  10.',
  )
  const would = await project.run(['roll', 'agents', '-n', '--json', ...now])
  assert.equal(JSON.parse(would.stdout).wouldReplace.length, 2)
  const rolled = await project.run(['roll', 'agents', '--yes', ...now])
  assert.is(rolled.code, 0, rolled.stderr)
  assert.match(rolled.stdout, 'replaced 2 agents')
  const after = await agents()
  assert.is(after.length, 2)
  for (const { instance } of before) assert.not(after.some((one) => one.instance === instance))
  assert.match((await project.run(['roll', 'agents', '--yes', ...now])).stdout, 'all 2 agents are up to date')
  const masters = await project.run(['roll', 'masters', '--yes', ...now])
  assert.match(masters.stdout, /1 of 3: replacing master .*\n2 of 3: .*\n3 of 3: .*\nreplaced 3 masters\n$/)
})

test('a smaller pool: its agents are drained first, and only it changes', async () => {
  const config = (count: number) => {
    const pools = `[{ name: batch, count: ${count}, spot: true }]`
    writeFileSync(
      project.path('pools.yaml'),
      `cluster: { name: pooled }\nagents: { private: 1, public: 0, pools: ${pools} }\nrehearsal: { speed: 500 }\ncli: { url: built-in }\n`,
    )
  }
  const run = (...words: string[]) => project.run([...words, '-c', 'pools.yaml'])
  config(3)
  assert.is((await run('bootstrap')).code, 0)
  config(1)
  const dry = await run('bootstrap', '-n')
  assert.is(
    (dry.stdout + dry.stderr).match(/agent 10\.[\d.]+ \(i-\w+\) is terminated; nothing runs on it/g)?.length,
    2,
    dry.stdout,
  )
  const ran = await run('bootstrap', '--yes', '--json')
  assert.is(ran.end.ok, true, ran.stdout)
  assert.is(ran.end.calls['autoscaling:TerminateInstanceInAutoScalingGroup'], 2)
  const { nodes } = JSON.parse((await run('nodes', '--json')).stdout)
  const pools = nodes
    .filter(({ role }: { role: string }) => role === 'agent')
    .map(({ pool = 'none' }: { pool?: string }) => pool)
  assert.equal(pools.sort(), ['batch', 'none'])
  assert.equal((await run('bootstrap', '--json')).end.ran, [])
})

test('the only master is never replaced', async () => {
  const alone = ['cluster.name=alone', 'agents.private=1', 'agents.public=0', fast]
  assert.is((await project.run(['bootstrap', ...alone])).code, 0)
  const { code, stderr } = await project.run(['roll', 'masters', '-f', '--yes', ...alone])
  assert.is(code, 1)
  assert.match(stderr, 'the only master cannot be replaced')
})

test('tags of the user are on the stack, the key pair and the buckets; a changed one is a change', async () => {
  const tagged = ['cluster.name=tagged', 'agents.private=1', 'agents.public=0', fast]
  const installer = path.resolve('test/boot/stand-ins/dcos_generate_config.sh')
  const first = [...tagged, 'tags.team=data', `installer.from=${installer}`]
  assert.is((await project.run(['bootstrap', ...first])).code, 0)
  const stranger = project.stranger(500)
  const { KeyPairs } = await new EC2Client(stranger).send(
    new DescribeKeyPairsCommand({ KeyNames: ['tagged'] }),
  )
  assert.ok(KeyPairs?.[0]?.Tags?.some(({ Key, Value }) => Key === 'team' && Value === 'data'))
  const s3 = new S3Client(stranger)
  const own = async () =>
    ((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).filter(({ Name }) =>
      Name?.startsWith('tagged-'),
    )
  const buckets = await own()
  assert.is(buckets.length, 2)
  for (const { Name } of buckets) {
    const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket: Name! }))
    assert.ok(
      TagSet?.some(({ Key, Value }) => Key === 'team' && Value === 'data'),
      Name,
    )
  }
  const changed = [...tagged, 'tags.team=web', `installer.from=${installer}`]
  assert.match((await project.run(['bootstrap', ...changed])).stdout, 'tags.team data → web')
  assert.is((await project.run(['bootstrap', ...changed, '--yes'])).code, 0)
  const again = await project.run(['bootstrap', ...changed, '--json'])
  assert.equal(again.end.ran, [])
  const gone = await project.run(['destroy', '--yes', '--json', ...changed])
  assert.equal([gone.end.ok, gone.end.left], [true, []])
  assert.equal(await own(), [])
})

test.run()
