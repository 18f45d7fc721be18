import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Aws } from '../clients.ts'
import type { Expected } from './estimate.ts'
import { beginsOperation, EventReader, type StackEvent, signalIn } from './events.ts'
import { describeStack, isMissing, type Stack } from './stack.ts'
import { isTerminal } from './status.ts'

/** Events are polled this often while they arrive, and less often the longer it is quiet. */
const POLL_MS = 2_000
const QUIET_POLL_MS = 15_000
const QUIET_FACTOR = 1.5
/** If the time of the next change is estimated, the next poll comes after this share of the time until then, ... */
const NEAR_FACTOR = 0.7
/** ... early on after at most this many times the elapsed time, as durations from elsewhere may be wrong here, ... */
const TRUST_FACTOR = 4
/** ... and while resources are ending after this share of all the time left, within these limits. */
const END_FACTOR = 0.1
const NEAR_POLL_MS = 1_000
/** When less than this share of the elapsed time is left, the operation may end at any time. */
const LAST_PART = 0.25
const FAR_POLL_MS = 5_000
/** The stack itself is described every N polls, more often if no event is about the stack. */
const DESCRIBE_EVERY = 30
const DESCRIBE_EVERY_SILENT = 3
/** After a throttled or lost poll: a random time up to 4 s, 8 s, 16 s, 32 s. */
const BACKOFF_FIRST_MS = 4_000
const BACKOFF_MOST_MS = 32_000
/**
 * CloudFormation may respond for a while as if an operation had not been started, or a stack not been created yet
 * (issues aws/aws-cdk-cli#1802 and #1848); and its events and its stack may disagree for some polls.
 */
const UNKNOWN_MOST_MS = 30_000
/** If the events have no token, an end that may be an earlier operation's is accepted only after this time. */
const UNMARKED_MOST_MS = 3_000
const DISAGREE_MOST = 10
/** After this many failed polls in a row the network is considered down; throttling always ends. */
const UNREACHABLE_MOST = 10

export interface Following {
  clock: Clock
  signal: AbortSignal
  /** The operation, if it was started here: events from before the service knows of it are about another one. */
  started?: Started | undefined
  /** The current estimate for the operation, if any. */
  expected?: (() => Expected | undefined) | undefined
  /** Called after each poll with the new events, oldest first; there may be none. */
  onEvents(events: StackEvent[]): void
  /** Called when a poll was throttled or lost, with the failure and the milliseconds until the next attempt. */
  onLost?(failure: Failure, waited: number): void
}

/** An operation that was just started. */
export interface Started {
  /** The client token of its request, which its events carry. */
  token: string
  creates: boolean
  /** A deletion: CloudFormation runs only one, so one started elsewhere counts as well. */
  deletes?: boolean
}

export interface Followed {
  /** Undefined if the stack is gone. */
  stack: Stack | undefined
  /** The events of the operation, oldest first. */
  events: StackEvent[]
}

/**
 * Follows the current operation on a stack to its end, by its events. The stack is addressed by ARN, so a new stack of the
 * same name is never mistaken for it. A throttled or lost poll is retried after a wait; it never changes the result. A
 * failure that ends the following says that the operation continues.
 */
export async function followStack(
  aws: Aws,
  arn: string,
  { clock, signal, started, expected, onEvents, onLost }: Following,
): Promise<Followed> {
  const reader = new EventReader(aws, arn)
  const events: StackEvent[] = []
  const since = clock.now()
  let known = started === undefined
  let unreported: StackEvent[] = []
  let interval = POLL_MS
  let lost = 0
  let disagreed = 0
  for (let poll = 0; ; poll++) {
    try {
      const fresh = await readEvents(reader, signal)
      lost = 0
      const waited = clock.now() - since
      const unborn = started?.creates === true && waited < UNKNOWN_MOST_MS && events.length === 0
      if (fresh === undefined) {
        if (!unborn) return { stack: undefined, events }
        await clock.sleep(POLL_MS, signal)
        continue
      }
      // The first poll may have come before the operation's own first event, and returned the previous operation.
      if (fresh.some(beginsOperation)) {
        events.length = 0
        unreported = []
        known ||= poll > 0
      }
      events.push(...fresh)
      unreported.push(...fresh)
      known ||= waited >= UNKNOWN_MOST_MS || areAbout(events, started!, waited)
      if (!known) {
        await clock.sleep(POLL_MS, signal)
        continue
      }
      onEvents(unreported)
      unreported = []
      interval = nextInterval(interval, fresh, expected?.(), waited)
      const state = events.findLast((event) => event.root)?.status
      // This is final, and nothing else can be read about the stack.
      if (state === 'DELETE_COMPLETE') return { stack: undefined, events }
      const ended = state !== undefined && isTerminal(state)
      if (ended || (poll + 1) % (state ? DESCRIBE_EVERY : DESCRIBE_EVERY_SILENT) === 0) {
        const stack = await describeStack(aws, arn)
        if (!stack && !unborn) return { stack: undefined, events }
        const believed = !ended || stack?.status === state || ++disagreed > DISAGREE_MOST
        if (stack && isTerminal(stack.status) && believed)
          return { stack, events: await withLast(reader, events, onEvents, signal) }
      }
      await clock.sleep(interval, signal)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      lost++
      if (!mayPass(error, lost)) throw stillRunning(error, arn)
      const most = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** (lost - 1))
      const waited = 1_000 + Math.random() * (most - 1_000)
      onLost?.(error, waited)
      await clock.sleep(waited, signal)
    }
  }
}

/** Whether the events are about the operation that was started. If they have no token, the newest one is accepted after a while. */
function areAbout(events: StackEvent[], { creates, deletes, token }: Started, waited: number): boolean {
  const newest = events.findLast((event) => event.root)
  if (newest === undefined || events.some((event) => event.token === token)) return true
  if (deletes && /^DELETE_(IN_PROGRESS|COMPLETE)$/.test(newest.status)) return true
  // A stack is created and deleted once.
  const own = creates || newest.status === 'DELETE_COMPLETE' || !isTerminal(newest.status)
  return !newest.token && (own || waited >= UNMARKED_MOST_MS)
}

/** Only the following has failed: the message must not suggest that the operation has ended. */
function stillRunning(error: unknown, arn: string): unknown {
  if (!(error instanceof Failure)) return error
  const { code, message, next, why } = error
  const name = arn.split('/')[1] ?? arn
  return new Failure(
    code,
    {
      message: `${message}; the operation on stack ${name} continues in AWS`,
      ...(why ? { cause: why } : {}),
      next: [next, 'the same command attaches again'].filter(Boolean).join('; '),
    },
    error,
  )
}

/** Milliseconds until the next poll. */
export function nextInterval(
  interval: number,
  fresh: StackEvent[],
  expected: Expected | undefined,
  /** How long the operation has been followed. */
  elapsed: number,
): number {
  if (!expected) return fresh.length > 0 ? POLL_MS : Math.min(interval * QUIET_FACTOR, QUIET_POLL_MS)
  // Polling long before the end is due is wasted; in the last part, or when it is overdue, the end may come at any time.
  const near = expected.left < elapsed * LAST_PART
  const most = within(POLL_MS, elapsed * TRUST_FACTOR, near ? FAR_POLL_MS : QUIET_POLL_MS)
  const calm = within(POLL_MS, expected.left * END_FACTOR, FAR_POLL_MS)
  const least = within(NEAR_POLL_MS, expected.left * NEAR_FACTOR, Math.min(calm, most))
  if (fresh.some(isStep)) return least
  // With nothing in progress the end is due, but not forever.
  if (expected.next === 0) return within(least, interval * QUIET_FACTOR, QUIET_POLL_MS)
  const overdue = expected.left === 0 ? expected.next * END_FACTOR : 0
  return within(least, expected.next * NEAR_FACTOR, Math.max(most, Math.min(overdue, QUIET_POLL_MS)))
}

/** A resource that only begins is not a step: its duration is known. */
function isStep(event: StackEvent): boolean {
  return !event.status.endsWith('_IN_PROGRESS') || signalIn(event) !== undefined
}

function within(least: number, value: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}

function mayPass(error: unknown, times: number): error is Failure {
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

/** The last events may have arrived between the last poll and the end; failing to read them changes nothing. */
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
