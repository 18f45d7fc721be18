import { createHash } from 'node:crypto'
import type { Template } from '../template/parse.ts'
import { dependent } from './stack/dependent.ts'
import { computeTimeline, type HistoryContext } from './stack/history.ts'
import { STACK_TYPE } from './stack/model.ts'
import {
  countUntil,
  emptyTimeline,
  type Incarnation,
  latest,
  type StackEvent,
  standing,
  type Timeline,
} from './stack/timeline.ts'
import { readTemplate } from './stack/validate.ts'
import { Blobs } from './state/blobs.ts'
import { type Bucket, type BucketMaker, bucketAt, type StoredObject } from './state/buckets.ts'
import type { CreateStack, ResourceFault, UpdateStack } from './state/entries.ts'
import { Log } from './state/log.ts'
import type { StackRecord, World } from './state/world.ts'

const NOT_EMPTY = {
  message: 'The bucket you tried to delete is not empty (Service: S3, Status Code: 409)',
  code: 'GeneralServiceException',
}

/** The rehearsed AWS account at some moment: the log, and what follows from it. */
export class Cloud {
  readonly log: Log
  readonly blobs: Blobs
  private readonly templates = new Map<string, Template>()

  constructor(
    readonly folder: string,
    readonly speed: number,
    readonly seed: number,
    /** Resources that are to fail in stacks created or updated by this process. */
    readonly faults: ResourceFault[],
    /** Who sends the signals for the instances of such stacks. */
    readonly signals: 'own' | 'outside' = 'own',
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
      const root = record.parent ? world.stacks.get(record.parent.root) : undefined
      if (root) {
        this.timeline(world, root)
        // A record of a nested stack that is no longer in its root's timeline.
        return record.timeline ?? emptyTimeline()
      }
      record.timeline = computeTimeline(record, this.context(world, record, record))
      for (const one of family(record)) this.rememberBuckets(world, one)
    }
    return record.timeline
  }

  private rememberBuckets(world: World, record: StackRecord): void {
    for (const incarnation of record.timeline?.incarnations ?? []) {
      if (incarnation.type !== 'AWS::S3::Bucket') continue
      const makers = world.bucketMakers.get(incarnation.physicalId) ?? new Set()
      world.bucketMakers.set(incarnation.physicalId, makers.add(record))
    }
  }

  private context(world: World, record: StackRecord, root: StackRecord): HistoryContext {
    return {
      template: (blob) => this.template(blob),
      hindrance: (incarnation, at, timeline) => {
        if (incarnation.type === 'AWS::S3::Bucket') {
          const bucket = this.bucketAt(world, incarnation.physicalId, at, { record, timeline })
          return (bucket?.versions.size ?? 0) > 0 ? NOT_EMPTY : undefined
        }
        return dependent(world, incarnation, at)
      },
      predecessors: () => (record === root ? this.predecessors(world, record) : []),
      taken: (name, at, timeline) => {
        // Stacks created later find the name taken by this one, not the other way round.
        for (const other of world.stacks.values()) {
          if (other === root) break
          this.timeline(world, other)
        }
        return this.bucketAt(world, name, at, { record, timeline }) !== undefined
      },
      nested: (child) => computeTimeline(child, this.context(world, child, root)),
      signals: root.entries.filter((entry) => entry.type === 'SignalResource'),
    }
  }

  /** Every stack, each followed by those nested in it. */
  records(world: World): StackRecord[] {
    return [...world.stacks.values()].flatMap((record) => {
      this.timeline(world, record)
      return family(record)
    })
  }

  private predecessors(world: World, record: StackRecord): Timeline[] {
    const named = world.names.get(`${record.region}/${record.name}`) ?? []
    return named.slice(0, Math.max(0, named.indexOf(record))).map((one) => this.timeline(world, one))
  }

  /** The last event of the stack itself. */
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

  /** The physical resources that belong to a stack. */
  resources(world: World, record: StackRecord, now: number): Incarnation[] {
    return standing(this.timeline(world, record), now)
  }

  /** A stack is always found by id, by name only until it is deleted. */
  stack(world: World, region: string, nameOrId: string, now: number): StackRecord | undefined {
    const named = nameOrId.startsWith('arn:') ? undefined : world.names.get(`${region}/${nameOrId}`)?.at(-1)
    const found = named ?? world.stacks.get(nameOrId) ?? this.nested(world, region, nameOrId, now)
    if (!found || nameOrId.startsWith('arn:')) return found
    return this.status(world, found, now) === 'DELETE_COMPLETE' ? undefined : found
  }

  private nested(world: World, region: string, nameOrId: string, now: number): StackRecord | undefined {
    return this.records(world).find(
      ({ id, name, parent, region: own, entries }) =>
        parent && own === region && (id === nameOrId || name === nameOrId) && entries[0]!.at <= now,
    )
  }

  /** What specifies the stack at that moment; undefined while it is only in review. */
  specification(world: World, record: StackRecord, now: number): (CreateStack | UpdateStack) | undefined {
    const revision = latest(this.timeline(world, record).revisions, now)
    const entry = revision && record.entries[revision.entry]
    return entry?.type === 'CreateStack' || entry?.type === 'UpdateStack' ? entry : undefined
  }

  bucket(world: World, name: string, now: number): Bucket | undefined {
    this.records(world)
    return this.bucketAt(world, name, now)
  }

  buckets(world: World, now: number): Bucket[] {
    this.records(world)
    const names = new Set([...world.bucketMakers.keys(), ...world.buckets.keys()])
    return [...names]
      .sort()
      .map((name) => this.bucketAt(world, name, now))
      .filter((bucket) => bucket !== undefined)
  }

  contentOf({ content }: StoredObject): Buffer {
    if ('text' in content) return Buffer.from(content.text)
    return Buffer.concat(content.blobs.map((name) => this.blobs.get(name)))
  }

  /** `computing` is a stack whose timeline is not finished yet. */
  private bucketAt(
    world: World,
    name: string,
    now: number,
    computing?: { record: StackRecord; timeline: Timeline },
  ): Bucket | undefined {
    const makers: BucketMaker[] = []
    for (const record of world.bucketMakers.get(name) ?? []) {
      if (record !== computing?.record && record.timeline) makers.push(makerOf(record, record.timeline))
    }
    if (computing) makers.push(makerOf(computing.record, computing.timeline))
    return bucketAt(name, world.buckets.get(name) ?? [], makers, md5, now)
  }
}

/** A stack and all that is nested in it. */
export function family(record: StackRecord): StackRecord[] {
  return [record, ...[...(record.children?.values() ?? [])].flatMap(family)]
}

function makerOf(record: StackRecord, timeline: Timeline): BucketMaker {
  const specified = record.entries.findLast(
    (entry) => entry.type === 'CreateStack' || entry.type === 'UpdateStack',
  )
  const tags = {
    ...(specified as CreateStack | UpdateStack | undefined)?.tags,
    'aws:cloudformation:stack-name': record.name,
    'aws:cloudformation:stack-id': record.id,
  }
  return { timeline, region: record.region, tags }
}

export function md5(text: string | Uint8Array): string {
  return createHash('md5').update(text).digest('hex')
}
