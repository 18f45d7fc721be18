import type { Timeline } from '../stack/timeline.ts'
import type { BucketEntry, Entry } from './entries.ts'

export interface StoredObject {
  key: string
  /** Its bytes: a blob beside the log, or what a master wrote. */
  content: { blob: string } | { text: string }
  size: number
  etag: string
  modifiedAt: number
  contentType?: string | undefined
}

export interface Bucket {
  name: string
  region: string
  createdAt: number
  tags: Record<string, string>
  versioning?: string | undefined
  objects: Map<string, StoredObject>
}

/** What a stack's timeline does to a bucket. */
type Step =
  | Entry<BucketEntry>
  | { type: 'Born'; at: number; tags: Record<string, string>; region: string }
  | { type: 'Gone'; at: number }
  | { type: 'Written'; at: number; key: string; text: string }

/** A bucket at one moment, from the log's entries about it and from the stack that made it, if one did. */
export function bucketAt(
  name: string,
  entries: readonly Entry<BucketEntry>[],
  maker:
    | { timeline: Timeline; region: string; tags: Record<string, string>; etag: (text: string) => string }
    | undefined,
  now: number,
): Bucket | undefined {
  const steps: Step[] = [...entries]
  if (maker) {
    for (const incarnation of maker.timeline.incarnations) {
      if (incarnation.type !== 'AWS::S3::Bucket' || incarnation.physicalId !== name) continue
      const tags = {
        ...maker.tags,
        ...ownTags(incarnation.properties),
        'aws:cloudformation:logical-id': incarnation.resource,
      }
      steps.push({ type: 'Born', at: incarnation.from, tags, region: maker.region })
      if (incarnation.until !== undefined) steps.push({ type: 'Gone', at: incarnation.until })
    }
    for (const object of maker.timeline.objects) {
      if (object.bucket === name)
        steps.push({ type: 'Written', at: object.at, key: object.key, text: object.text })
    }
  }
  let bucket: Bucket | undefined
  for (const step of steps.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)) {
    if (step.type === 'CreateBucket' || step.type === 'Born') {
      const tags = step.type === 'Born' ? step.tags : {}
      bucket ??= { name, region: step.region, createdAt: step.at, tags, objects: new Map() }
    } else if (step.type === 'DeleteBucket' || step.type === 'Gone') bucket = undefined
    else if (bucket) fold(bucket, step, maker?.etag)
  }
  return bucket
}

function fold(bucket: Bucket, step: Step, etagOf: ((text: string) => string) | undefined): void {
  switch (step.type) {
    case 'PutObject': {
      const { key, blob, size, etag, contentType } = step
      bucket.objects.set(key, { key, content: { blob }, size, etag, modifiedAt: step.at, contentType })
      break
    }
    case 'Written': {
      const { key, text } = step
      const size = Buffer.byteLength(text)
      bucket.objects.set(key, {
        key,
        content: { text },
        size,
        etag: etagOf?.(text) ?? '',
        modifiedAt: step.at,
      })
      break
    }
    case 'DeleteObjects':
      for (const key of step.keys) bucket.objects.delete(key)
      break
    case 'TagBucket':
      bucket.tags = { ...systemTags(bucket.tags), ...step.tags }
      break
    case 'VersionBucket':
      bucket.versioning = step.status
      break
  }
}

/** Tags that begin with `aws:` are AWS's own: nobody else sets or removes them. */
export function systemTags(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key.startsWith('aws:')))
}

function ownTags(properties: Record<string, unknown>): Record<string, string> {
  const tags = properties.Tags
  if (!Array.isArray(tags)) return {}
  return Object.fromEntries(
    tags.map((tag: { Key?: unknown; Value?: unknown }) => [String(tag.Key), String(tag.Value)]),
  )
}
