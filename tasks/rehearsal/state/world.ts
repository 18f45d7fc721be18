import type { Timeline } from '../stack/timeline.ts'
import type { BucketEntry, Entry, KeyPair, LooseEntry, LooseResource, StackEntry } from './entries.ts'

/** One stack's accepted changes, oldest first, and what was last computed from them. */
export interface StackRecord {
  id: string
  name: string
  region: string
  entries: Entry<StackEntry>[]
  timeline?: Timeline | undefined
  /** Of a nested stack, which has no entry in the log: it follows from its root's timeline. */
  parent?: { id: string; root: string }
  /** Its nested stacks, as its timeline created them. */
  children?: Map<string, StackRecord> | undefined
}

/** The content of the log, folded line by line. The effects of time are computed elsewhere. */
export class World {
  /** When the last change was accepted, in rehearsed time, and by this machine's clock. */
  lastAt = 0
  lastWall = 0
  readonly stacks = new Map<string, StackRecord>()
  /** By region and name; the newest last. */
  readonly names = new Map<string, StackRecord[]>()
  readonly keyPairs = new Map<string, KeyPair>()
  readonly buckets = new Map<string, Entry<BucketEntry>[]>()
  /** What was created in EC2 outside of stacks, and from when until when it exists. */
  readonly loose = new Map<string, { resource: LooseResource; from: number; until?: number }>()
  /** Tags that were added to resources later, by id. */
  readonly tags = new Map<string, Record<string, string>>()
  /** Load balancers by their loopback port. */
  readonly ports = new Map<number, { stack: string; resource: string }>()
  /** The stacks that created a bucket of that name, known once their timelines were computed. */
  readonly bucketMakers = new Map<string, Set<StackRecord>>()

  apply(entry: Entry, wall: number): void {
    this.lastAt = Math.max(this.lastAt, entry.at)
    this.lastWall = wall
    if (entry.type === 'SetClock') return
    if ('stack' in entry) this.applyToStack(entry)
    else if ('bucket' in entry) this.applyToBucket(entry)
    else if (entry.type === 'CreateResource' || entry.type === 'DeleteResource') this.applyToLoose(entry)
    else if (entry.type === 'CreateKeyPair') this.keyPairs.set(entry.id, entry)
    else if (entry.type === 'DeleteKeyPair') this.keyPairs.delete(entry.id)
    else if (entry.type === 'TagResources') {
      for (const id of entry.resources) {
        const first = this.keyPairs.get(id)?.tags ?? this.loose.get(id)?.resource.tags
        const tags = { ...(this.tags.get(id) ?? first), ...entry.set }
        for (const key of entry.remove) delete tags[key]
        this.tags.set(id, tags)
      }
    }
  }

  private applyToStack(entry: Entry<StackEntry>): void {
    let record = this.stacks.get(entry.stack)
    if (!record) {
      const born =
        entry.type === 'CreateStack' ? entry : entry.type === 'CreateChangeSet' ? entry.review : undefined
      if (!born) return
      record = { id: entry.stack, name: born.name, region: born.region, entries: [] }
      this.stacks.set(record.id, record)
      const key = `${record.region}/${record.name}`
      this.names.set(key, [...(this.names.get(key) ?? []), record])
    }
    record.entries.push(entry)
    if (entry.type !== 'AddApplication' && entry.type !== 'RemoveApplication') this.forget(record)
    if (entry.type === 'CreateStack' || entry.type === 'UpdateStack') {
      for (const [resource, port] of Object.entries(entry.ports))
        this.ports.set(port, { stack: entry.stack, resource })
    }
  }

  /** A timeline has to be computed again, with those of its nested stacks and of its parents. */
  private forget(record: StackRecord): void {
    const root = (record.parent && this.stacks.get(record.parent.root)) ?? record
    const clear = (one: StackRecord) => {
      one.timeline = undefined
      for (const child of one.children?.values() ?? []) clear(child)
      one.children = undefined
    }
    clear(root)
  }

  private applyToLoose(entry: Entry<LooseEntry>): void {
    if (entry.type === 'CreateResource') {
      this.loose.set(entry.resource.id, { resource: entry.resource, from: entry.at })
    } else {
      const known = this.loose.get(entry.id)
      if (known) known.until ??= entry.at
    }
    // Whether a future deletion fails depends on what is in its way then.
    for (const record of this.stacks.values()) {
      if (record.timeline && record.timeline.endsAt > entry.at) this.forget(record)
    }
  }

  private applyToBucket(entry: Entry<BucketEntry>): void {
    const entries = this.buckets.get(entry.bucket)
    if (entries) entries.push(entry)
    else this.buckets.set(entry.bucket, [entry])
    // Whether a future deletion fails depends on what is in the bucket then.
    for (const maker of this.bucketMakers.get(entry.bucket) ?? []) {
      if (maker.timeline && maker.timeline.endsAt > entry.at) this.forget(maker)
    }
  }
}
