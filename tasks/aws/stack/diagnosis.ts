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
  /** The resource's logical id, with those of the nested stacks around it: `Network/Vpc`. */
  path: string
  type: string
  /** In AWS's words, without request ids and wrapping, on one line without a full stop. */
  reason: string
  /** Which of the catalogue's causes it is, if any. */
  known?: string
  /** What to do next, best as a line to run; one line without a full stop. */
  advice: string
  /** The paths of what else failed on its own, oldest first. */
  alsoFailed: string[]
  during: During
}

export interface Diagnosis extends Cause {
  /** Why CloudFormation then could not roll it back, if the rollback failed. */
  afterwards?: Cause
}

interface DiagnosisOptions {
  signal: AbortSignal
  /** If given, events that arrive late are waited for a moment. */
  clock?: Clock
  /** The signals of each group, if they were counted. */
  groups?: readonly { logicalId: string; expected: number | undefined; received: number }[]
  /** The operation that failed, as returned by CreateStack, UpdateStack and RollbackStack; by default the newest one. */
  operationId?: string | undefined
}

/** Events may arrive a moment after the stack's status; this is how long to wait before reading them once more. */
const LATE_EVENTS_MS = 2_000

/**
 * Finds the root cause of a failed operation on a stack. `events` are those already known, in any order, or none; missing
 * ones are read, including those of nested stacks. Undefined if nothing failed, or nothing can be found out. What AWS
 * refuses to show is not an error here, as the failure being explained matters more. Throws only when aborted.
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
    // One source after another, until one has a cause. Known events cost nothing, but may lack what validation refused.
    const sources = [
      async () => current(await inquiry.failedOperations(stack.arn), events),
      async () => operations(attempt === 0 ? events : []),
      async () => operations(await inquiry.allEvents(stack.arn)),
    ]
    for (const source of sources) {
      const last = operationOf(await source(), stack.status, options.operationId)
      // A stack that was updated exists, whatever its last operation was called.
      const operation =
        last && stack.status.startsWith('UPDATE') ? { ...last, kind: 'update' as const } : last
      const found = operation && (await explain(aws, inquiry, stack, operation, events, options))
      if (found) return found
    }
  }
  return undefined
}

/** Of operations of which only the failures are known, those that are not older than the newest known operation. */
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

/** How many of the other failed resources are named. */
const ALSO_NAMED = 3

function findingText({ alsoFailed, path, reason, type }: Cause): string {
  const more = alsoFailed.length - ALSO_NAMED
  const also = `${alsoFailed.slice(0, ALSO_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return `${path} (${type}): ${reason}${also ? ` (also failed: ${also})` : ''}`
}

/** Statuses in which the rollback failed, too: its first failure is then shown after the root cause. */
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
    // The signals of nodes are in events that are not failures: if only failures were read, all are read now.
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

/** A failure, with its path through nested stacks; the path is empty if the nested stack itself failed. */
interface Began {
  path: string
  event: StackEvent
  /** The events of the nested stack it is in. */
  around?: readonly StackEvent[]
}

/** How many nested stacks are examined on one level; if a hundred fail at once, that is enough. */
const NESTED_MOST = 20

/**
 * Failures, with the failures inside nested stacks replacing the outer stack's events about them, in the order in which each
 * really happened: the outer stack learns of it seconds later.
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
  outside: StackEvent,
  during: During,
  outer: ReadonlySet<string>,
): Promise<Began[]> {
  for (const source of [
    () => inquiry.failedOperations(arn),
    async () => operations(await inquiry.allEvents(arn)),
  ]) {
    const all = await source()
    // What the nested stack did after the outer one reported it is unrelated: usually it was deleted.
    const until = all.filter((operation) => (operation.forward[0]?.at ?? outside.at) <= outside.at)
    const operation = operationOf(until, outside.status)
    if (!operation) continue
    const parts = during === 'rollback' ? [operation.rollback, operation.forward] : [operation.forward]
    for (const part of parts) {
      const failures = failuresOf(
        part.filter((event) => event.at <= outside.at),
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

/** The nested stack that an event is about: its physical id, or the ARN in its reason. */
function nestedArn(event: StackEvent): string | undefined {
  if (event.type !== 'AWS::CloudFormation::Stack') return undefined
  const form = /arn:[\w-]+:cloudformation:[^\s:]*:[^\s:]*:stack\/[^\s:]+/
  return form.exec(event.physicalId)?.[0] ?? form.exec(event.reason)?.[0]
}

/** Why the stack itself failed, if no resource did. */
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

/** The catalogue matches AWS's own words, which begin after the handler's wrapping. */
function matchable(reason: string): string {
  return plainReason(reason).replace(/^Resource handler returned message: "/, '')
}

function again(during: During, kind: Operation['kind']): string {
  if (during === 'delete' || (during === 'rollback' && kind !== 'update')) return 'npx task destroy'
  return 'npx task bootstrap'
}

/** What was in progress and cancelled, the longest first. */
function givenUp(events: readonly StackEvent[]): string[] {
  const begun = inOrder(events).filter((event) => !event.root && event.status.endsWith('_IN_PROGRESS'))
  const cancelled = new Set(events.filter(isCancelled).map((event) => event.logicalId))
  return [...new Set(begun.map((event) => event.logicalId))].filter((id) => cancelled.has(id))
}

/** Instances that signalled a failure. */
function failedSignals(logicalId: string, events: readonly StackEvent[]): string[] {
  const ids = events
    .filter((event) => event.logicalId === logicalId)
    .map((event) => /^Received FAILURE signal with UniqueId (\S+)/.exec(event.reason)?.[1])
  return [...new Set(ids.filter((id) => id !== undefined))].sort()
}
