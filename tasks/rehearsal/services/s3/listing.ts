import type { StoredObject } from '../../state/buckets.ts'
import { document } from '../../wire/xml.ts'
import { findBucket, NAMESPACE } from './buckets.ts'
import type { S3Call, S3Operation } from './index.ts'

/** Most entries of one answer (AWS: "ListObjectsV2, MaxKeys"). */
const MOST = 1000

interface Listing {
  objects: StoredObject[]
  prefixes: string[]
  /** The key after which the next page begins. */
  next: string | undefined
  most: number
}

function list(call: S3Call, after: string): Listing {
  const { query } = call.request
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const most = Math.min(MOST, Number(query.get('max-keys') ?? MOST))
  const objects: StoredObject[] = []
  const prefixes = new Set<string>()
  let last: string | undefined
  const sorted = [...findBucket(call).objects.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  for (const object of sorted) {
    const { key } = object
    if (!key.startsWith(prefix) || key <= after) continue
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1
    const common = end < 0 ? undefined : key.slice(0, end + delimiter.length)
    if (common !== undefined && (prefixes.has(common) || after.startsWith(common))) {
      last = key
      continue
    }
    if (objects.length + prefixes.size >= most) return { objects, prefixes: [...prefixes], next: last, most }
    if (common === undefined) objects.push(object)
    else prefixes.add(common)
    last = key
  }
  return { objects, prefixes: [...prefixes], next: undefined, most }
}

/** Keys as they are, or percent-encoded if the client asked for that. */
function encoder(call: S3Call): (key: string) => string {
  if (call.request.query.get('encoding-type') !== 'url') return (key) => key
  return (key) => encodeURIComponent(key).replaceAll('%2F', '/')
}

export const listObjects: S3Operation = (call) => {
  const { query } = call.request
  const token = query.get('continuation-token')
  const after = token ? Buffer.from(token, 'base64url').toString('utf8') : (query.get('start-after') ?? '')
  const { objects, prefixes, next, most } = list(call, after)
  const encode = encoder(call)
  return {
    body: document(
      'ListBucketResult',
      {
        Name: call.bucket,
        Prefix: encode(query.get('prefix') ?? ''),
        Delimiter: query.get('delimiter') ?? undefined,
        MaxKeys: most,
        EncodingType: query.get('encoding-type') ?? undefined,
        KeyCount: objects.length + prefixes.length,
        IsTruncated: next !== undefined,
        ContinuationToken: token ?? undefined,
        NextContinuationToken: next === undefined ? undefined : Buffer.from(next).toString('base64url'),
        Contents: objects.map((object) => ({ Key: encode(object.key), ...tell(object) })),
        CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      },
      'flat',
      NAMESPACE,
    ),
  }
}

export const listVersions: S3Operation = (call) => {
  const { query } = call.request
  const marker = query.get('key-marker') ?? ''
  const { objects, prefixes, next, most } = list(call, marker)
  const encode = encoder(call)
  return {
    body: document(
      'ListVersionsResult',
      {
        Name: call.bucket,
        Prefix: encode(query.get('prefix') ?? ''),
        KeyMarker: encode(marker),
        MaxKeys: most,
        EncodingType: query.get('encoding-type') ?? undefined,
        IsTruncated: next !== undefined,
        NextKeyMarker: next === undefined ? undefined : encode(next),
        NextVersionIdMarker: next === undefined ? undefined : 'null',
        Version: objects.map((object) => ({
          Key: encode(object.key),
          VersionId: 'null',
          IsLatest: true,
          ...tell(object),
        })),
        CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      },
      'flat',
      NAMESPACE,
    ),
  }
}

function tell(object: StoredObject) {
  return {
    LastModified: new Date(object.modifiedAt),
    ETag: `"${object.etag}"`,
    Size: object.size,
    StorageClass: 'STANDARD',
  }
}
