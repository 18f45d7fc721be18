import type { StackEvent } from './events.ts'

/** What was going on when a resource failed. */
export type During = 'create' | 'update' | 'rollback' | 'delete'

/** One operation on a stack: its events, and those of its rollback. Each list is oldest first. */
export interface Operation {
  /** As DescribeEvents calls it. */
  id: string | undefined
  kind: Exclude<During, 'rollback'>
  forward: StackEvent[]
  /** Only the last attempt, if the rollback was tried more than once. */
  rollback: StackEvent[]
}

/** Each event once, oldest first, whatever the order of the input. */
export function inOrder(events: readonly StackEvent[]): StackEvent[] {
  const once = new Map(events.map((event) => [event.id || JSON.stringify(event), event]))
  return [...once.values()].sort(
    (a, b) =>
      a.at.getTime() - b.at.getTime() ||
      place(a) - place(b) ||
      compare(a.logicalId, b.logicalId) ||
      compare(a.status, b.status) ||
      compare(a.id, b.id),
  )
}

/** Plain comparison of code units: the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Within a millisecond an operation begins before its resources, and its result comes after them. */
function place(event: StackEvent): number {
  if (!event.root) return 1
  return beginning(event) ? 0 : 2
}

/**
 * A stack's history by operations, oldest first. An operation begins with the stack's own CREATE_, UPDATE_, DELETE_ or
 * IMPORT_IN_PROGRESS; a rollback belongs to the operation it rolls back, even if it was requested or continued later,
 * and so does the deletion due to OnFailure=DELETE ("Delete requested by user").
 */
export function operations(events: readonly StackEvent[]): Operation[] {
  const found: Operation[] = []
  let current: Operation = begin('create')
  let back = false
  for (const event of inOrder(events)) {
    const kind = beginning(event)
    if (kind) {
      current = begin(kind)
      found.push(current)
      back = false
    } else if (found.length === 0) {
      // The beginning is not among the events: the first status shows what it was.
      current = begin(kindOf(event.status))
      found.push(current)
    }
    if (event.root && rollsBack(event)) {
      // The reason of the rollback is the stack's summary of the operation.
      current.forward.push(event)
      if (back) current.rollback = []
      back = true
    } else if (back || isRemoval(event, current)) current.rollback.push(event)
    else current.forward.push(event)
  }
  return found
}

/** A creation deletes nothing before it is rolled back, even if both happen within the same millisecond. */
function isRemoval(event: StackEvent, { kind }: Operation): boolean {
  return kind === 'create' && !event.root && event.status.startsWith('DELETE')
}

const begin = (kind: Operation['kind']): Operation => ({ id: undefined, kind, forward: [], rollback: [] })

function beginning(event: StackEvent): Operation['kind'] | undefined {
  if (!event.root || !/^(CREATE|UPDATE|DELETE|IMPORT)_IN_PROGRESS$/.test(event.status)) return undefined
  return rollsBack(event) ? undefined : kindOf(event.status)
}

function rollsBack(event: StackEvent): boolean {
  return (
    /ROLLBACK_IN_PROGRESS$/.test(event.status) ||
    (event.status === 'DELETE_IN_PROGRESS' && /Delete requested by user/i.test(event.reason))
  )
}

export function kindOf(status: string): Operation['kind'] {
  if (/^(CREATE|ROLLBACK|REVIEW)/.test(status)) return 'create'
  return status.startsWith('DELETE') ? 'delete' : 'update'
}

/**
 * The operation that ended in this status. For a stack that is gone, that is the creation that never completed, if there was
 * one; a clean deletion has no cause.
 */
export function operationOf(
  all: readonly Operation[],
  status: string,
  id?: string | undefined,
): Operation | undefined {
  const named = id === undefined ? undefined : all.find((operation) => operation.id === id)
  if (named) return named
  const newest = all.at(-1)
  if (!status.startsWith('DELETE'))
    return all.findLast((operation) => operation.kind === kindOf(status)) ?? newest
  if (newest?.kind !== 'delete' || status === 'DELETE_FAILED' || failuresOf(newest.forward).length > 0)
    return newest
  const before = all.at(-2)
  const stood = before?.forward.some((event) => event.root && /^(CREATE|UPDATE)_COMPLETE$/.test(event.status))
  return before && !stood && before.kind === 'create' ? before : newest
}

/**
 * The resources that failed on their own, in that order, each with its first failure. Resources that CloudFormation
 * cancelled because of another failure are noise, and so are those that failed once but succeeded on a later attempt.
 */
export function failuresOf(events: readonly StackEvent[], during?: During): StackEvent[] {
  const failed = new Map<string, StackEvent>()
  for (const event of events) {
    // An update does not fail because of what its cleanup could not delete.
    if (event.root || (during === 'update' && event.status === 'DELETE_FAILED')) continue
    if (event.status.endsWith('_FAILED')) {
      const known = failed.get(event.logicalId)
      const better = known && !known.reason && event.reason && known.at.getTime() === event.at.getTime()
      if (!isCancelled(event) && (!known || better)) failed.set(event.logicalId, event)
    } else if ((during === 'rollback' || during === 'delete') && /_(COMPLETE|SKIPPED)$/.test(event.status)) {
      failed.delete(event.logicalId)
    }
  }
  const all = [...failed.values()]
  if (during !== 'rollback' && during !== 'delete') return all
  const named = remaining(events)
  const still = all.filter((event) => named.has(event.logicalId))
  return still.length > 0 ? still : all
}

/** What CloudFormation finally reports as not deleted or not rolled back: the rest succeeded on a later attempt. */
function remaining(events: readonly StackEvent[]): Set<string> {
  const end = events.findLast((event) => event.root && event.status.endsWith('_FAILED'))?.reason ?? ''
  const lists = end.matchAll(/resource\(s\) failed to \w+: \[([^\]]*)\]/g)
  return new Set([...lists].flatMap((list) => list[1]!.split(/,\s*/)))
}

/** "Resource creation cancelled", "Resource update cancelled" (user guide, "Troubleshooting CloudFormation"); for a nested stack it comes at the end of a longer sentence. */
export function isCancelled(event: StackEvent): boolean {
  return /(?:^|reason: )\W*(?:Resource|Stack|Operation)\b[^.:]{0,30}\bcancell?ed\W*$/i.test(event.reason)
}

/** Why the stack itself failed if no resource did: a wrong parameter, its timeout. */
export function verdictOf(events: readonly StackEvent[]): StackEvent | undefined {
  return events.findLast((event) => event.root && ownReason(event) !== '')
}

/** A stack's reason without the summary of its resources. */
function ownReason(event: StackEvent): string {
  if (!/_FAILED$|ROLLBACK_IN_PROGRESS$|^DELETE_IN_PROGRESS$/.test(event.status)) return ''
  return event.reason
    .replace(/The following resource\(s\) failed to \w+: \[[^\]]*\]/g, '')
    .replace(/(Rollback|Delete) requested by user|User Initiated/gi, '')
    .replace(/^[\s.]+|[\s.]+$/g, '')
}
