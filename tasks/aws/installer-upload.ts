import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Failure } from '../base/failure.ts'
import type { Aws } from './clients.ts'
import { refusedByAws } from './failures.ts'
import { addressed, type OwnBucket, onceThere, ownBucket, sizeOf, type Waiting } from './own-bucket.ts'
import { s3 } from './s3.ts'

/** S3 takes parts of 5 MB to 5 GB, at most 10,000 per object (S3 User Guide, "Multipart upload limits"). */
const PART_BYTES = 16 * 1024 * 1024
const MOST_PARTS = 10_000
/** How many parts are in memory and being sent at a time. */
const AT_ONCE = 3
/** For one part, in milliseconds: on a slow line it takes longer than other requests are allowed to. */
const PART_TIMEOUT_MS = 15 * 60_000

export interface InstallerFile {
  path: string
  bytes: number
  /** Hex. It is the object's name, so an existing object is not uploaded again. */
  sha256: string
}

interface Sending extends Waiting {
  /** Called with the bytes that S3 has, and the total. */
  progress(done: number, total: number): void
}

/**
 * Uploads the installer to the cluster's own bucket, in parts: if a run is killed, the next one sends only the parts that
 * S3 lacks. Throws STACK_FOREIGN, ACCESS_DENIED, STACK_FAILED for anything else S3 refuses, DISK.
 */
export async function uploadInstaller(
  aws: Aws,
  cluster: string,
  file: InstallerFile,
  sending: Sending,
): Promise<{ bucket: string; key: string }> {
  const key = `installer/${file.sha256}`
  try {
    const bucket = await ownBucket(aws, cluster, 'the installer', sending)
    if (bucket.made || (await sizeOf(bucket, key)) !== file.bytes) await send(bucket, key, file, sending)
    return { bucket: bucket.name, key }
  } catch (error) {
    throw refusedByAws(
      error,
      'S3 refused the installer',
      'see the reason above, then run the same command again: it resumes where this run stopped',
    )
  }
}

interface Part {
  number: number
  from: number
  bytes: number
}

async function send(bucket: OwnBucket, Key: string, file: InstallerFile, sending: Sending): Promise<void> {
  const object = { ...addressed(bucket), Key }
  const parts = partsOf(file.bytes)
  const { id, there } = await begin(bucket, object)
  const tags: string[] = []
  const digests: Buffer[] = []
  let done = 0
  const handle = await open(file.path)
  try {
    const waiting = [...parts]
    const worker = async () => {
      for (let part = waiting.shift(); part; part = waiting.shift()) {
        sending.signal.throwIfAborted()
        const Body = await read(handle, part, file.path)
        const digest = createHash('md5').update(Body).digest()
        digests[part.number - 1] = digest
        // The entity tag of a part is its MD5 (S3 API reference, "Object").
        const known = there.get(part.number)
        tags[part.number - 1] =
          known === digest.toString('hex')
            ? known
            : await sendPart(bucket, { ...object, UploadId: id, PartNumber: part.number }, Body, digest)
        done += part.bytes
        sending.progress(done, file.bytes)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  } finally {
    await handle.close()
  }
  await s3(bucket.aws).send(
    new CompleteMultipartUploadCommand({
      ...object,
      UploadId: id,
      MultipartUpload: { Parts: tags.map((ETag, index) => ({ ETag: `"${ETag}"`, PartNumber: index + 1 })) },
    }),
  )
  await verify(bucket, object, file, digests)
}

function partsOf(bytes: number): Part[] {
  const size = Math.max(PART_BYTES, Math.ceil(bytes / MOST_PARTS))
  return Array.from({ length: Math.ceil(bytes / size) }, (_, index) => ({
    number: index + 1,
    from: index * size,
    bytes: Math.min(size, bytes - index * size),
  }))
}

/** The upload of a run that was stopped, with the parts that S3 has, by number; otherwise a new one. */
async function begin(
  { aws, made, waiting }: OwnBucket,
  object: { Bucket: string; ExpectedBucketOwner: string; Key: string },
): Promise<{ id: string; there: Map<number, string> }> {
  const { Bucket, ExpectedBucketOwner, Key } = object
  const there = new Map<number, string>()
  const { Uploads = [] } = made
    ? {}
    : await s3(aws).send(new ListMultipartUploadsCommand({ Bucket, ExpectedBucketOwner, Prefix: Key }))
  const begun = Uploads.findLast((one) => one.Key === Key)?.UploadId
  if (begun) {
    // Not the SDK's paginator: S3 sends a marker with the last page, too.
    for (let PartNumberMarker: string | undefined; ; ) {
      const page = await s3(aws).send(
        new ListPartsCommand({
          ...object,
          UploadId: begun,
          ...(PartNumberMarker ? { PartNumberMarker } : {}),
        }),
      )
      for (const { ETag, PartNumber } of page.Parts ?? [])
        there.set(PartNumber ?? 0, (ETag ?? '').replaceAll('"', ''))
      if (!page.IsTruncated || !page.NextPartNumberMarker) return { id: begun, there }
      PartNumberMarker = page.NextPartNumberMarker
    }
  }
  const { UploadId } = await onceThere(waiting, () =>
    s3(aws).send(new CreateMultipartUploadCommand({ ...object, ServerSideEncryption: 'AES256' })),
  )
  return { id: UploadId ?? '', there }
}

async function sendPart(
  { aws, waiting }: OwnBucket,
  part: {
    Bucket: string
    ExpectedBucketOwner: string
    Key: string
    UploadId: string
    PartNumber: number
  },
  Body: Buffer,
  digest: Buffer,
): Promise<string> {
  const ContentMD5 = digest.toString('base64')
  const { ETag = '' } = await s3(aws).send(new UploadPartCommand({ ...part, Body, ContentMD5 }), {
    abortSignal: waiting.signal,
    requestTimeout: PART_TIMEOUT_MS,
  })
  return ETag.replaceAll('"', '')
}

async function read(handle: FileHandle, { bytes, from }: Part, path: string): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes)
  let at = 0
  while (at < bytes) {
    const { bytesRead } = await handle.read(buffer, at, bytes - at, from + at)
    if (bytesRead === 0) throw changed(path)
    at += bytesRead
  }
  return buffer
}

/** Checks that S3 has what was read: its size, and the MD5 of the parts' MD5s, which is its entity tag. */
async function verify(
  bucket: OwnBucket,
  object: { Bucket: string; ExpectedBucketOwner: string; Key: string },
  file: InstallerFile,
  digests: Buffer[],
): Promise<void> {
  const expected = `${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${digests.length}`
  const { ContentLength, ETag = '' } = await s3(bucket.aws).send(new HeadObjectCommand(object))
  const whole = ContentLength === file.bytes && ETag.replaceAll('"', '') === expected
  const same = whole && (await sha256Of(file.path, bucket.waiting.signal)) === file.sha256
  if (same) return
  await s3(bucket.aws).send(new DeleteObjectCommand(object))
  if (whole) throw changed(file.path)
  throw new Failure('STACK_FAILED', {
    message: `S3's copy of ${file.path} differs from what was sent`,
    cause: `it has ${ContentLength} bytes and the tag ${ETag} instead of ${file.bytes} bytes and "${expected}"`,
    next: 'run the same command again; if it fails again, a proxy may be changing the data',
  })
}

/** The SHA-256 of a file, in hex. `progress` gets the bytes read so far. Throws disk errors. */
export async function sha256Of(
  path: string,
  signal: AbortSignal,
  progress: (done: number) => void = () => {},
): Promise<string> {
  const hash = createHash('sha256')
  const handle = await open(path)
  let done = 0
  for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 20, signal })) {
    hash.update(chunk)
    done += chunk.length
    progress(done)
  }
  return hash.digest('hex')
}

function changed(path: string): Failure {
  return new Failure('DISK', {
    message: `${path} changed while it was being uploaded`,
    cause: 'it no longer matches its SHA-256',
    next: 'run the same command again when the file is complete',
  })
}
