import type { Bucket, ObjectVersion } from '../../state/buckets.ts'
import { document } from '../../wire/xml.ts'
import { findBucket, NAMESPACE } from './buckets.ts'
import type { S3Call, S3Operation } from './call.ts'

/** Maximum number of entries in one answer (AWS: "ListObjectsV2, MaxKeys"). */
const MOST = 1000

interface Listing {
  versions: ObjectVersion[]
  prefixes: string[]
  /** The last entry of this page, if there is another one. */
  next: ObjectVersion | undefined
  most: number
}

/** One page of entries sorted by key; those with the delimiter after the prefix are returned as one common prefix. */
function list(
  call: S3Call,
  sorted: readonly ObjectVersion[],
  begins: (version: ObjectVersion) => boolean,
  after: string,
): Listing {
  const { query } = call.request
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const most = Math.min(MOST, Number(query.get('max-keys') ?? MOST))
  const versions: ObjectVersion[] = []
  const prefixes = new Set<string>()
  let last: ObjectVersion | undefined
  for (const version of sorted) {
    const { key } = version
    if (!key.startsWith(prefix) || !begins(version)) continue
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1
    const common = end < 0 ? undefined : key.slice(0, end + delimiter.length)
    if (common !== undefined && (prefixes.has(common) || after.startsWith(common))) {
      last = version
      continue
    }
    if (versions.length + prefixes.size >= most)
      return { versions, prefixes: [...prefixes], next: last, most }
    if (common === undefined) versions.push(version)
    else prefixes.add(common)
    last = version
  }
  return { versions, prefixes: [...prefixes], next: undefined, most }
}

function sorted(bucket: Bucket): ObjectVersion[] {
  const keys = [...bucket.versions.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return keys.flatMap((key) => bucket.versions.get(key)!)
}

/** Keys as they are, or percent-encoded if the client requested that. */
function encoder(call: S3Call): (key: string) => string {
  if (call.request.query.get('encoding-type') !== 'url') return (key) => key
  return (key) => encodeURIComponent(key).replaceAll('%2F', '/')
}

export const listObjects: S3Operation = (call) => {
  const { query } = call.request
  const bucket = findBucket(call)
  const token = query.get('continuation-token')
  const after = token ? Buffer.from(token, 'base64url').toString('utf8') : (query.get('start-after') ?? '')
  const existing = sorted(bucket).filter(
    (version) => version.object && bucket.versions.get(version.key)![0] === version,
  )
  const { versions, prefixes, next, most } = list(call, existing, ({ key }) => key > after, after)
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
        KeyCount: versions.length + prefixes.length,
        IsTruncated: next !== undefined,
        ContinuationToken: token ?? undefined,
        NextContinuationToken: next && Buffer.from(next.key).toString('base64url'),
        Contents: versions.map((version) => ({ Key: encode(version.key), ...tell(version) })),
        CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      },
      'flat',
      NAMESPACE,
    ),
  }
}

export const listVersions: S3Operation = (call) => {
  const { query } = call.request
  const bucket = findBucket(call)
  const keyMarker = query.get('key-marker') ?? ''
  const idMarker = query.get('version-id-marker') ?? ''
  const all = sorted(bucket)
  const marked = all.findIndex(({ key, id }) => key === keyMarker && id === idMarker)
  const begins = (version: ObjectVersion) =>
    marked < 0 ? version.key > keyMarker : all.indexOf(version) > marked
  const { versions, prefixes, next, most } = list(call, all, begins, keyMarker)
  const encode = encoder(call)
  const named = (version: ObjectVersion) => ({
    Key: encode(version.key),
    VersionId: version.id,
    IsLatest: bucket.versions.get(version.key)![0] === version,
    ...tell(version),
  })
  return {
    body: document(
      'ListVersionsResult',
      {
        Name: call.bucket,
        Prefix: encode(query.get('prefix') ?? ''),
        KeyMarker: encode(keyMarker),
        VersionIdMarker: idMarker,
        MaxKeys: most,
        EncodingType: query.get('encoding-type') ?? undefined,
        IsTruncated: next !== undefined,
        NextKeyMarker: next && encode(next.key),
        NextVersionIdMarker: next?.id,
        Version: versions.filter(({ object }) => object).map(named),
        DeleteMarker: versions.filter(({ object }) => !object).map(named),
        CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      },
      'flat',
      NAMESPACE,
    ),
  }
}

function tell({ at, object }: ObjectVersion) {
  const LastModified = new Date(at)
  return object
    ? { LastModified, ETag: `"${object.etag}"`, Size: object.size, StorageClass: 'STANDARD' }
    : { LastModified }
}
