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

/** S3 takes parts of 5 MB to 5 GB, at most 10,000 of an object (S3 User Guide, "Multipart upload limits"). */
const PART_BYTES = 16 * 1024 * 1024
const MOST_PARTS = 10_000
/** So many parts are in memory, and on their way, at a time. */
const AT_ONCE = 3
/** For one part, in milliseconds: a slow line takes longer for it than any other request may. */
const PART_TIMEOUT_MS = 15 * 60_000

export interface InstallerFile {
  path: string
  bytes: number
  /** Hex. It is the object's name, so one that is there needs no second upload. */
  sha256: string
}

interface Sending extends Waiting {
  /** Bytes that S3 has, of how many. */
  progress(done: number, total: number): void
}

/**
 * Puts the installer into the cluster's own bucket, in parts: a run that was killed leaves those that S3 has, and the next
 * one sends the rest. Throws STACK_FOREIGN, ACCESS_DENIED, STACK_FAILED for what else S3 refuses, DISK.
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
      'S3 refuses the installer',
      'see the reason above, then run the same line again: it goes on where this one stopped',
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

/** The upload of a run that was stopped, with the parts that S3 has by their number; else a new one. */
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
    // Not the SDK's paginator: S3 names a last part behind the last page, too.
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

/** What S3 has must be what was read: its size, and the MD5 of the parts' MD5s, which is its entity tag. */
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
    message: `what S3 has of ${file.path} is not what was sent`,
    cause: `${ContentLength} bytes with the tag ${ETag} in place of ${file.bytes} with "${expected}"`,
    next: 'run the same line again; a proxy that changes what passes it would do this',
  })
}

/** The SHA-256 of a file, in hex. `progress` is told bytes. Throws what the disk refuses. */
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
    message: `${path} was changed while it was uploaded`,
    cause: 'it no longer is what its SHA-256 says',
    next: 'run the same line again when it is whole',
  })
}
