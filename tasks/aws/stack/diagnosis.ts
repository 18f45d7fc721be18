import type { Clock } from '../../base/clock.ts'
import type { Aws } from '../clients.ts'
import { decodeDenial } from './authorization.ts'
import { advise } from './catalogue.ts'
import {
  compare,
  type During,
  failuresOf,
  inOrder,
  isCancelled,
  type Operation,
  operationOf,
  operations,
  verdictOf,
} from './cause.ts'
import type { StackEvent } from './events.ts'
import { Inquiry } from './inquiry.ts'
import { plainReason, shownReason } from './reason.ts'
import type { Stack } from './stack.ts'
import { succeeded } from './status.ts'

/** What failed, why, and what to do. */
export interface Cause {
  /** The resource's logical id, with the nested stacks on the way to it: `Network/Vpc`. */
  path: string
  type: string
  /** As AWS said it, without request ids and wrapping, on one line without a full stop. */
  reason: string
  /** Which of the catalogue's causes it is, if any. */
  known?: string
  /** What to do next, best as a line to run; one line without a full stop. */
  advice: string
  /** The paths of what else failed by itself, in the order of time. */
  alsoFailed: string[]
  during: During
}

export interface Diagnosis extends Cause {
  /** What then kept CloudFormation from taking it back, when the stack ended in a failed rollback. */
  afterwards?: Cause
}

interface DiagnosisOptions {
  signal: AbortSignal
  /** With it, events that come late are waited for a moment. */
  clock?: Clock
  /** How far the signals of each group had come, where somebody counted them. */
  groups?: readonly { logicalId: string; expected: number | undefined; received: number }[]
  /** The operation that failed, as CreateStack, UpdateStack and RollbackStack answer it; else the newest one is taken. */
  operationId?: string | undefined
}

/** Events may come a moment after the stack's status; so long is waited before they are asked for once more. */
const LATE_EVENTS_MS = 2_000

/**
 * Finds out with what a failed operation on a stack began. `events` are those that are known already, in any order, or
 * none; what is missing is asked for, nested stacks included. Undefined when nothing failed, or nothing is to be found
 * out. What AWS refuses to show is not an error here: the failure that is being explained is the greater one. Throws
 * only when aborted.
 */
export async function diagnose(
  aws: Aws,
  stack: Pick<Stack, 'arn' | 'name' | 'status'>,
  events: readonly StackEvent[],
  options: DiagnosisOptions,
): Promise<Diagnosis | undefined> {
  if (succeeded(stack.status)) return undefined
  const inquiry = new Inquiry(aws, options.signal)
  for (let attempt = 0; attempt < 2; attempt++) {
    if (attempt > 0) await options.clock?.sleep(LATE_EVENTS_MS, options.signal)
    // Each source by itself: the first that knows a cause. What is at hand costs nothing, but may lack what validation refused.
    const sources = [
      async () => current(await inquiry.failedOperations(stack.arn), events),
      async () => operations(attempt === 0 ? events : []),
      async () => operations(await inquiry.allEvents(stack.arn)),
    ]
    for (const source of sources) {
      const told = operationOf(await source(), stack.status, options.operationId)
      // A stack that was updated exists, whatever its last operation was called.
      const operation =
        told && stack.status.startsWith('UPDATE') ? { ...told, kind: 'update' as const } : told
      const found = operation && (await explain(aws, inquiry, stack, operation, events, options))
      if (found) return found
    }
  }
  return undefined
}

/** Of operations known by their failures alone, those that are not older than the newest that is known at all. */
function current(failed: readonly Operation[], known: readonly StackEvent[]): Operation[] {
  const newest = operations(known).at(-1)?.forward[0]
  const last = ({ forward, rollback }: Operation) => rollback.at(-1) ?? forward.at(-1)
  return failed.filter((operation) => !newest || (last(operation)?.at ?? newest.at) >= newest.at)
}

/** A diagnosis in one line: what failed, why, and what to do. */
export function diagnosisText(diagnosis: Diagnosis): string {
  return `${diagnosisCause(diagnosis)} — ${diagnosisAdvice(diagnosis)}`
}

/** What failed and why, in one line. */
export function diagnosisCause(diagnosis: Diagnosis): string {
  const { afterwards } = diagnosis
  return `${findingText(diagnosis)}${afterwards ? `; then the rollback failed: ${findingText(afterwards)}` : ''}`
}

/** What to do, in one line. */
export function diagnosisAdvice({ advice, afterwards }: Diagnosis): string {
  return afterwards && afterwards.advice !== advice
    ? `${advice}; for the rollback: ${afterwards.advice}`
    : advice
}

/** How many of those that also failed are named. */
const ALSO_NAMED = 3

function findingText({ alsoFailed, path, reason, type }: Cause): string {
  const more = alsoFailed.length - ALSO_NAMED
  const also = `${alsoFailed.slice(0, ALSO_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return `${path} (${type}): ${reason}${also ? ` (also failed: ${also})` : ''}`
}

/** Ends in which the rollback failed, too: then its first failure is shown after the one that began it all. */
const FAILED_ROLLBACK = /^(ROLLBACK|UPDATE_ROLLBACK|IMPORT_ROLLBACK|DELETE)_FAILED$/

async function explain(
  aws: Aws,
  inquiry: Inquiry,
  stack: Pick<Stack, 'name' | 'status' | 'arn'>,
  operation: Operation,
  known: readonly StackEvent[],
  options: DiagnosisOptions,
): Promise<Diagnosis | undefined> {
  const { kind } = operation
  const find = async (events: readonly StackEvent[], during: During) => {
    const [first, ...others] = await began(inquiry, failuresOf(events, during), during, new Set([stack.arn]))
    if (!first) return undefined
    const alsoFailed = [...new Set(others.map((other) => other.path))].filter((path) => path !== first.path)
    // Which node said what is in events that are no failures: where only failures were asked for, all are read.
    const aboutSignals = /signal/i.test(first.event.reason)
    const seen = known.length === 0 && aboutSignals ? await inquiry.allEvents(stack.arn) : known
    const around = first.around ?? [...seen, ...operation.forward]
    return { ...(await word(aws, first, during, kind, around, options)), alsoFailed }
  }
  const first =
    (await find(operation.forward, kind)) ?? (await verdict(aws, stack, operation, known, options))
  const back = FAILED_ROLLBACK.test(stack.status) ? await find(operation.rollback, 'rollback') : undefined
  if (!first) return back
  return back ? { ...first, afterwards: back } : first
}

/** A failure, with the way to it through nested stacks; no way if it is the nested stack itself that failed. */
interface Began {
  path: string
  event: StackEvent
  /** The events of the nested stack it lies in. */
  around?: readonly StackEvent[]
}

/** Nested stacks that are looked into on one level; a hundred that failed at once need not all be asked. */
const NESTED_MOST = 20

/**
 * Failures with those of nested stacks put in the place of what the outer stack says of them, by the time at which each
 * really happened: the outer stack hears of it seconds later.
 */
async function began(
  inquiry: Inquiry,
  failures: readonly StackEvent[],
  during: During,
  outer: ReadonlySet<string>,
): Promise<Began[]> {
  const found: Began[] = []
  let nested = 0
  for (const event of failures) {
    const arn = nestedArn(event)
    const inside =
      arn && !outer.has(arn) && nested++ < NESTED_MOST
        ? await inNested(inquiry, arn, event, during, new Set([...outer, arn]))
        : []
    if (inside.length === 0) found.push({ path: event.logicalId, event })
    for (const one of inside) {
      found.push({ ...one, path: one.path === '' ? event.logicalId : `${event.logicalId}/${one.path}` })
    }
  }
  return found.sort(
    (a, b) =>
      a.event.at.getTime() - b.event.at.getTime() ||
      Number(a.event.reason === '') - Number(b.event.reason === '') ||
      compare(a.path, b.path),
  )
}

async function inNested(
  inquiry: Inquiry,
  arn: string,
  told: StackEvent,
  during: During,
  outer: ReadonlySet<string>,
): Promise<Began[]> {
  for (const source of [
    () => inquiry.failedOperations(arn),
    async () => operations(await inquiry.allEvents(arn)),
  ]) {
    const all = await source()
    // What the nested stack did after the outer one spoke of it is another story: mostly it was deleted.
    const until = all.filter((operation) => (operation.forward[0]?.at ?? told.at) <= told.at)
    const operation = operationOf(until, told.status)
    if (!operation) continue
    const parts = during === 'rollback' ? [operation.rollback, operation.forward] : [operation.forward]
    for (const part of parts) {
      const failures = failuresOf(
        part.filter((event) => event.at <= told.at),
        during,
      )
      const inside = await began(inquiry, failures, during, outer)
      if (inside.length > 0) return inside.map((one) => ({ around: part, ...one }))
      const itself = verdictOf(part)
      if (itself) return [{ path: '', event: itself }]
    }
  }
  return []
}

/** The nested stack behind an event: its physical id, or what its reason names. */
function nestedArn(event: StackEvent): string | undefined {
  if (event.type !== 'AWS::CloudFormation::Stack') return undefined
  const form = /arn:[\w-]+:cloudformation:[^\s:]*:[^\s:]*:stack\/[^\s:]+/
  return form.exec(event.physicalId)?.[0] ?? form.exec(event.reason)?.[0]
}

/** What the stack itself failed of, where no resource did. */
async function verdict(
  aws: Aws,
  stack: Pick<Stack, 'name'>,
  operation: Operation,
  known: readonly StackEvent[],
  options: DiagnosisOptions,
): Promise<Cause | undefined> {
  const event = verdictOf(operation.forward)
  if (!event) return undefined
  const began = { path: stack.name, event }
  return {
    ...(await word(aws, began, operation.kind, operation.kind, [...known, ...operation.forward], options)),
    alsoFailed: [],
  }
}

async function word(
  aws: Aws,
  { event, path }: Began,
  during: During,
  kind: Operation['kind'],
  around: readonly StackEvent[],
  { groups, signal }: DiagnosisOptions,
): Promise<Omit<Cause, 'alsoFailed'>> {
  const group = groups?.find(({ logicalId }) => logicalId === event.logicalId && path === logicalId)
  const advised = advise({
    reason: matchable(event.reason),
    type: event.type,
    logicalId: event.logicalId,
    physicalId: event.physicalId,
    region: aws.region,
    during,
    again: again(during, kind),
    signals: {
      received: group?.received,
      expected: group?.expected,
      failed: failedSignals(event.logicalId, around),
    },
    givenUp: givenUp(around),
    denied: await decodeDenial(aws, event.reason, signal),
  })
  return { path, type: event.type, reason: shownReason(event.reason), ...advised, during }
}

/** The catalogue's words begin where AWS's own do: behind the handler's wrapping. */
function matchable(reason: string): string {
  return plainReason(reason).replace(/^Resource handler returned message: "/, '')
}

function again(during: During, kind: Operation['kind']): string {
  if (during === 'delete' || (during === 'rollback' && kind !== 'update')) return 'npx task destroy'
  return 'npx task bootstrap'
}

/** What was under way and cancelled, the longest first. */
function givenUp(events: readonly StackEvent[]): string[] {
  const begun = inOrder(events).filter((event) => !event.root && event.status.endsWith('_IN_PROGRESS'))
  const cancelled = new Set(events.filter(isCancelled).map((event) => event.logicalId))
  return [...new Set(begun.map((event) => event.logicalId))].filter((id) => cancelled.has(id))
}

/** Instances that said themselves that they failed. */
function failedSignals(logicalId: string, events: readonly StackEvent[]): string[] {
  const ids = events
    .filter((event) => event.logicalId === logicalId)
    .map((event) => /^Received FAILURE signal with UniqueId (\S+)/.exec(event.reason)?.[1])
  return [...new Set(ids.filter((id) => id !== undefined))].sort()
}
