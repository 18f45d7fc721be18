import { STACK_TYPE } from '../../stack/model.ts'
import { countUntil, type StackEvent } from '../../stack/timeline.ts'
import type { StackRecord } from '../../state/world.ts'
import { validation } from '../../wire/errors.ts'
import { text } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { findStack, page } from './find.ts'

const PAGE = 100

/** The last event of each resource, in the order in which they began. */
function current(call: Call, record: StackRecord): StackEvent[] {
  const { events } = call.cloud.timeline(call.world, record)
  const last = new Map<string, StackEvent>()
  for (const event of events.slice(0, countUntil(events, call.now))) {
    if (event.aside || (event.type === STACK_TYPE && event.physicalId === record.id)) continue
    last.set(event.resource, event)
  }
  return [...last.values()]
}

function tell(record: StackRecord, event: StackEvent) {
  return {
    StackName: record.name,
    StackId: record.id,
    LogicalResourceId: event.resource,
    PhysicalResourceId: event.physicalId || undefined,
    ResourceType: event.type,
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason,
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
  }
}

export function describeStackResources(call: Call): Xml {
  const record = text(call.fields, 'StackName') ? findStack(call) : byPhysicalId(call)
  const wanted = text(call.fields, 'LogicalResourceId')
  const found = current(call, record).filter(({ resource }) => wanted === undefined || resource === wanted)
  return { StackResources: found.map((event) => ({ ...tell(record, event), Timestamp: new Date(event.at) })) }
}

export function describeStackResource(call: Call): Xml {
  const record = findStack(call, (name) => `Stack '${name}' does not exist`)
  const wanted = text(call.fields, 'LogicalResourceId')
  const event = current(call, record).find(({ resource }) => resource === wanted)
  if (!event) throw validation(`Resource ${wanted} does not exist for stack ${record.name}`)
  return {
    StackResourceDetail: { ...tell(record, event), LastUpdatedTimestamp: new Date(event.at), Metadata: '{}' },
  }
}

export function listStackResources(call: Call): Xml {
  const record = findStack(call)
  const { entries, next } = page(call, current(call, record), PAGE)
  return {
    StackResourceSummaries: entries.map((event) => {
      const { StackName: _name, StackId: _id, ...rest } = tell(record, event)
      return { ...rest, LastUpdatedTimestamp: new Date(event.at) }
    }),
    NextToken: next,
  }
}

function byPhysicalId(call: Call): StackRecord {
  const wanted = text(call.fields, 'PhysicalResourceId')
  for (const record of call.cloud.records(call.world)) {
    if (record.region !== call.region) continue
    if (current(call, record).some(({ physicalId }) => physicalId === wanted)) return record
  }
  throw validation(`Stack for ${wanted} does not exist`)
}
