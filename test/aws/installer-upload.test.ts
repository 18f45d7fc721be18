import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { GetObjectCommand, ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ownBuckets, removeBucket } from '../../tasks/aws/buckets.ts'
import { Aws } from '../../tasks/aws/clients.ts'
import { uploadInstaller } from '../../tasks/aws/installer-upload.ts'
import { s3 } from '../../tasks/aws/s3.ts'
import { clockAt } from '../../tasks/base/clock.ts'
import { Failure } from '../../tasks/base/failure.ts'
import { openRehearsal } from '../../tasks/rehearsal/index.ts'

interface World {
  folder: string
  file: string
  calls: Record<string, number>
  aws: Aws
}
const test = suite<World>('upload the installer')

const MB = 1024 * 1024
/** Five parts of 16 MB, the last one shorter. */
const content = Buffer.alloc(70 * MB, 'abcdefg')
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test.before.each((world) => {
  world.folder = mkdtempSync(path.join(tmpdir(), 'installer-'))
  world.file = path.join(world.folder, 'dcos_generate_config.sh')
  writeFileSync(world.file, content)
  world.calls = {}
  const { requestHandler } = openRehearsal({ folder: world.folder, speed: 1000, seed: 1, fail: [] })
  world.aws = new Aws({
    region: 'eu-west-1',
    environment: {},
    handler: requestHandler,
    profile: undefined,
    endpoint: undefined,
    agent: undefined,
    count: (call) => {
      world.calls[call] = (world.calls[call] ?? 0) + 1
    },
  })
})

test.after.each(({ aws, folder }) => {
  aws.close()
  rmSync(folder, { recursive: true, force: true })
})

function sending(progress: (done: number, total: number) => void = () => {}, signal?: AbortSignal) {
  return { clock: clockAt(1000), signal: signal ?? new AbortController().signal, progress }
}

const fileOf = ({ file }: World) => ({ path: file, bytes: content.length, sha256: sha256(content) })

test('arrives complete, under its hash, and is not sent again', async (world) => {
  const shown: number[] = []
  const place = await uploadInstaller(
    world.aws,
    'dcos',
    fileOf(world),
    sending((done) => shown.push(done)),
  )
  assert.is(place.key, `installer/${sha256(content)}`)
  const { Body } = await s3(world.aws).send(new GetObjectCommand({ Bucket: place.bucket, Key: place.key }))
  assert.is(sha256(await Body!.transformToByteArray()), sha256(content))
  assert.is(shown.length, 5)
  assert.is(shown.at(-1), content.length)
  assert.is(world.calls['s3:UploadPart'], 5)
  assert.equal(await uploadInstaller(world.aws, 'dcos', fileOf(world), sending()), place)
  assert.is(world.calls['s3:UploadPart'], 5)
})

test('resumes where it was stopped', async (world) => {
  const stop = new AbortController()
  const stopped = uploadInstaller(
    world.aws,
    'dcos',
    fileOf(world),
    sending((done) => {
      if (done >= 32 * MB) stop.abort(new Error('stopped'))
    }, stop.signal),
  )
  await stopped.then(
    () => assert.unreachable(),
    () => {},
  )
  const before = world.calls['s3:UploadPart']!
  assert.ok(before >= 2 && before < 5, String(before))
  // The parts in flight when it was stopped may have arrived or not.
  const stored = await storedParts(world.aws)
  assert.ok(stored >= 2, String(stored))
  await uploadInstaller(world.aws, 'dcos', fileOf(world), sending())
  assert.ok(world.calls['s3:UploadPart']! - before <= 5 - stored, JSON.stringify(world.calls))
  assert.is(world.calls['s3:CreateMultipartUpload'], 1)
})

/** How many parts the one upload that is going on has. */
async function storedParts(aws: Aws): Promise<number> {
  const [Bucket = ''] = await ownBuckets(aws, 'dcos')
  const { Uploads } = await s3(aws).send(new ListMultipartUploadsCommand({ Bucket }))
  const { Key, UploadId } = Uploads![0]!
  const { Parts } = await s3(aws).send(new ListPartsCommand({ Bucket, Key, UploadId }))
  return Parts?.length ?? 0
}

test('a file that does not match its hash is removed again', async (world) => {
  const wrong = { ...fileOf(world), sha256: '0'.repeat(64) }
  const failure = await uploadInstaller(world.aws, 'dcos', wrong, sending()).then(
    () => assert.unreachable(),
    (error) => error,
  )
  assert.instance(failure, Failure)
  assert.match(failure.message, 'changed while it was being uploaded')
  assert.is(world.calls['s3:DeleteObject'], 1)
  const shorter = { ...fileOf(world), bytes: content.length + MB }
  const short = await uploadInstaller(world.aws, 'dcos', shorter, sending()).catch((error) => error)
  assert.match(short.message, 'changed while it was being uploaded')
})

test('a bucket is removed with the parts of an interrupted upload', async (world) => {
  const stop = new AbortController()
  await uploadInstaller(
    world.aws,
    'dcos',
    fileOf(world),
    sending(() => stop.abort(), stop.signal),
  ).catch(() => {})
  const [bucket = ''] = await ownBuckets(world.aws, 'dcos')
  const { Uploads } = await s3(world.aws).send(new ListMultipartUploadsCommand({ Bucket: bucket }))
  assert.is(Uploads?.length, 1)
  await removeBucket(world.aws, bucket, new AbortController().signal)
  assert.is(world.calls['s3:AbortMultipartUpload'], 1)
  assert.equal(await ownBuckets(world.aws, 'dcos'), [])
})

test.run()
