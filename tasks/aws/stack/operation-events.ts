import {
  type CloudFormationClient,
  type OperationEvent,
  paginateDescribeEvents,
  paginateDescribeStackEvents,
  type StackEvent as SdkEvent,
} from '@aws-sdk/client-cloudformation'
import { Failure } from '../../base/failure.ts'
import type { Aws } from '../clients.ts'
import { cloudFormation } from '../cloudformation.ts'
import { inOrder, kindOf, type Operation } from './cause.ts'
import { eventOf, type StackEvent } from './events.ts'

/** In case a service returns the same page forever. AWS keeps 90 days of events, 100 per page. */
const PAGES_MOST = 200

/** Clients of services that do not know DescribeEvents (emulators), or whose caller is not allowed to use it. */
const without = new WeakSet<CloudFormationClient>()

/**
 * The failures of a stack's operations as DescribeEvents lists them (since 2025), including what early validation and hooks refused,
 * which is not in the stack's own events. Undefined if not available. Throws only when aborted or throttled.
 */
export async function failedOperations(
  aws: Aws,
  arn: string,
  signal: AbortSignal,
): Promise<Operation[] | undefined> {
  const client = cloudFormation(aws)
  if (without.has(client)) return undefined
  const found: OperationEvent[] = []
  try {
    const failed = { StackName: arn, Filters: { FailedEvents: true } }
    let pages = 0
    for await (const page of paginateDescribeEvents({ client }, failed, { abortSignal: signal })) {
      found.push(...(page.OperationEvents ?? []))
      if (++pages >= PAGES_MOST) break
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof Failure && error.code === 'THROTTLED') throw error
    // A single lost request says nothing about the next.
    if (!(error instanceof Failure) || error.code === 'ACCESS_DENIED') without.add(client)
    return undefined
  }
  return byOperation(found)
}

/** Every event of a stack that AWS still has, oldest first. Throws what DescribeStackEvents throws. */
export async function allEvents(aws: Aws, arn: string, signal: AbortSignal): Promise<StackEvent[]> {
  const found: StackEvent[] = []
  const client = cloudFormation(aws)
  const newestFirst = paginateDescribeStackEvents({ client }, { StackName: arn }, { abortSignal: signal })
  let pages = 0
  for await (const page of newestFirst) {
    found.push(...(page.StackEvents ?? []).map(eventOf))
    if (++pages >= PAGES_MOST) break
  }
  return inOrder(found)
}

/** In DescribeEvents a rollback after a failure is a separate operation (OperationType); here it belongs to what it rolls back. */
function byOperation(events: OperationEvent[]): Operation[] {
  const groups = new Map<string, OperationEvent[]>()
  for (const event of events) {
    if (event.ValidationFailureMode === 'WARN' || event.HookFailureMode === 'WARN') continue
    if (event.OperationType === 'CREATE_CHANGESET') continue
    const id = event.OperationId ?? ''
    groups.set(id, [...(groups.get(id) ?? []), event])
  }
  const time = (group: OperationEvent[]) =>
    Math.min(...group.map((event) => (event.Timestamp ?? event.StartTime)?.getTime() ?? 0))
  const found: Operation[] = []
  for (const group of [...groups.values()].sort((a, b) => time(a) - time(b))) {
    const type = group.find((event) => event.OperationType)?.OperationType ?? ''
    const ordered = inOrder(group.map((event) => eventFrom(event)))
    const before = found.at(-1)
    if (/ROLLBACK/.test(type) && before) before.rollback = ordered
    else {
      const kind = kindOf(type || (ordered[0]?.status ?? ''))
      const back = /ROLLBACK/.test(type)
      found.push({
        id: group[0]!.OperationId,
        kind,
        forward: back ? [] : ordered,
        rollback: back ? ordered : [],
      })
    }
  }
  return found
}

/** As a stack's own event, with what only an operation's event has: why it was refused before any resource was touched. */
function eventFrom(event: OperationEvent): StackEvent {
  const verb = /^(CREATE|UPDATE|DELETE)/.exec(event.OperationType ?? '')?.[1] ?? 'UPDATE'
  const refused = event.ValidationStatusReason ?? event.HookStatusReason
  return {
    ...eventOf(event as Partial<SdkEvent>),
    at: event.Timestamp ?? event.StartTime ?? new Date(0),
    status: event.ResourceStatus ?? (refused === undefined ? '' : `${verb}_FAILED`),
    reason: event.ResourceStatusReason ?? reasonFrom(event, refused),
  }
}

function reasonFrom(event: OperationEvent, refused: string | undefined): string {
  if (refused === undefined) return ''
  const place = event.ValidationPath ? ` (${event.ValidationPath})` : ''
  return event.HookType ? `the hook ${event.HookType} failed: ${refused}` : `${refused}${place}`
}
