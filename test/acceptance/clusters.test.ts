import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation'
import { DeleteKeyPairCommand, EC2Client } from '@aws-sdk/client-ec2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slow } from '../optional.ts'
import { Project } from './project.ts'

const test = suite('clusters')
const project = new Project()
const fast = 'rehearsal.speed=2000'

async function listed(...words: string[]) {
  const ran = await project.run(['clusters', ...words, '--json'])
  assert.is(ran.code, 0, ran.stdout + ran.stderr)
  return JSON.parse(ran.stdout)
}

test('without clusters it says so, with account and region', async () => {
  assert.equal(await listed(), {
    account: '123456789012',
    cloud: 'rehearsal',
    regions: ['eu-west-1'],
    clusters: [],
    unsearched: [],
  })
  const ran = await project.run(['clusters'])
  assert.is(
    ran.stdout,
    'rehearsal · account 123456789012 · eu-west-1\nno clusters created by dcos-bootstrap\n',
  )
})

test('lists clusters, and leftovers of deleted ones, in one region, some, or all', async () => {
  assert.is((await project.run(['bootstrap', fast, 'cluster.name=one'])).code, 0)
  assert.is((await project.run(['stack', fast, 'cluster.name=two', 'region=us-east-1'])).code, 0)
  assert.is((await project.run(['keypair', fast, 'cluster.name=rest'])).code, 0)

  const here = await listed()
  assert.equal(
    here.clusters.map(({ name }: { name: string }) => name),
    ['one', 'rest'],
  )
  const [one, rest] = here.clusters
  assert.equal([one.region, one.status], ['eu-west-1', 'CREATE_COMPLETE'])
  assert.match(one.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.match(one.template, /^[0-9a-f]{12}$/)
  assert.match(one.stack, /^arn:aws:cloudformation:eu-west-1:123456789012:stack\/one\//)
  assert.ok(one.ageSeconds > 0 && Math.abs(Date.parse(one.created) - Date.now()) < 3_600_000)
  assert.equal([one.keyPairs.length, one.buckets.length], [1, 1])
  assert.equal([rest.status, rest.stack, rest.url, rest.keyPairs.length], [null, null, null, 1])

  const everywhere = await listed('all')
  assert.equal(
    everywhere.clusters.map(({ name, region }: Record<string, string>) => `${name} ${region}`),
    ['one eu-west-1', 'rest eu-west-1', 'two us-east-1'],
  )
  assert.equal((await listed('us-east-1', 'us-west-2')).clusters.length, 1)

  const { stdout } = await project.run(['clusters', 'all'])
  assert.match(stdout, /^NAME +REGION +STATUS +CREATED +AGE +TEMPLATE +URL$/m)
  assert.match(stdout, /^one +eu-west-1 +CREATE_COMPLETE .* http:\/\/127\.0\.0\.1:\d+$/m)
  assert.match(
    stdout,
    /^rest +eu-west-1 +\(no stack\)\n {2}left over: key-\w+\n {2}next: npx task destroy cluster\.name=rest region=eu-west-1$/m,
  )
})

slow(test, 'a retained bucket whose stack and key pair are gone is found', async () => {
  const up = await project.run(['bootstrap', fast, 'cluster.name=emptied'])
  assert.is(up.code, 0, up.stdout)
  const { buckets, keyPairs } = (await listed()).clusters[0]
  assert.is(buckets.length, 1)
  const configuration = project.stranger(10_000)
  await new CloudFormationClient(configuration).send(new DeleteStackCommand({ StackName: 'emptied' }))
  let left = (await listed()).clusters[0]
  for (let tries = 0; left.status !== null && tries < 100; tries++) left = (await listed()).clusters[0]
  await new EC2Client(configuration).send(new DeleteKeyPairCommand({ KeyPairId: keyPairs[0] }))
  left = (await listed()).clusters.find(({ name }: { name: string }) => name === 'emptied')
  assert.equal([left.status, left.keyPairs, left.buckets], [null, [], buckets])
  const down = await project.run(['destroy', '--yes', '--json', fast, 'cluster.name=emptied'])
  assert.equal(down.end.deleted, [`s3://${buckets[0]}`])
})

test('what could not be listed is reported; without access to stacks it fails', async () => {
  const partly = await listed('rehearsal.fail=[{call: DescribeKeyPairs, error: AccessDenied}]')
  assert.equal(partly.unsearched, [
    { region: 'eu-west-1', what: 'key pairs', why: 'not allowed to ec2:DescribeKeyPairs' },
  ])
  assert.is(partly.clusters[0].name, 'one')
  const blind = await project.run([
    'clusters',
    '--json',
    'rehearsal.fail=[{call: DescribeStacks, error: AccessDenied}]',
  ])
  assert.is(blind.code, 1)
  assert.is(JSON.parse(blind.stdout).error.code, 'ACCESS_DENIED')
  const some = await listed(
    'eu-west-1',
    'us-east-1',
    'rehearsal.fail=[{call: DescribeStacks, error: AccessDenied}]',
  )
  assert.is(some.unsearched.length, 1)
})

test('a word that is not a region is refused', async () => {
  for (const words of [['everywhere'], ['eu-west1'], ['all', 'eu-west-1']]) {
    const ran = await project.run(['clusters', ...words])
    assert.is(ran.code, 2, words.join(' '))
    assert.match(ran.stdout + ran.stderr, 'USAGE clusters takes region names, or all')
  }
})

test('destroying a cluster that does not exist shows where it searched and what exists, in few calls', async () => {
  const ran = await project.run(['destroy', '--json', fast, 'cluster.name=noe'])
  assert.is(ran.code, 0)
  const said = ran.events.flatMap((event) => (event.event === 'log' ? [event.message] : []))
  assert.match(
    said[0]!,
    'no stack, bucket or key pair of cluster noe is left in rehearsal eu-west-1 of account 123456789012; there is one',
  )
  assert.is(ran.end.calls['sts:GetCallerIdentity'], 1)
})

test('clean does not remove a rehearsal that has a cluster in any region', async () => {
  const refused = await project.run(['clean', '--json', fast, 'cluster.name=other'])
  assert.is(refused.code, 1)
  assert.is(refused.end.error.code, 'LOCKED')
  assert.match(refused.end.error.message, 'cluster one in eu-west-1 is up (and so is two in us-east-1)')
  assert.is((await project.run(['destroy', '--yes', fast, 'cluster.name=one'])).code, 0)
  const still = await project.run(['clean', '--json', fast])
  assert.match(still.end.error.message, 'cluster two in us-east-1 is up')
  assert.match(still.end.error.next, 'npx task destroy cluster.name=two region=us-east-1')
  assert.is((await project.run(['destroy', '--yes', fast, 'cluster.name=two', 'region=us-east-1'])).code, 0)
  assert.is((await project.run(['clean', '--json', fast])).code, 0)
})

test.after(() => project.remove())

test.run()
