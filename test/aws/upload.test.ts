import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation'
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ownBuckets, removeBucket } from '../../tasks/aws/buckets.ts'
import { Aws } from '../../tasks/aws/clients.ts'
import { CLUSTER_TAG } from '../../tasks/aws/ownership.ts'
import { uploadTemplate } from '../../tasks/aws/upload.ts'
import { accountOf, uploadBuckets } from '../../tasks/aws/upload-bucket.ts'
import { clockAt } from '../../tasks/base/clock.ts'
import { Failure } from '../../tasks/base/failure.ts'
import { openRehearsal } from '../../tasks/rehearsal/index.ts'

interface Request {
  method: string
  hostname: string
  path: string
  query?: Record<string, string>
  headers: Record<string, string>
}

/** Sits between the clients and the rehearsed cloud: returns an error of AWS, or undefined to let the request through. */
type Intercept = (request: Request) => { status: number; code: string } | undefined

interface World {
  folder: string
  calls: string[]
  requests: Request[]
  intercept: Intercept
  aws: Aws
  at(region: string, endpoint?: string): Aws
  s3: S3Client
  cloudFormation: CloudFormationClient
}
const upload = suite<World>('upload a template')

const waiting = { clock: clockAt(1000), signal: new AbortController().signal }
const body = `Resources:\n  Topic: { Type: AWS::SNS::Topic }\n# ${'x'.repeat(60_000)}\n`
const template = { body, digest: createHash('sha256').update(body).digest('hex') }

upload.before.each((world) => {
  world.folder = mkdtempSync(path.join(tmpdir(), 'upload-'))
  world.calls = []
  world.requests = []
  world.intercept = () => undefined
  const { requestHandler } = openRehearsal({ folder: world.folder, speed: 1000, seed: 1, fail: [] })
  const { handle } = requestHandler
  const watched = {
    ...requestHandler,
    handle: async (request: never, options: never) => {
      world.requests.push(request)
      const refusal = world.intercept(request)
      if (!refusal) return handle.call(requestHandler, request, options)
      const text = `<Error><Code>${refusal.code}</Code><Message>no</Message></Error>`
      const headers = { 'content-type': 'application/xml' }
      return { response: { statusCode: refusal.status, headers, body: Buffer.from(text) } }
    },
  }
  world.at = (region, endpoint) =>
    new Aws({
      region,
      profile: undefined,
      endpoint,
      handler: watched,
      count: (call) => world.calls.push(call),
    })
  world.aws = world.at('eu-west-1')
  const configuration = {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'x' },
    requestHandler: requestHandler as never,
  }
  world.s3 = new S3Client(configuration)
  world.cloudFormation = new CloudFormationClient(configuration)
})
upload.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

async function make(
  s3: S3Client,
  Bucket: string,
  tags: Record<string, string>,
  object?: string,
): Promise<void> {
  const LocationConstraint = 'eu-west-1' as BucketLocationConstraint
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }))
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  if (TagSet.length > 0) await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
  if (object) await s3.send(new PutObjectCommand({ Bucket, Key: object, Body: 'precious' }))
}

async function buckets(s3: S3Client): Promise<Record<string, string[]>> {
  const { Buckets } = await s3.send(new ListBucketsCommand({}))
  const entries = (Buckets ?? []).map(async ({ Name }) => {
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: Name! }))
    return [Name!, (Contents ?? []).map(({ Key }) => Key!)] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise
  } catch (error) {
    assert.instance(error, Failure, String((error as Error).stack))
    return error as Failure
  }
  throw new Error('it succeeded')
}

upload('goes to a bucket of the cluster, from which CloudFormation reads it', async (world) => {
  const { aws, calls, cloudFormation, requests, s3 } = world
  const { url } = await uploadTemplate(aws, 'Dcos', template, waiting)
  const [bucket] = uploadBuckets(await accountOf(aws), 'eu-west-1', 'Dcos')
  assert.is(url, `https://${bucket}.s3.eu-west-1.amazonaws.com/${template.digest}`)
  assert.equal(await buckets(s3), { [bucket!]: [template.digest] })
  const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket: bucket! }))
  assert.equal(TagSet, [{ Key: CLUSTER_TAG, Value: 'Dcos' }])
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket!, Key: template.digest }))
  assert.is(await Body!.transformToString(), body)
  await cloudFormation.send(new CreateStackCommand({ StackName: 'Dcos', TemplateURL: url }))

  // Every request that could reach a foreign bucket names the owner, and the bucket is closed before anything is in it.
  const s3Requests = requests.filter(({ hostname }) => hostname.includes('.s3.'))
  for (const { headers, method, query } of s3Requests) {
    const creates =
      method === 'PUT' &&
      !query?.tagging &&
      Object.keys(query ?? {}).length === 0 &&
      !headers['x-amz-server-side-encryption']
    if (!creates)
      assert.is(
        headers['x-amz-expected-bucket-owner'],
        await accountOf(aws),
        `${method} ${JSON.stringify(query)}`,
      )
  }
  const order = ['CreateBucket', 'PutBucketTagging', 'PutPublicAccessBlock', 'PutObject'].map((name) =>
    calls.indexOf(`s3:${name}`),
  )
  assert.equal(
    order,
    [...order].sort((a, b) => a - b),
  )
  assert.not.ok(order.includes(-1))

  calls.length = 0
  assert.is((await uploadTemplate(aws, 'Dcos', template, waiting)).url, url)
  assert.equal(calls, ['sts:GetCallerIdentity', 's3:GetBucketTagging', 's3:HeadObject', 's3:PutObject'])

  assert.equal(await ownBuckets(aws, 'Dcos'), [bucket])
  assert.is(await removeBucket(aws, bucket!, waiting.signal), true)
  assert.equal([await buckets(s3), await ownBuckets(aws, 'Dcos')], [{}, []])
})

upload('is discarded with everything created for it, and nothing else', async ({ aws, s3 }) => {
  const first = await uploadTemplate(aws, 'dcos', template, waiting)
  const second = await uploadTemplate(aws, 'dcos', { body: 'x', digest: 'other' }, waiting)
  await second.discard()
  await (await uploadTemplate(aws, 'dcos', template, waiting)).discard()
  assert.equal(Object.values(await buckets(s3)), [[template.digest]])
  await first.discard()
  assert.equal(await buckets(s3), {})
})

upload('leaves buckets alone that only match the name', async ({ aws, s3 }) => {
  const names = uploadBuckets(await accountOf(aws), 'eu-west-1', 'dcos')
  await make(s3, names[0]!, { [CLUSTER_TAG]: 'dcos-2' }, 'theirs')
  await make(s3, names[1]!, {}, 'untagged')
  const { url } = await uploadTemplate(aws, 'dcos', template, waiting)
  assert.match(url, names[2]!)
  assert.equal(await ownBuckets(aws, 'dcos'), [names[2]])
  await removeBucket(aws, names[2]!, waiting.signal)
  await make(s3, names[2]!, { owner: 'somebody' })
  const { code, next, why } = await failureOf(uploadTemplate(aws, 'dcos', template, waiting))
  assert.is(code, 'STACK_FOREIGN')
  for (const name of names) assert.match(why!, name)
  assert.match(next!, /another cluster\.name/)
  assert.equal(await ownBuckets(aws, 'dcos'), [])
  assert.equal(await buckets(s3), { [names[0]!]: ['theirs'], [names[1]!]: ['untagged'], [names[2]!]: [] })
})

upload('never goes to a bucket of another account', async (world) => {
  const { aws, s3 } = world
  const names = uploadBuckets(await accountOf(aws), 'eu-west-1', 'dcos')
  const taken: [status: number, code: string, name: string][] = [
    [403, 'AccessDenied', names[0]!],
    [301, 'PermanentRedirect', names[1]!],
  ]
  world.intercept = ({ hostname }) => {
    const [status, code] = taken.find(([, , name]) => hostname.startsWith(name)) ?? []
    return status && code ? { status, code } : undefined
  }
  assert.match((await uploadTemplate(aws, 'dcos', template, waiting)).url, names[2]!)
  assert.equal(Object.keys(await buckets(s3)), [names[2]])

  // Registered by another account, or being removed: only the creation shows that.
  world.intercept = ({ hostname, method, query }) =>
    method === 'PUT' && !hostname.startsWith(names[2]!) && Object.keys(query ?? {}).length === 0
      ? { status: 409, code: hostname.startsWith(names[0]!) ? 'BucketAlreadyExists' : 'OperationAborted' }
      : undefined
  assert.match((await uploadTemplate(aws, 'dcos', template, waiting)).url, names[2]!)
  assert.equal(Object.keys(await buckets(s3)), [names[2]])
})

upload('reuses what a killed run left behind, and a destroy finds it too', async ({ aws, at, s3 }) => {
  const account = await accountOf(aws)
  const [name] = uploadBuckets(account, 'eu-west-1', 'a-cluster-with-a-long-name')
  await make(s3, name!, {})
  assert.equal(await ownBuckets(aws, 'a-cluster-with-a-long-name'), [name])
  // Other clusters whose buckets begin the same way.
  assert.equal(await ownBuckets(aws, 'a-cluster-with-a-long-tail'), [])
  assert.equal(await ownBuckets(at('us-east-1'), 'a-cluster-with-a-long-name'), [])
  const { url } = await uploadTemplate(aws, 'a-cluster-with-a-long-name', template, waiting)
  assert.match(url, name!)
  assert.equal(await ownBuckets(aws, 'a-cluster-with-a-long-name'), [name])
  assert.equal(await ownBuckets(aws, 'a-cluster-with-a-long-tail'), [])
  // A bucket with a name of that form carries a copy of our tag.
  const copied = 'dcos-templates-0123456789abcdef'
  await make(s3, copied, { [CLUSTER_TAG]: 'dcos' }, 'precious')
  assert.equal(await ownBuckets(aws, 'dcos'), [])
})

upload('waits until a new bucket is known everywhere', async (world) => {
  let times = 3
  world.intercept = ({ query }) =>
    query && 'tagging' in query && world.calls.includes('s3:CreateBucket') && times-- > 0
      ? { status: 404, code: 'NoSuchBucket' }
      : undefined
  await uploadTemplate(world.aws, 'dcos', template, waiting)
  assert.is(world.calls.filter((call) => call === 's3:PutBucketTagging').length, 4)
})

upload('reports what S3 refuses', async (world) => {
  for (const [status, code, expected] of [
    [400, 'TooManyBuckets', 'STACK_FAILED'],
    [403, 'AccessDenied', 'ACCESS_DENIED'],
  ] as const) {
    world.intercept = ({ method }) => (method === 'PUT' ? { status, code } : undefined)
    const failure = await failureOf(uploadTemplate(world.aws, 'dcos', template, waiting))
    assert.is(failure.code, expected, `${failure.message} ${failure.why}`)
    assert.ok(failure.why && failure.next)
  }
})

upload('is found where each region and each emulator keeps it', async ({ aws, at }) => {
  const account = await accountOf(aws)
  for (const [region, endpoint, form] of [
    ['us-east-1', undefined, 'https://BUCKET.s3.us-east-1.amazonaws.com/KEY'],
    ['cn-north-1', undefined, 'https://BUCKET.s3.cn-north-1.amazonaws.com.cn/KEY'],
    ['eu-west-1', 'http://127.0.0.1:5000', 'http://localhost:5000/BUCKET/KEY'],
    ['eu-west-1', 'http://[::1]:5000/', 'http://localhost:5000/BUCKET/KEY'],
  ] as const) {
    const there = at(region, endpoint)
    const [bucket] = uploadBuckets(account, region, 'dcos')
    const url = form.replace('BUCKET', bucket!).replace('KEY', template.digest)
    const found = await uploadTemplate(there, 'dcos', template, waiting)
    assert.is(found.url, url)
    await found.discard()
  }
})

upload('gives its buckets valid and unique names', () => {
  const names = new Set<string>()
  let made = 0
  for (const account of ['000000000000', '123456789012'])
    for (const region of ['eu-west-1', 'ap-southeast-3', 'us-gov-west-1'])
      for (const cluster of [
        'a',
        'A',
        'dcos',
        'DCOS',
        'a'.repeat(20),
        'a'.repeat(21),
        'A-'.repeat(64),
        `x${'-'.repeat(127)}`,
      ])
        for (const name of uploadBuckets(account, region, cluster)) {
          // S3 User Guide, "General purpose bucket naming rules".
          assert.match(name, /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/)
          assert.ok(name.startsWith(cluster.toLowerCase().slice(0, 20)))
          names.add(name)
          made++
        }
  assert.is(names.size, made)
})

upload.run()
