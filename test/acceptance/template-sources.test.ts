import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateBucketCommand,
  GetBucketTaggingCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { FailureFacts } from '../../tasks/runner/events.ts'
import { slow } from '../optional.ts'
import { Project, type Ran } from './project.ts'

const test = suite('template sources')
const project = new Project()
const SPEED = 500

const own = readFileSync(project.path('templates/dcos.yaml'), 'utf8')
/** The project's own template, padded to this many bytes. */
function padded(bytes: number): string {
  const [before, after] = own.split('\nMetadata:\n') as [string, string]
  const head = `${before}\nMetadata:\n  Padding: `
  const pad = 'x'.repeat(bytes - Buffer.byteLength(`${head}\n${after}`))
  return `${head}${pad}\n${after}`
}

const hash = (content: string) => createHash('sha256').update(content).digest('hex')

const s3 = new S3Client(project.stranger(SPEED))

/** The buckets of a cluster in the rehearsed cloud, with their contents. */
async function buckets(cluster: string): Promise<Record<string, string[]>> {
  const { Buckets } = await s3.send(new ListBucketsCommand({}))
  const found: Record<string, string[]> = {}
  for (const { Name } of Buckets ?? []) {
    if (!Name?.startsWith(cluster)) continue
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: Name }))
    found[Name] = (Contents ?? []).map(({ Key }) => Key!)
  }
  return found
}

function task(cluster: string, template: string, ...words: string[]): Promise<Ran> {
  return project.run(wordsOf(cluster, template, ...words))
}

function wordsOf(cluster: string, template: string, ...words: string[]): string[] {
  return [...words, '--json', `cluster.name=${cluster}`, `template=${template}`, `rehearsal.speed=${SPEED}`]
}

/** The first failure of a run. */
function failureOf(ran: Ran): FailureFacts {
  assert.is(ran.code, 1, ran.stdout + ran.stderr)
  const fail = ran.events.find(({ event }) => event === 'fail')
  assert.ok(fail, ran.stdout)
  return fail as unknown as FailureFacts
}

const callsOf = (ran: Ran) =>
  Object.values(ran.end.calls as Record<string, number>).reduce((a, b) => a + b, 0)

slow(
  test,
  'a template too large for a request is uploaded to our bucket, for bootstrap, update and destroy',
  async () => {
    const body = padded(51_201)
    writeFileSync(project.path('large.yaml'), body)
    const up = await task('large', 'large.yaml', 'bootstrap')
    assert.is(up.code, 0, up.stdout + up.stderr)
    assert.equal(up.end.ran, ['preflight', 'keypair', 'stack', 'wait', 'cli-config'])
    for (const call of [
      's3:CreateBucket',
      's3:PutBucketTagging',
      's3:PutObject',
      'cloudformation:CreateStack',
    ])
      assert.is(up.end.calls[call], 1, call)
    const [uploads] = Object.keys(await buckets('large-templates-'))
    assert.equal((await buckets('large'))[uploads!], [hash(body)])
    const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket: uploads! }))
    assert.equal(TagSet, [{ Key: 'dcos-bootstrap:cluster', Value: 'large' }])

    const again = await task('large', 'large.yaml', 'bootstrap')
    assert.equal([again.code, again.end.ran], [0, []], again.stdout)
    assert.ok(callsOf(again) <= 2, JSON.stringify(again.end.calls))

    // A preview of an update uploads what CloudFormation needs, and leaves the bucket as it was.
    writeFileSync(project.path('larger.yaml'), padded(60_000))
    const dry = await task('large', 'larger.yaml', 'bootstrap', '--dry-run', 'agents.private=6')
    assert.is(dry.code, 0, dry.stdout + dry.stderr)
    assert.is(dry.end.calls['s3:PutObject'], 1)
    assert.equal((await buckets('large'))[uploads!], [hash(body)])

    const updated = await task('large', 'larger.yaml', 'bootstrap', '--yes', 'agents.private=6')
    assert.is(updated.code, 0, updated.stdout + updated.stderr)
    assert.equal(updated.end.calls['cloudformation:ExecuteChangeSet'], 1)
    assert.equal(new Set((await buckets('large'))[uploads!]), new Set([hash(body), hash(padded(60_000))]))
    const settled = await task('large', 'larger.yaml', 'bootstrap', 'agents.private=6')
    assert.equal([settled.code, settled.end.ran], [0, []], settled.stdout)

    // The template is not needed to destroy it.
    const down = await task('large', 'nowhere.yaml', 'destroy', '--yes')
    assert.is(down.code, 0, down.stdout + down.stderr)
    assert.equal(down.end.left, [])
    assert.ok(down.end.deleted.includes(`s3://${uploads}`), down.stdout)
    assert.equal(await buckets('large'), {})
  },
)

slow(test, 'a dry run of an update leaves no bucket behind', async () => {
  writeFileSync(project.path('small.yaml'), own)
  writeFileSync(project.path('large.yaml'), padded(70_000))
  const up = await task('grows', 'small.yaml', 'bootstrap')
  assert.is(up.code, 0, up.stdout)
  const before = await buckets('grows')
  const dry = await task('grows', 'large.yaml', 'bootstrap', '--dry-run', 'agents.private=6')
  assert.is(dry.code, 0, dry.stdout + dry.stderr)
  assert.is(dry.end.calls['s3:CreateBucket'], 1, dry.stdout)
  assert.equal(await buckets('grows'), before)
  assert.equal((await task('grows', 'small.yaml', 'destroy', '--yes')).end.left, [])
})

test('a template over a million bytes is refused before any call', async () => {
  writeFileSync(project.path('huge.yaml'), padded(1_000_001))
  const refused = await task('huge', 'huge.yaml', 'bootstrap')
  assert.is(failureOf(refused).code, 'TEMPLATE_TOO_LARGE', refused.stdout)
  assert.equal(refused.end.calls, {})
  assert.equal(await buckets('huge'), {})
})

for (const [call, then] of [
  ['PutBucketTagging', 'between making the bucket and tagging it'],
  ['CreateStack', 'between the upload and the stack'],
]) {
  slow(test, `a run killed ${then} leaves nothing after a destroy, and is resumed by the next`, async () => {
    writeFileSync(project.path('large.yaml'), padded(60_000))
    const cluster = `killed-${call!.toLowerCase()}`
    const kill = async () => {
      // The call before which it is killed is throttled, which delays it long enough.
      const fail = `rehearsal.fail=[{call: ${call}, error: Throttling, times: 100}]`
      const child = project.start(wordsOf(cluster, 'large.yaml', 'bootstrap', fail))
      const ended = new Promise<NodeJS.Signals | null>((resolve) =>
        child.on('close', (_, signal) => resolve(signal)),
      )
      const there = async () => {
        const objects = Object.values(await buckets(`${cluster}-templates-`.slice(0, 20)))
        return call === 'CreateStack' ? objects[0]?.length === 1 : objects.length === 1
      }
      while (!(await there())) {
        assert.is(child.exitCode, null, 'it ended before it could be killed')
        await sleep(5)
      }
      child.kill('SIGKILL')
      assert.is(await ended, 'SIGKILL')
    }
    const prefix = cluster.slice(0, 20)
    await kill()
    assert.is(Object.keys(await buckets(prefix)).length, 1)
    const down = await task(cluster, 'large.yaml', 'destroy', '--yes')
    assert.equal([down.code, down.end.left], [0, []], down.stdout)
    assert.equal(await buckets(prefix), {})

    await kill()
    const up = await task(cluster, 'large.yaml', 'bootstrap')
    assert.is(up.code, 0, up.stdout)
    assert.not.ok('s3:CreateBucket' in up.end.calls, 'the same bucket is used')
    const end = await task(cluster, 'large.yaml', 'destroy', '--yes')
    assert.equal([end.code, end.end.left], [0, []], end.stdout)
    assert.equal(await buckets(prefix), {})
  })
}

slow(
  test,
  'a template from the web: a change needs confirmation, and a dead server does not matter',
  async () => {
    let content = own
    const server = http.createServer((_, response) => response.end(content))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dcos.yaml`
    try {
      const up = await task('web', url, 'bootstrap')
      assert.is(up.code, 0, up.stdout + up.stderr)
      content = padded(51_150)
      const changed = await task('web', url, 'bootstrap')
      assert.is(failureOf(changed).code, 'STACK_CHANGED', changed.stdout)
      assert.match(
        failureOf(changed).cause!,
        new RegExp(`template ${hash(own).slice(0, 12)} → ${hash(content).slice(0, 12)}`),
      )
      content = '<!doctype html><title>Moved</title>'
      const pinned = await task('web', `${url}#sha256=${hash(own)}`, 'bootstrap')
      assert.equal([pinned.code, pinned.end.ran], [0, []], pinned.stdout)
      content = own
      assert.is((await task('web', url, 'status')).code, 0)
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
    const again = await task('web', url, 'bootstrap')
    assert.equal([again.code, again.end.ran], [0, []], again.stdout)
    assert.ok(callsOf(again) <= 2)
    assert.ok(again.events.some((event) => event.event === 'log' && /using the copy of /.test(event.message)))
    assert.equal((await task('web', url, 'destroy', '--yes')).end.left, [])
  },
)

slow(test, 'a template from S3 costs one request per run, and a pinned one none', async () => {
  await s3.send(
    new CreateBucketCommand({
      Bucket: 'company-templates',
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
  )
  await s3.send(new PutObjectCommand({ Bucket: 'company-templates', Key: 'dcos/latest.yaml', Body: own }))
  const source = 's3://company-templates/dcos/latest.yaml'
  const up = await task('bucketed', source, 'bootstrap')
  assert.is(up.code, 0, up.stdout + up.stderr)
  const again = await task('bucketed', source, 'bootstrap')
  assert.equal([again.end.ran, again.end.calls['s3:GetObject']], [[], 1])
  assert.ok(callsOf(again) <= 3, JSON.stringify(again.end.calls))
  const pinned = `${source}#sha256=${hash(own)}`
  await task('bucketed', pinned, 'status')
  const free = await task('bucketed', pinned, 'bootstrap')
  assert.equal([free.code, free.end.ran, 's3:GetObject' in free.end.calls], [0, [], false], free.stdout)
  assert.ok(callsOf(free) <= 2)
  const missing = await task('bucketed', `${source}.old`, 'bootstrap')
  assert.is(failureOf(missing).code, 'TEMPLATE_UNREADABLE', missing.stdout)
  const down = await task('bucketed', source, 'destroy', '--yes')
  assert.equal([down.code, down.end.left], [0, []], down.stdout)
  assert.equal(await buckets('company-templates'), { 'company-templates': ['dcos/latest.yaml'] })
})

test('an official template without a pinned hash is never used; a pinned copy needs no host', async () => {
  const source = 'official:stable/1.13.9/single-master'
  // Whether its host is dead or another server responds there.
  const refused = await task('official', source, 'bootstrap', '--yes')
  const { code, message } = failureOf(refused)
  assert.is(code, 'TEMPLATE_UNREADABLE', refused.stdout)
  assert.match(message, /cannot be fetched from s3-us-west-2\.amazonaws\.com|not pinned/)
  assert.equal(refused.end.calls, {})

  writeFileSync(project.path('templates/official.lock.json'), JSON.stringify({ [source]: hash(own) }))
  mkdirSync(project.path('.task/templates'), { recursive: true })
  writeFileSync(project.path('.task/templates', hash(own)), own)
  const up = await task('official', source, 'bootstrap')
  assert.is(up.code, 0, up.stdout + up.stderr)
  const down = await task('official', source, 'destroy', '--yes')
  assert.equal([down.code, down.end.left], [0, []], down.stdout)
})

test.after(() => project.remove())

test.run()
