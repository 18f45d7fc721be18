import { countUntil, type StackEvent } from '../../stack/timeline.ts'
import type { StackRecord } from '../../state/world.ts'
import { validation } from '../../wire/errors.ts'
import { text } from '../../wire/query.ts'
import { inner, Markup, type Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { findStack } from './find.ts'

const PAGE = 100

/** Newest first. A token names the oldest event returned so far, so that pages do not shift while new events arrive. */
export function describeStackEvents(call: Call): Xml {
  const record = findStack(call, (name) => `Stack [${name}] does not exist`)
  const { events } = call.cloud.timeline(call.world, record)
  const token = text(call.fields, 'NextToken')
  let end = countUntil(events, call.now)
  if (token !== undefined) {
    end = events.findIndex(({ id }) => id === Buffer.from(token, 'base64url').toString())
    if (end < 0) throw validation('Invalid NextToken.')
  }
  const start = Math.max(0, end - PAGE)
  const told: Xml[] = []
  for (let index = end - 1; index >= start; index--) told.push(new Markup(tell(events[index]!, record)))
  return {
    StackEvents: told,
    NextToken: start > 0 ? Buffer.from(events[start]!.id).toString('base64url') : undefined,
  }
}

function tell(event: StackEvent, record: StackRecord): string {
  event.xml ??= inner(
    {
      StackId: record.id,
      EventId: event.id,
      StackName: record.name,
      OperationId: event.operation || undefined,
      LogicalResourceId: event.resource,
      PhysicalResourceId: event.physicalId,
      ResourceType: event.type,
      Timestamp: new Date(event.at),
      ResourceStatus: event.status,
      ResourceStatusReason: event.reason,
      ResourceProperties: event.properties,
      ClientRequestToken: event.token,
    },
    'member',
  )
  return event.xml
}
