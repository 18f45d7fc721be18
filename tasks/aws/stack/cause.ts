import type { StackEvent } from './events.ts'

/** What made an operation fail. */
export interface Cause {
  logicalId: string
  type: string
  reason: string
  /** How many other resources failed by themselves, not because they were cancelled. */
  alsoFailed: string[]
}

/**
 * The event that began a failure: the first resource that failed by itself. Resources that CloudFormation cancelled
 * because of it are noise, and so is the stack's own summary, which only says that something failed.
 */
export function findCause(events: StackEvent[]): Cause | undefined {
  const inOrder = events.map((event, index) => ({ event, index }))
  inOrder.sort((a, b) => a.event.at.getTime() - b.event.at.getTime() || a.index - b.index)
  const failures = inOrder
    .map(({ event }) => event)
    .filter((event) => event.status.endsWith('_FAILED') && !event.root && !/cancell?ed/i.test(event.reason))
  const [first, ...others] = failures
  if (!first) return undefined
  const alsoFailed = [...new Set(others.map((event) => event.logicalId))].filter(
    (id) => id !== first.logicalId,
  )
  return { logicalId: first.logicalId, type: first.type, reason: first.reason, alsoFailed }
}

/** A cause in one line. */
export function causeText(cause: Cause): string {
  const others =
    cause.alsoFailed.length > 0
      ? ` (also failed: ${cause.alsoFailed.slice(0, 3).join(', ')}${cause.alsoFailed.length > 3 ? ' …' : ''})`
      : ''
  return `${cause.logicalId} (${cause.type}): ${cause.reason}${others}`
}
