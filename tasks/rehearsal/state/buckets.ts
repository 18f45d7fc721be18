import type { Incarnation, Timeline } from '../stack/timeline.ts'
import { letters } from './chance.ts'
import type { BucketEntry, Entry } from './entries.ts'

/** One version of an object, or a marker that says it is deleted. */
export interface ObjectVersion {
  key: string
  /** `null` if the bucket does not keep versions. */
  id: string
  at: number
  /** Undefined for a delete marker. */
  object?: StoredObject
}

export interface StoredObject {
  /** Its bytes: blobs next to the log, or what a master wrote. */
  content: { blobs: string[] } | { text: string }
  size: number
  etag: string
  contentType?: string | undefined
}

export interface Bucket {
  name: string
  region: string
  createdAt: number
  tags: Record<string, string>
  versioning?: string | undefined
  /** By key, newest first. A bucket is empty when it has no version left, not even a marker. */
  versions: Map<string, ObjectVersion[]>
  /** By id. They do not prevent the deletion of a bucket. */
  uploads: Map<string, UnfinishedUpload>
}

export interface UnfinishedUpload {
  key: string
  at: number
  parts: Map<number, { blob: string; size: number; etag: string }>
}

/** A stack whose template created the bucket, at some time. */
export interface BucketMaker {
  timeline: Timeline
  region: string
  tags: Record<string, string>
}

/** The steps of a bucket in the log and the stacks' timelines. */
type Step =
  | Entry<BucketEntry>
  | { type: 'Born'; at: number; incarnation: Incarnation; maker: BucketMaker }
  | { type: 'Gone'; at: number }
  | { type: 'Written'; at: number; key: string; object: StoredObject }

/** A bucket at one moment, from the log's entries about it and from the stacks that created it, if any. */
export function bucketAt(
  name: string,
  entries: readonly Entry<BucketEntry>[],
  makers: readonly BucketMaker[],
  etagOf: (text: string) => string,
  now: number,
): Bucket | undefined {
  const steps: Step[] = [...entries]
  for (const maker of makers) {
    for (const incarnation of maker.timeline.incarnations) {
      if (incarnation.type !== 'AWS::S3::Bucket' || incarnation.physicalId !== name) continue
      steps.push({ type: 'Born', at: incarnation.from, incarnation, maker })
      if (incarnation.until !== undefined) steps.push({ type: 'Gone', at: incarnation.until })
    }
    for (const { at, bucket, key, text } of maker.timeline.objects) {
      const object = { content: { text }, size: Buffer.byteLength(text), etag: etagOf(text) }
      if (bucket === name) steps.push({ type: 'Written', at, key, object })
    }
  }
  let bucket: Bucket | undefined
  for (const step of steps.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)) {
    if (step.type === 'DeleteBucket' || step.type === 'Gone') bucket = undefined
    else if (bucket) fold(bucket, step)
    else bucket = born(name, step)
  }
  return bucket
}

/** The current version of the object, if it is not deleted. */
export function current(bucket: Bucket, key: string): (ObjectVersion & { object: StoredObject }) | undefined {
  const newest = bucket.versions.get(key)?.[0]
  return newest?.object ? (newest as ObjectVersion & { object: StoredObject }) : undefined
}

/** Tags that begin with `aws:` are AWS's own: no caller sets or removes them. */
export function systemTags(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key.startsWith('aws:')))
}

function born(name: string, step: Step): Bucket | undefined {
  if (step.type === 'CreateBucket') {
    return {
      name,
      region: step.region,
      createdAt: step.at,
      tags: {},
      versions: new Map(),
      uploads: new Map(),
    }
  }
  if (step.type !== 'Born') return undefined
  const { incarnation, maker, at } = step
  const { Tags, VersioningConfiguration } = incarnation.properties as {
    Tags?: { Key?: unknown; Value?: unknown }[]
    VersioningConfiguration?: { Status?: string }
  }
  const own = Object.fromEntries(
    (Array.isArray(Tags) ? Tags : []).map(({ Key, Value }) => [String(Key), String(Value)]),
  )
  const tags = { ...maker.tags, ...own, 'aws:cloudformation:logical-id': incarnation.resource }
  const versioning = VersioningConfiguration?.Status
  return {
    name,
    region: maker.region,
    createdAt: at,
    tags,
    versioning,
    versions: new Map(),
    uploads: new Map(),
  }
}

function fold(bucket: Bucket, step: Step): void {
  switch (step.type) {
    case 'PutObject': {
      const { key, blob, size, etag, contentType } = step
      put(bucket, { key, at: step.at, object: { content: { blobs: [blob] }, size, etag, contentType } })
      break
    }
    case 'Written':
      put(bucket, step)
      break
    case 'DeleteObjects':
      for (const { key, version } of step.objects) remove(bucket, key, version, step.at)
      break
    case 'BeginUpload':
      bucket.uploads.set(step.upload, { key: step.key, at: step.at, parts: new Map() })
      break
    case 'PutPart':
      bucket.uploads.get(step.upload)?.parts.set(step.part, step)
      break
    case 'CompleteUpload': {
      const { at, blobs, etag, key, size, upload } = step
      bucket.uploads.delete(upload)
      put(bucket, { key, at, object: { content: { blobs }, size, etag } })
      break
    }
    case 'AbortUpload':
      bucket.uploads.delete(step.upload)
      break
    case 'TagBucket':
      bucket.tags = { ...systemTags(bucket.tags), ...step.tags }
      break
    case 'VersionBucket':
      bucket.versioning = step.status
      break
  }
}

function put(bucket: Bucket, { key, at, object }: { key: string; at: number; object?: StoredObject }): void {
  const versions = bucket.versions.get(key) ?? []
  const enabled = bucket.versioning === 'Enabled'
  const id = enabled ? letters(32, bucket.name, key, at, versions.length) : 'null'
  const kept = enabled ? versions : versions.filter((version) => version.id !== 'null')
  bucket.versions.set(key, [{ key, id, at, ...(object ? { object } : {}) }, ...kept])
}

function remove(bucket: Bucket, key: string, version: string | undefined, at: number): void {
  const versions = bucket.versions.get(key) ?? []
  if (version === undefined && bucket.versioning !== undefined) {
    put(bucket, { key, at })
    return
  }
  const kept = versions.filter(({ id }) => id !== (version ?? 'null'))
  if (kept.length > 0) bucket.versions.set(key, kept)
  else bucket.versions.delete(key)
}
