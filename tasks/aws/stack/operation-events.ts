import {
  type CloudFormationClient,
  type OperationEvent,
  paginateDescribeEvents,
  paginateDescribeStackEvents,
  type StackEvent as SdkEvent,
} from '@aws-sdk/client-cloudformation'
import { Failure } from '../../base/failure.ts'
import type { Aws } from '../clients.ts'
import { inOrder, kindOf, type Operation } from './cause.ts'
import { eventOf, type StackEvent } from './events.ts'
import { cloudFormation } from './stack.ts'

/** Against a service that hands out the same page again and again. AWS keeps 90 days of events, 100 a page. */
const PAGES_MOST = 200

/** Clients of services that do not know DescribeEvents (emulators), or whose caller may not use it. */
const without = new WeakSet<CloudFormationClient>()

/**
 * The failures of a stack's operations as DescribeEvents lists them (2025 on): with what early validation and hooks refused, which the
 * stack's own events do not hold. Undefined where it is not to be had. Throws only when aborted or throttled.
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
    // One request that was lost says nothing about the next.
    if (!(error instanceof Failure) || error.code === 'ACCESS_DENIED') without.add(client)
    return undefined
  }
  return byOperation(found)
}

/** Every event of a stack that is still to be had, oldest first. Throws what DescribeStackEvents throws. */
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

/** A rollback that follows a failure is an operation of its own there (DescribeEvents, OperationType); here it belongs to what it rolls back. */
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
    const told = inOrder(group.map((event) => eventFrom(event)))
    const before = found.at(-1)
    if (/ROLLBACK/.test(type) && before) before.rollback = told
    else {
      const kind = kindOf(type || (told[0]?.status ?? ''))
      const back = /ROLLBACK/.test(type)
      found.push({
        id: group[0]!.OperationId,
        kind,
        forward: back ? [] : told,
        rollback: back ? told : [],
      })
    }
  }
  return found
}

/** As a stack's own event, with what only an operation's event has: what refused it before any resource was touched. */
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
