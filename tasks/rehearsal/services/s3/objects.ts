import { md5 } from '../../cloud.ts'
import { type Bucket, current } from '../../state/buckets.ts'
import { AwsError } from '../../wire/errors.ts'
import { plainBody } from '../../wire/request.ts'
import { document } from '../../wire/xml.ts'
import { findBucket, NAMESPACE } from './buckets.ts'
import type { S3Call, S3Operation } from './call.ts'
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
  return { headers: { etag: `"${etag}"`, ...versionHeaders(after(call), key) } }
}

/** GetObject, and HeadObject, whose body the caller leaves out. */
export const getObject: S3Operation = (call) => {
  const { cloud, key, request } = call
  const bucket = findBucket(call)
  const wanted = request.query.get('versionId')
  const found = wanted ? bucket.versions.get(key)?.find(({ id }) => id === wanted) : current(bucket, key)
  if (!found?.object) {
    if (wanted)
      throw new AwsError('NoSuchVersion', 'The specified version does not exist.', 404, {
        Key: key,
        VersionId: wanted,
      })
    throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key })
  }
  const { contentType, etag, size } = found.object
  const headers = {
    'content-type': contentType ?? 'binary/octet-stream',
    'content-length': String(size),
    'last-modified': new Date(found.at).toUTCString(),
    etag: `"${etag}"`,
    'accept-ranges': 'bytes',
    ...(bucket.versioning ? { 'x-amz-version-id': found.id } : {}),
  }
  if (request.method === 'HEAD') return { headers }
  return { headers, body: cloud.contentOf(found.object) }
}

export const deleteObject: S3Operation = (call) => {
  const version = call.request.query.get('versionId') ?? undefined
  remove(call, [{ key: call.key, ...(version ? { version } : {}) }])
  return {
    status: 204,
    headers: version ? { 'x-amz-version-id': version } : versionHeaders(after(call), call.key),
  }
}

/** Maximum number of keys in one request (AWS: "DeleteObjects"). */
const MOST = 1000

export const deleteObjects: S3Operation = async (call) => {
  const { Delete } = (await readXml(plainBody(call.request), ['Object'])) as {
    Delete?: { Object?: { Key: string; VersionId?: string }[]; Quiet?: string }
  }
  const objects = (Delete?.Object ?? []).map(({ Key, VersionId }) => ({
    key: String(Key),
    ...(VersionId ? { version: String(VersionId) } : {}),
  }))
  if (objects.length === 0 || objects.length > MOST) {
    throw new AwsError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    )
  }
  remove(call, objects)
  const told = objects.map(({ key, version }) => ({ Key: key, VersionId: version }))
  return {
    body: document('DeleteResult', { Deleted: Delete?.Quiet === 'true' ? [] : told }, 'flat', NAMESPACE),
  }
}

function remove(call: S3Call, objects: { key: string; version?: string }[]): void {
  call.cloud.log.commit((world, now) => {
    findBucket(call, world, now)
    return { change: { type: 'DeleteObjects', bucket: call.bucket, objects }, answer: undefined }
  })
}

/** The bucket once the change is in the log. */
function after(call: S3Call): Bucket {
  const world = call.cloud.log.read()
  return findBucket(call, world, call.cloud.log.now(world))
}

/** What S3 returns about the newest version in a bucket that keeps versions. */
function versionHeaders(bucket: Bucket, key: string): Record<string, string> {
  const newest = bucket.versions.get(key)?.[0]
  if (!bucket.versioning || !newest) return {}
  return { 'x-amz-version-id': newest.id, ...(newest.object ? {} : { 'x-amz-delete-marker': 'true' }) }
}
