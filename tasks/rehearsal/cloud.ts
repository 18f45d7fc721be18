import { createHash } from 'node:crypto'
import type { Template } from '../aws/template/parse.ts'
import { computeTimeline } from './stack/history.ts'
import { STACK_TYPE } from './stack/recorder.ts'
import { countUntil, latest, type StackEvent, type Timeline } from './stack/timeline.ts'
import { readTemplate } from './stack/validate.ts'
import { Blobs } from './state/blobs.ts'
import { type Bucket, bucketAt } from './state/buckets.ts'
import type { CreateStack, UpdateStack } from './state/entries.ts'
import { Log } from './state/log.ts'
import type { StackRecord, World } from './state/world.ts'

/** The rehearsed AWS account as of some moment: the log, and what follows from it. */
export class Cloud {
  readonly log: Log
  readonly blobs: Blobs
  private readonly templates = new Map<string, Template>()

  constructor(
    folder: string,
    readonly speed: number,
    readonly seed: number,
    /** Resources that are to fail in stacks created or updated from here. */
    readonly faults: Record<string, string>,
  ) {
    this.log = new Log(folder)
    this.blobs = new Blobs(folder)
  }

  /** A template that was accepted, by the SHA-256 of its text. */
  template(blob: string): Template {
    let template = this.templates.get(blob)
    if (!template) {
      template = readTemplate(this.blobs.get(blob).toString('utf8'))
      this.templates.set(blob, template)
    }
    return template
  }

  timeline(world: World, record: StackRecord): Timeline {
    if (!record.timeline) {
      record.timeline = computeTimeline(record, {
        template: (blob) => this.template(blob),
        holds: (name, at, timeline) =>
          (this.bucketOf(world, record, timeline, name, at)?.objects.size ?? 0) > 0,
      })
      for (const incarnation of record.timeline.incarnations) {
        if (incarnation.type === 'AWS::S3::Bucket') world.bucketOwners.set(incarnation.physicalId, record)
      }
    }
    return record.timeline
  }

  /** The last thing that was said about the stack itself. */
  standing(world: World, record: StackRecord, now: number): StackEvent | undefined {
    const { events } = this.timeline(world, record)
    for (let index = countUntil(events, now) - 1; index >= 0; index--) {
      const event = events[index]!
      if (event.type === STACK_TYPE && event.physicalId === record.id) return event
    }
    return undefined
  }

  status(world: World, record: StackRecord, now: number): string {
    return this.standing(world, record, now)?.status ?? 'CREATE_IN_PROGRESS'
  }

  /** By id a stack is found for good, by name only until it is deleted. */
  stack(world: World, region: string, nameOrId: string, now: number): StackRecord | undefined {
    if (nameOrId.startsWith('arn:')) return world.stacks.get(nameOrId)
    const youngest = world.names.get(`${region}/${nameOrId}`)?.at(-1)
    if (!youngest || this.status(world, youngest, now) === 'DELETE_COMPLETE') return undefined
    return youngest
  }

  /** What the stack is specified by at that moment; undefined while it is only in review. */
  specification(world: World, record: StackRecord, now: number): (CreateStack | UpdateStack) | undefined {
    const revision = latest(this.timeline(world, record).revisions, now)
    const entry = revision && record.entries[revision.entry]
    return entry?.type === 'CreateStack' || entry?.type === 'UpdateStack' ? entry : undefined
  }

  bucket(world: World, name: string, now: number): Bucket | undefined {
    if (!world.bucketOwners.has(name))
      for (const record of world.stacks.values()) this.timeline(world, record)
    const owner = world.bucketOwners.get(name)
    return this.bucketOf(world, owner, owner && this.timeline(world, owner), name, now)
  }

  buckets(world: World, now: number): Bucket[] {
    for (const record of world.stacks.values()) this.timeline(world, record)
    const names = new Set([...world.bucketOwners.keys(), ...world.buckets.keys()])
    const found: Bucket[] = []
    for (const name of [...names].sort()) {
      const bucket = this.bucket(world, name, now)
      if (bucket) found.push(bucket)
    }
    return found
  }

  private bucketOf(
    world: World,
    owner: StackRecord | undefined,
    timeline: Timeline | undefined,
    name: string,
    now: number,
  ): Bucket | undefined {
    const entries = world.buckets.get(name) ?? []
    if (!owner || !timeline) return bucketAt(name, entries, undefined, now)
    const specified = owner.entries.findLast(
      (entry) => entry.type === 'CreateStack' || entry.type === 'UpdateStack',
    )
    const tags = {
      ...(specified?.tags as Record<string, string> | undefined),
      'aws:cloudformation:stack-name': owner.name,
      'aws:cloudformation:stack-id': owner.id,
    }
    return bucketAt(name, entries, { timeline, region: owner.region, tags, etag: md5 }, now)
  }
}

export function md5(text: string | Uint8Array): string {
  return createHash('md5').update(text).digest('hex')
}
