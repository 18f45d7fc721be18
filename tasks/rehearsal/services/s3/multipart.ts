import { md5 } from '../../cloud.ts'
import type { UnfinishedUpload } from '../../state/buckets.ts'
import { hex } from '../../state/chance.ts'
import { AwsError } from '../../wire/errors.ts'
import { plainBody } from '../../wire/request.ts'
import { document } from '../../wire/xml.ts'
import { findBucket, NAMESPACE } from './buckets.ts'
import type { S3Call, S3Operation } from './call.ts'
import { readXml } from './xml.ts'

/** The minimum size of a part other than the last (S3 User Guide, "Multipart upload limits"). */
const LEAST_PART = 5 * 1024 * 1024

export const createUpload: S3Operation = (call) => {
  const { bucket, cloud, key } = call
  findBucket(call)
  const upload = cloud.log.commit((world, now) => {
    findBucket(call, world, now)
    const id = hex(32, 'upload', bucket, key, now)
    return { change: { type: 'BeginUpload', bucket, key, upload: id }, answer: id }
  })
  return xml('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: upload })
}

export const uploadPart: S3Operation = (call) => {
  const { bucket, cloud, key, request } = call
  const { id } = find(call)
  const body = plainBody(request)
  const etag = md5(body)
  const part = Number(request.query.get('partNumber'))
  const blob = cloud.blobs.put(body)
  cloud.log.commit(() => ({
    change: { type: 'PutPart', bucket, key, upload: id, part, blob, size: body.length, etag },
    answer: undefined,
  }))
  return { headers: { etag: `"${etag}"` } }
}

export const listParts: S3Operation = (call) => {
  const { id, parts } = find(call)
  const { bucket, key, request } = call
  const after = Number(request.query.get('part-number-marker') ?? 0)
  const most = Math.min(1000, Number(request.query.get('max-parts') ?? 1000))
  const rest = [...parts].sort(([a], [b]) => a - b).filter(([number]) => number > after)
  const page = rest.slice(0, most)
  return xml('ListPartsResult', {
    Bucket: bucket,
    Key: key,
    UploadId: id,
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.[0] ?? 0,
    MaxParts: most,
    IsTruncated: rest.length > most,
    Part: page.map(([PartNumber, { etag, size }]) => ({ PartNumber, ETag: `"${etag}"`, Size: size })),
  })
}

export const listUploads: S3Operation = (call) => {
  const prefix = call.request.query.get('prefix') ?? ''
  const uploads = [...findBucket(call).uploads].filter(([, { key }]) => key.startsWith(prefix))
  return xml('ListMultipartUploadsResult', {
    Bucket: call.bucket,
    Prefix: prefix,
    IsTruncated: false,
    Upload: uploads.map(([UploadId, { at, key }]) => ({ Key: key, UploadId, Initiated: new Date(at) })),
  })
}

export const completeUpload: S3Operation = async (call) => {
  const { bucket, cloud, key } = call
  const { id, parts } = find(call)
  const { CompleteMultipartUpload } = (await readXml(plainBody(call.request), ['Part'])) as {
    CompleteMultipartUpload?: { Part?: { PartNumber: string; ETag: string }[] }
  }
  const wanted = (CompleteMultipartUpload?.Part ?? []).map(({ ETag, PartNumber }) => ({
    number: Number(PartNumber),
    etag: ETag.replaceAll('"', ''),
  }))
  const chosen = wanted.map(({ etag, number }, index) => {
    const part = parts.get(number)
    if (part?.etag !== etag) throw new AwsError('InvalidPart', INVALID_PART)
    if (index > 0 && number <= wanted[index - 1]!.number)
      throw new AwsError('InvalidPartOrder', 'The list of parts was not in ascending order.')
    if (index < wanted.length - 1 && part.size < LEAST_PART)
      throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size')
    return part
  })
  if (chosen.length === 0) throw new AwsError('InvalidRequest', 'You must specify at least one part')
  const digests = Buffer.concat(chosen.map(({ etag }) => Buffer.from(etag, 'hex')))
  const etag = `${md5(digests)}-${chosen.length}`
  const size = chosen.reduce((sum, part) => sum + part.size, 0)
  const blobs = chosen.map(({ blob }) => blob)
  cloud.log.commit(() => ({
    change: { type: 'CompleteUpload', bucket, key, upload: id, blobs, size, etag },
    answer: undefined,
  }))
  return xml('CompleteMultipartUploadResult', { Bucket: bucket, Key: key, ETag: `"${etag}"` })
}

export const abortUpload: S3Operation = (call) => {
  const { bucket, cloud, key } = call
  const { id } = find(call)
  cloud.log.commit(() => ({ change: { type: 'AbortUpload', bucket, key, upload: id }, answer: undefined }))
  return { status: 204 }
}

const INVALID_PART =
  "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."

function find(call: S3Call): UnfinishedUpload & { id: string } {
  const id = call.request.query.get('uploadId') ?? ''
  const upload = findBucket(call).uploads.get(id)
  if (upload?.key !== call.key) {
    throw new AwsError(
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      404,
      { UploadId: id },
    )
  }
  return { ...upload, id }
}

function xml(root: string, content: Parameters<typeof document>[1]) {
  return { body: document(root, content, 'flat', NAMESPACE) }
}
