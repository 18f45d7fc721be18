import { existsSync, writeFileSync } from 'node:fs'
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation'
import {
  DescribeKeyPairsCommand,
  EC2Client,
  ImportKeyPairCommand,
  type KeyPairInfo,
} from '@aws-sdk/client-ec2'
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { generateKeyPair } from '../../tasks/aws/public-key.ts'
import type { Code } from '../../tasks/base/failure.ts'
import type { FailureFacts } from '../../tasks/runner/events.ts'
import { slow } from '../optional.ts'
import { Project, type Ran } from './project.ts'

const foreign = suite('foreign resources')

const SPEED = 2000
const TAG = 'dcos-bootstrap:cluster'
const project = new Project()
const mine = newKey('mine')
const other = newKey('other')

/** Another user of the same account, with AWS's own clients. */
function stranger(region: string) {
  const configuration = project.stranger(SPEED, region)
  const cloudFormation = new CloudFormationClient(configuration)
  const ec2 = new EC2Client(configuration)
  const s3 = new S3Client(configuration)
  return {
    importKey: (KeyName: string, tags: Record<string, string> = {}) =>
      ec2.send(
        new ImportKeyPairCommand({
          KeyName,
          PublicKeyMaterial: Buffer.from(generateKeyPair('stranger').publicKey),
          TagSpecifications: [{ ResourceType: 'key-pair', Tags: tagList(tags) }],
        }),
      ),
    keyPair: async (name: string): Promise<KeyPairInfo | undefined> => {
      const { KeyPairs } = await ec2.send(new DescribeKeyPairsCommand({ IncludePublicKey: true }))
      return KeyPairs?.find(({ KeyName }) => KeyName === name)
    },
    createStack: async (StackName: string, tags: Record<string, string> = {}) => {
      await cloudFormation.send(
        new CreateStackCommand({
          StackName,
          TemplateBody: JSON.stringify({ Resources: { Bucket: { Type: 'AWS::S3::Bucket' } } }),
          Tags: tagList(tags),
        }),
      )
    },
    /** Waits until it is in a stable state. */
    stack: async (StackName: string): Promise<Stack | undefined> => {
      for (;;) {
        const { Stacks } = await cloudFormation
          .send(new DescribeStacksCommand({ StackName }))
          .catch(() => ({ Stacks: undefined }))
        if (!Stacks?.[0]?.StackStatus?.endsWith('_IN_PROGRESS')) return Stacks?.[0]
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    createBucket: async (Bucket: string, tags: Record<string, string> = {}) => {
      const LocationConstraint = region as BucketLocationConstraint
      await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }))
      const TagSet = tagList(tags)
      if (TagSet.length > 0) await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
      await s3.send(new PutObjectCommand({ Bucket, Key: 'precious', Body: 'data' }))
    },
    buckets: async (): Promise<string[]> => {
      const { Buckets } = await s3.send(new ListBucketsCommand({}))
      return (Buckets ?? []).map(({ Name }) => Name!).sort()
    },
    objects: async (Bucket: string): Promise<string[]> => {
      const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }))
      return (Contents ?? []).map(({ Key }) => Key!)
    },
  }
}

function tagList(tags: Record<string, string>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

function newKey(name: string): string {
  const file = project.path(`${name}.pub`)
  writeFileSync(file, generateKeyPair(name).publicKey)
  return file
}

const aws = stranger('eu-west-1')

function task(cluster: string, ...words: string[]): Promise<Ran> {
  return project.run([
    ...words,
    `cluster.name=${cluster}`,
    'agents.private=1',
    `rehearsal.speed=${SPEED}`,
    '--json',
  ])
}

/** Refused for this reason by the named task, with only read requests. */
function assertRefused(ran: Ran, code: Code, name: string): void {
  assert.is(ran.code, 1, ran.stdout + ran.stderr)
  const failures = ran.events.filter((event) => event.event === 'fail') as unknown as (FailureFacts & {
    task: string
  })[]
  assert.equal(
    failures.map((failure) => [failure.task, failure.code]),
    [[name, code]],
    ran.stdout,
  )
  assert.ok(failures[0]!.cause && failures[0]!.next, ran.stdout)
  const changing = ran.end.ran.filter((task: string) => task !== 'preflight')
  assert.equal([changing, ran.end.deleted, ran.end.left], [[], [], []], ran.stdout)
  for (const call of Object.keys(ran.end.calls)) assert.match(call, /:(Describe|List|Get)/, 'calls only look')
}

/** A success that removed nothing. */
function assertNothingUndone(ran: Ran): void {
  assert.is(ran.code, 0, ran.stdout + ran.stderr)
  assert.equal([ran.end.undone, ran.end.deleted, ran.end.left], [[], [], []], ran.stdout)
  for (const call of Object.keys(ran.end.calls)) assert.match(call, /:(Describe|List|Get)/, 'calls only look')
}

/** One of the tasks of `status --json`. */
function told(status: Ran, name: string): { state: string; why: string } {
  return JSON.parse(status.stdout).tasks.find((one: { name: string }) => one.name === name)
}

for (const [whose, cluster, tags] of [
  ['without our tag', 'alpha', {}],
  ["with another cluster's tag", 'alphabet', { [TAG]: 'alpha' }],
] as const) {
  foreign(`a key pair with the cluster's name ${whose} is refused and left alone`, async () => {
    await aws.importKey(cluster, tags)
    const before = await aws.keyPair(cluster)
    assertRefused(await task(cluster, 'bootstrap'), 'KEY_FOREIGN', 'keypair')
    assertRefused(await task(cluster, 'keypair', '--force', '--yes'), 'KEY_FOREIGN', 'keypair')
    const [status, ...undoings] = await Promise.all([
      task(cluster, 'status'),
      task(cluster, 'destroy', '--yes'),
      task(cluster, 'keypair', '--undo', '--yes'),
    ])
    assert.is(status.code, 3)
    assert.is(told(status, 'keypair').state, 'refused')
    assert.is(JSON.parse(status.stdout).failures.keypair.code, 'KEY_FOREIGN')
    for (const undoing of undoings) assertNothingUndone(undoing)
    assert.equal(await aws.keyPair(cluster), before)
    assert.is(await aws.stack(cluster), undefined)
    assert.not.ok(
      existsSync(project.path(`.task/rehearsal/eu-west-1/${cluster}/id_ed25519`)),
      'no key is generated',
    )
  })
}

for (const [whose, cluster, tags] of [
  ['without our tag', 'beta', {}],
  ["with another cluster's tag", 'betatron', { [TAG]: 'beta' }],
] as const) {
  foreign(`a stack with the cluster's name ${whose} is refused and left alone`, async () => {
    await aws.createStack(cluster, tags)
    const before = await aws.stack(cluster)
    const buckets = await aws.buckets()
    assert.ok(buckets.some((name) => name.startsWith(`${cluster}-`)))
    // Not even a key pair is created.
    assertRefused(await task(cluster, 'bootstrap', `access.publicKey=${mine}`), 'STACK_FOREIGN', 'preflight')
    assert.is(await aws.keyPair(cluster), undefined)
    const [status, destroyed, ...undoings] = await Promise.all([
      task(cluster, 'status'),
      task(cluster, 'destroy', '--yes'),
      task(cluster, 'stack', '--undo', '--yes'),
      task(cluster, 'keypair', '--undo', '--yes'),
    ])
    assert.is(status.code, 3)
    assert.is(JSON.parse(status.stdout).failures.stack.code, 'STACK_FOREIGN')
    assert.equal([destroyed.code, destroyed.end.error.code], [1, 'STACK_FOREIGN'], destroyed.stdout)
    assert.equal([destroyed.end.undone, destroyed.end.deleted, destroyed.end.left], [[], [], []])
    for (const undoing of undoings) assertNothingUndone(undoing)
    assert.equal(await aws.stack(cluster), before)
    assert.equal(await aws.buckets(), buckets)
  })
}

foreign('a foreign stack created between our key pair and our stack is refused too', async () => {
  const imported = await task('gamma', 'keypair', `access.publicKey=${mine}`)
  assert.equal(imported.end.ran, ['preflight', 'keypair'], imported.stdout)
  await aws.createStack('gamma')
  const before = await aws.stack('gamma')
  assertRefused(await task('gamma', 'bootstrap', '--yes'), 'STACK_FOREIGN', 'preflight')
  const destroyed = await task('gamma', 'destroy', '--yes')
  assert.is(destroyed.code, 0, destroyed.stdout)
  assert.equal(destroyed.end.deleted, [imported.events.flatMap(keyId)[0]], 'our key pair, and nothing else')
  assert.equal(await aws.stack('gamma'), before)
})

foreign('a key pair of ours with another key is never overwritten', async () => {
  await task('delta', 'keypair', `access.publicKey=${mine}`)
  const before = await aws.keyPair('delta')
  assertRefused(await task('delta', 'bootstrap', `access.publicKey=${other}`), 'KEY_DIFFERS', 'keypair')
  assertRefused(
    await task('delta', 'keypair', '--force', '--yes', `access.publicKey=${other}`),
    'KEY_DIFFERS',
    'keypair',
  )
  assert.equal(await aws.keyPair('delta'), before)
  const [same, auto] = await Promise.all([
    task('delta', 'keypair', `access.publicKey=${mine}`),
    task('delta', 'keypair'),
  ])
  for (const ran of [same, auto]) assert.equal([ran.code, ran.end.skipped], [0, ['keypair']], ran.stdout)
  // It is still ours, so we delete it, whatever key is configured now.
  const undone = await task('delta', 'keypair', '--undo', '--yes', `access.publicKey=${other}`)
  assert.equal(undone.end.deleted, [before!.KeyPairId], undone.stdout)
  assert.is(await aws.keyPair('delta'), undefined)
})

foreign('a second key pair with our tag is deleted with the cluster, as listed', async () => {
  await task('twofold', 'keypair', `access.publicKey=${mine}`)
  await aws.importKey('twofold-spare', { [TAG]: 'twofold' })
  const ids = await Promise.all(['twofold', 'twofold-spare'].map((name) => aws.keyPair(name)))
  const destroyed = await task('twofold', 'destroy', '--yes')
  assert.equal([destroyed.code, destroyed.end.left], [0, []], destroyed.stdout)
  assert.equal(destroyed.end.deleted.sort(), ids.map((pair) => pair!.KeyPairId).sort())
})

slow(foreign, 'a destroy leaves alone what only looks like ours', async () => {
  const others = {
    'foo-exhibitors3bucket-untagged': {},
    'foo-exhibitors3bucket-of-another': { [TAG]: 'foobar' },
    // Our tag was copied; no stack created it.
    'foo-exhibitors3bucket-by-hand': { [TAG]: 'foo' },
  }
  for (const [name, tags] of Object.entries(others)) await aws.createBucket(name, tags)
  const key = `access.publicKey=${mine}`
  const us = stranger('us-east-2')
  // The same name in another region is another cluster, although bucket names are global.
  const [foo, foobar, abroad] = await Promise.all([
    task('foo', 'bootstrap', key),
    task('foobar', 'bootstrap', key),
    task('foo', 'bootstrap', key, 'region=us-east-2'),
  ])
  for (const ran of [foo, foobar, abroad]) assert.is(ran.code, 0, ran.stdout + ran.stderr)
  const made = await aws.buckets()
  const own = (cluster: string, region: string) => bucketOf(cluster, region === 'eu-west-1' ? aws : us)
  const [bucket, longer, far] = [
    await own('foo', 'eu-west-1'),
    await own('foobar', 'eu-west-1'),
    await own('foo', 'us-east-2'),
  ]
  assert.is(new Set([bucket, longer, far]).size, 3)
  const kept = {
    pair: await aws.keyPair('foobar'),
    stack: await aws.stack('foobar'),
    farPair: await us.keyPair('foo'),
    farStack: await us.stack('foo'),
  }

  const destroyed = await task('foo', 'destroy', '--yes')
  assert.is(destroyed.code, 0, destroyed.stdout)
  assert.equal(destroyed.end.left, [])
  assert.is(destroyed.end.deleted.length, 3, destroyed.stdout)
  const still = destroyed.events.flatMap((event) =>
    event.event === 'log' && /^these still carry the tag/.test(event.message)
      ? event.message.split('\n  ')
      : [],
  )
  assert.equal(still.slice(1), ['arn:aws:s3:::foo-exhibitors3bucket-by-hand'], destroyed.stdout)
  assert.equal(
    await aws.buckets(),
    made.filter((name) => name !== bucket),
    'one bucket is gone',
  )
  for (const name of Object.keys(others)) assert.equal(await aws.objects(name), ['precious'])
  assert.equal(
    {
      pair: await aws.keyPair('foobar'),
      stack: await aws.stack('foobar'),
      farPair: await us.keyPair('foo'),
      farStack: await us.stack('foo'),
    },
    kept,
  )
  const again = await Promise.all([
    task('foobar', 'bootstrap', key),
    task('foo', 'bootstrap', key, 'region=us-east-2'),
  ])
  for (const ran of again) assert.equal([ran.code, ran.end.ran], [0, []], ran.stdout)

  const rest = await Promise.all([
    task('foobar', 'destroy', '--yes'),
    task('foo', 'destroy', '--yes', 'region=us-east-2'),
  ])
  for (const ran of rest) assert.equal([ran.code, ran.end.left], [0, []], ran.stdout)
  const left = await aws.buckets()
  for (const name of [longer, far]) assert.not.ok(left.includes(name))
  for (const name of Object.keys(others)) assert.ok(left.includes(name))
})

/** The bucket that the cluster's own stack created. */
async function bucketOf(cluster: string, from: ReturnType<typeof stranger>): Promise<string> {
  const { Outputs } = (await from.stack(cluster))!
  return Outputs!.find(({ OutputKey }) => OutputKey === 'ExhibitorS3Bucket')!.OutputValue!
}

function keyId(event: Ran['events'][number]): string[] {
  return event.event === 'done' && event.task === 'keypair' ? [(event.value as { id: string }).id] : []
}

foreign.after(() => project.remove())

foreign.run()
