import type { Phase } from '../state/entries.ts'

/** One event of a stack, as DescribeStackEvents returns it. Times are milliseconds since the epoch. */
export interface StackEvent {
  at: number
  id: string
  /** The stack's name for events of the stack itself. */
  resource: string
  physicalId: string
  type: string
  status: string
  reason?: string | undefined
  /** The resource's evaluated properties as JSON. */
  properties?: string | undefined
  token?: string | undefined
  /** The id of the operation it belongs to. */
  operation: string
  /** The phase in which it was configured to fail. */
  struck?: Phase | undefined
  /** The removal of a replaced predecessor does not count for the current resource. */
  aside?: boolean
  /** The XML of this event, kept because every poll requests it again. */
  xml?: string
}

/** A physical resource, and from when until when it exists. */
export interface Incarnation {
  resource: string
  physicalId: string
  type: string
  from: number
  until?: number | undefined
  properties: Record<string, unknown>
  deletionPolicy?: string | undefined
  /** What happens to it when it is replaced. */
  replacePolicy?: string | undefined
  /** Retained: it continues to exist, but belongs to no stack. */
  retained?: number | undefined
}

/** An instance, launched by a group or a resource of its own. */
export interface Machine {
  id: string
  resource: string
  /** The auto scaling group's physical name, if a group launched it. */
  group?: string | undefined
  launchedAt: number
  /** When the services that its user data installs are up. */
  bootedAt: number
  terminatedAt?: number | undefined
  subnet: string
  zone: string
  privateIp: string
  publicIp?: string | undefined
  image: string
  instanceType: string
  keyName?: string | undefined
  /** The launch template it was launched from, and its version. */
  launchedFrom?: { LaunchTemplateId: string; Version: string } | undefined
  /** In base64. */
  userData?: string | undefined
  tags: Record<string, string>
}

/** What a describe call returns of a stack, from `at` on. */
export interface Revision {
  at: number
  /** Which accepted change it follows from, in the stack's entries. */
  entry: number
  generations: Record<string, number>
}

/** One operation as DescribeEvents groups events by them; a rollback is one of its own. */
export interface StackOperation {
  at: number
  id: string
  type: 'CREATE_STACK' | 'UPDATE_STACK' | 'DELETE_STACK' | 'ROLLBACK' | 'CONTINUE_ROLLBACK'
}

export interface StackOutput {
  key: string
  value: string
  description?: string | undefined
  exportName?: string | undefined
}

/** Everything that has happened to a stack and that will, if there is no further request. Lists are sorted by time. */
export interface Timeline {
  events: StackEvent[]
  incarnations: Incarnation[]
  machines: Machine[]
  revisions: Revision[]
  operations: StackOperation[]
  outputs: { at: number; outputs: StackOutput[] }[]
  /** Objects that the cluster's masters write themselves. */
  objects: { at: number; bucket: string; key: string; text: string }[]
  /** When the last event known so far happens. */
  endsAt: number
}

export function emptyTimeline(): Timeline {
  return {
    events: [],
    incarnations: [],
    machines: [],
    revisions: [],
    operations: [],
    outputs: [],
    objects: [],
    endsAt: 0,
  }
}

/** A new request overrides the future: removes everything after `at`. */
export function truncate(timeline: Timeline, at: number): void {
  const past = <T extends { at: number }>(list: T[]) => list.filter((entry) => entry.at <= at)
  timeline.events = past(timeline.events)
  timeline.revisions = past(timeline.revisions)
  timeline.operations = past(timeline.operations)
  timeline.outputs = past(timeline.outputs)
  timeline.objects = past(timeline.objects)
  timeline.incarnations = timeline.incarnations.filter((entry) => entry.from <= at)
  for (const entry of timeline.incarnations) {
    if (entry.until !== undefined && entry.until > at) entry.until = undefined
    if (entry.retained !== undefined && entry.retained > at) entry.retained = undefined
  }
  timeline.machines = timeline.machines.filter((machine) => machine.launchedAt <= at)
  for (const machine of timeline.machines) {
    if (machine.terminatedAt !== undefined && machine.terminatedAt > at) machine.terminatedAt = undefined
  }
}

/** How many of the sorted events have happened by `now`. */
export function countUntil(events: readonly { at: number }[], now: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (events[middle]!.at <= now) low = middle + 1
    else high = middle
  }
  return low
}

/** The last entry of a sorted list that holds at `now`. */
export function latest<T extends { at: number }>(list: readonly T[], now: number): T | undefined {
  return list[countUntil(list, now) - 1]
}

/** Of a live physical resource by its logical id. */
export function standing(timeline: Timeline, now = Number.POSITIVE_INFINITY): Incarnation[] {
  return timeline.incarnations.filter(
    (entry) =>
      entry.from <= now &&
      (entry.until === undefined || entry.until > now) &&
      (entry.retained === undefined || entry.retained > now),
  )
}
