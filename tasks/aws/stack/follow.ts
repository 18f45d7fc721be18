import type { Clock } from '../../runner/clock.ts'
import { Failure } from '../../runner/failure.ts'
import type { Aws } from '../clients.ts'
import { beginsOperation, EventReader, type StackEvent } from './events.ts'
import { describeStack, isMissing, type Stack } from './stack.ts'
import { isTerminal } from './status.ts'

/** Events are polled this often while they flow, and less often the longer it is quiet. */
const POLL_MS = 2_000
const QUIET_POLL_MS = 15_000
const QUIET_FACTOR = 1.5
/** Close to the estimated end the polls come closer, down to this: the end is noticed when it comes. */
const NEAR_POLL_MS = 1_000
const NEAR_FACTOR = 0.6
/**
 * The stack itself is described on the third poll and then every so many, for services whose events tell less than
 * CloudFormation's.
 */
const DESCRIBE_FIRST = 2
const DESCRIBE_EVERY = 10
/** After a throttled or lost poll: a random time up to 4 s, 8 s, 16 s, 32 s. */
const BACKOFF_FIRST_MS = 4_000
const BACKOFF_MOST_MS = 32_000
/** A network that stays away this many polls in a row is not coming back by itself; throttling always ends. */
const UNREACHABLE_MOST = 10

export interface Following {
  clock: Clock
  signal: AbortSignal
  /** How long it is estimated still to take, in milliseconds on the clock; undefined where nobody knows. */
  estimateLeft?: () => number | undefined
  /** Called with every batch of new events, oldest first. */
  onEvents(events: StackEvent[]): void
}

export interface Followed {
  /** Undefined when the stack is gone altogether. */
  stack: Stack | undefined
  /** The events of the operation, oldest first. */
  events: StackEvent[]
}

/**
 * Follows the operation under way on a stack to its end, by its events. The ARN is pinned, so a stack that takes over
 * the name is never mistaken for it. A throttled or lost poll waits and tries again; it never changes the verdict.
 */
export async function followStack(
  aws: Aws,
  arn: string,
  { clock, signal, estimateLeft, onEvents }: Following,
): Promise<Followed> {
  const reader = new EventReader(aws, arn)
  const events: StackEvent[] = []
  let interval = POLL_MS
  let lost = 0
  for (let poll = 0; ; poll++) {
    try {
      const fresh = await readEvents(reader, signal)
      if (fresh === undefined) return { stack: undefined, events }
      lost = 0
      // The first look may have come before the operation's own first event, and seen the one before it.
      if (fresh.some(beginsOperation)) events.length = 0
      events.push(...fresh)
      if (fresh.length > 0) onEvents(fresh)
      interval = nextInterval(interval, fresh.length > 0, estimateLeft?.())
      const ended = fresh.some((event) => event.root && isTerminal(event.status))
      if (ended || poll % DESCRIBE_EVERY === DESCRIBE_FIRST) {
        const stack = await describeStack(aws, arn)
        if (!stack) return { stack: undefined, events }
        if (isTerminal(stack.status))
          return { stack, events: await withLast(reader, events, onEvents, signal) }
      }
      await clock.sleep(interval, signal)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      lost++
      if (!mayPass(error, lost)) throw error
      const most = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** (lost - 1))
      await clock.sleep(1_000 + Math.random() * (most - 1_000), signal)
    }
  }
}

/** Milliseconds until the next poll. */
export function nextInterval(interval: number, flowing: boolean, left: number | undefined): number {
  const usual = flowing ? POLL_MS : Math.min(interval * QUIET_FACTOR, QUIET_POLL_MS)
  return left === undefined || left <= 0 ? usual : Math.min(usual, Math.max(NEAR_POLL_MS, left * NEAR_FACTOR))
}

function mayPass(error: unknown, times: number): boolean {
  if (!(error instanceof Failure)) return false
  return error.code === 'THROTTLED' || (error.code === 'ENDPOINT_UNREACHABLE' && times <= UNREACHABLE_MOST)
}

async function readEvents(reader: EventReader, signal: AbortSignal): Promise<StackEvent[] | undefined> {
  try {
    return await reader.next(signal)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** The last events may have come between the last poll and the end; not to get them changes nothing. */
async function withLast(
  reader: EventReader,
  events: StackEvent[],
  onEvents: (events: StackEvent[]) => void,
  signal: AbortSignal,
): Promise<StackEvent[]> {
  if (events.some((event) => event.root && isTerminal(event.status))) return events
  try {
    const last = await reader.next(signal)
    if (last.length > 0) onEvents(last)
    return [...events, ...last]
  } catch {
    return events
  }
}
