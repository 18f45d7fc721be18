import { md5 } from '../../cloud.ts'
import { AwsError } from '../../wire/errors.ts'
import { plainBody } from '../../wire/request.ts'
import { document } from '../../wire/xml.ts'
import { findBucket, NAMESPACE } from './buckets.ts'
import type { S3Operation } from './index.ts'
import { readXml } from './xml.ts'

export const putObject: S3Operation = (call) => {
  const { cloud, bucket, key, request } = call
  findBucket(call)
  const body = plainBody(request)
  const etag = md5(body)
  const blob = cloud.blobs.put(body)
  const contentType = request.headers['content-type']
  cloud.log.commit((world, now) => {
    findBucket(call, world, now)
    return {
      change: {
        type: 'PutObject',
        bucket,
        key,
        blob,
        size: body.length,
        etag,
        ...(contentType ? { contentType } : {}),
      },
      answer: undefined,
    }
  })
  return { headers: { etag: `"${etag}"` } }
}

/** GetObject; of HeadObject the body is left out by whoever answers. */
export const getObject: S3Operation = (call) => {
  const { cloud, key, request } = call
  const object = findBucket(call).objects.get(key)
  if (!object) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key })
  const headers = {
    'content-type': object.contentType ?? 'binary/octet-stream',
    'content-length': String(object.size),
    'last-modified': new Date(object.modifiedAt).toUTCString(),
    etag: `"${object.etag}"`,
    'accept-ranges': 'bytes',
  }
  if (request.method === 'HEAD') return { headers }
  const { content } = object
  return { headers, body: 'text' in content ? Buffer.from(content.text) : cloud.blobs.get(content.blob) }
}

export const deleteObject: S3Operation = (call) => {
  findBucket(call)
  call.cloud.log.commit(() => ({
    change: { type: 'DeleteObjects', bucket: call.bucket, keys: [call.key] },
    answer: undefined,
  }))
  return { status: 204 }
}

/** Most keys of one request (AWS: "DeleteObjects"). */
const MOST = 1000

export const deleteObjects: S3Operation = async (call) => {
  const { Delete } = (await readXml(plainBody(call.request), ['Object'])) as {
    Delete?: { Object?: { Key: string }[]; Quiet?: string }
  }
  const keys = (Delete?.Object ?? []).map(({ Key }) => String(Key))
  if (keys.length === 0 || keys.length > MOST) {
    throw new AwsError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    )
  }
  findBucket(call)
  call.cloud.log.commit(() => ({
    change: { type: 'DeleteObjects', bucket: call.bucket, keys },
    answer: undefined,
  }))
  const told = Delete?.Quiet === 'true' ? [] : keys.map((Key) => ({ Key }))
  return { body: document('DeleteResult', { Deleted: told }, 'flat', NAMESPACE) }
}
