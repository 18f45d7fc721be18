import { STACK_TYPE } from '../../stack/model.ts'
import { countUntil, type StackEvent, type StackOperation } from '../../stack/timeline.ts'
import type { StackRecord } from '../../state/world.ts'
import { validation } from '../../wire/errors.ts'
import { flag, structure, text } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { findChangeSet } from './changesets.ts'
import { findStack, page } from './find.ts'

const PAGE = 100

/** Events by operation, newest first: of a stack, of one operation, or of a change set (whose creation has none). */
export function describeEvents(call: Call): Xml {
  const { cloud, fields, world, now } = call
  const wanted = text(fields, 'OperationId')
  const filters = structure(fields, 'Filters') ?? {}
  const failedOnly = flag(filters, 'FailedEvents') ?? false
  if (text(fields, 'ChangeSetName') !== undefined) {
    findChangeSet(call)
    return { OperationEvents: [] }
  }
  const record = wanted !== undefined ? byOperation(call, wanted) : findStack(call, missing)
  const timeline = cloud.timeline(world, record)
  const told: { at: number; xml: Xml; failed: boolean }[] = []
  const begun = timeline.operations.slice(0, countUntil(timeline.operations, now))
  for (const [index, operation] of begun.entries()) {
    if (wanted !== undefined && operation.id !== wanted) continue
    const own = timeline.events.filter((event) => event.operation === operation.id && event.at <= now)
    for (const event of own) told.push({ at: event.at, ...resourceEvent(record, operation, event) })
    told.push(...operationEvents(record, operation, own, begun[index + 1]))
  }
  const newest = told
    .filter(({ failed }) => failed || !failedOnly)
    .reverse()
    .sort((a, b) => b.at - a.at)
  const { entries, next } = page(call, newest, PAGE)
  return { OperationEvents: entries.map(({ xml }) => xml), NextToken: next }
}

const missing = (name: string) => `Stack [${name}] does not exist`

function byOperation({ cloud, world, now }: Call, id: string): StackRecord {
  for (const record of cloud.records(world)) {
    const { operations } = cloud.timeline(world, record)
    if (operations.some((operation) => operation.id === id && operation.at <= now)) return record
  }
  throw validation(`Operation [${id}] does not exist`)
}

function resourceEvent(record: StackRecord, operation: StackOperation, event: StackEvent) {
  const failed = event.status.endsWith('_FAILED') && !isRoot(record, event)
  const xml = {
    EventId: event.id,
    StackId: record.id,
    OperationId: operation.id,
    OperationType: operation.type,
    EventType: failed ? 'PROVISIONING_ERROR' : 'PROGRESS_EVENT',
    LogicalResourceId: event.resource,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: new Date(event.at),
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason,
    ResourceProperties: event.properties,
    ClientRequestToken: event.token,
  }
  return { xml, failed }
}

/** The events that an operation began, and how it ended: it had failed if another one took over. */
function operationEvents(
  record: StackRecord,
  operation: StackOperation,
  own: readonly StackEvent[],
  next: StackOperation | undefined,
) {
  const last = own.findLast((event) => isRoot(record, event))
  const state = (status: string, at: number, end?: number) => ({
    at,
    failed: false,
    xml: {
      EventId: `${operation.id}-${status}`,
      StackId: record.id,
      OperationId: operation.id,
      OperationType: operation.type,
      OperationStatus: status,
      EventType: 'STACK_EVENT',
      Timestamp: new Date(at),
      StartTime: new Date(operation.at),
      EndTime: end === undefined ? undefined : new Date(end),
    },
  })
  const begun = state('IN_PROGRESS', operation.at)
  if (last && !last.status.endsWith('_IN_PROGRESS')) {
    const status = last.status.endsWith('_FAILED') ? 'FAILED' : 'SUCCEEDED'
    return [begun, state(status, last.at, last.at)]
  }
  return next ? [begun, state('FAILED', next.at, next.at)] : [begun]
}

function isRoot(record: StackRecord, event: StackEvent): boolean {
  return event.type === STACK_TYPE && event.physicalId === record.id
}
