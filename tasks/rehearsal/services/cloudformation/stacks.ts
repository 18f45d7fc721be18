import { isNoEcho } from '../../../template/secrets.ts'
import { MASK } from '../../stack/parameters.ts'
import { countUntil, latest, type Timeline } from '../../stack/timeline.ts'
import type { StackRecord } from '../../state/world.ts'
import { text, texts } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { findStack, isProtected, page } from './find.ts'

const PAGE = 100

export function describeStacks(call: Call): Xml {
  if (text(call.fields, 'StackName')) return { Stacks: [describe(call, findStack(call))] }
  const live = ofRegion(call).filter(
    (record) => call.cloud.status(call.world, record, call.now) !== 'DELETE_COMPLETE',
  )
  const { entries, next } = page(call, live, PAGE)
  return { Stacks: entries.map((record) => describe(call, record)), NextToken: next }
}

export function listStacks(call: Call): Xml {
  const wanted = texts(call.fields, 'StackStatusFilter')
  const records = ofRegion(call).filter(
    (record) => wanted.length === 0 || wanted.includes(call.cloud.status(call.world, record, call.now)),
  )
  const { entries, next } = page(call, records, PAGE)
  return {
    StackSummaries: entries.map((record) => {
      const { times, status, description } = summary(call, record)
      return {
        StackId: record.id,
        StackName: record.name,
        TemplateDescription: description,
        ParentId: record.parent?.id,
        RootId: record.parent?.root,
        ...times,
        ...status,
        DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
      }
    }),
    NextToken: next,
  }
}

/** Newest first. */
function ofRegion(call: Call): StackRecord[] {
  return call.cloud
    .records(call.world)
    .filter(({ region, entries }) => region === call.region && entries[0]!.at <= call.now)
    .reverse()
}

function summary(call: Call, record: StackRecord) {
  const { cloud, world, now } = call
  const timeline = cloud.timeline(world, record)
  const root = timeline.events.filter((event) => event.at <= now && event.physicalId === record.id)
  const created = record.entries.find(({ type }) => type === 'CreateStack') ?? record.entries[0]!
  const updated = root.findLast((event) => event.status === 'UPDATE_IN_PROGRESS')
  const deleted = root.findLast((event) => event.status === 'DELETE_IN_PROGRESS')
  const last = root.at(-1)
  const specification = cloud.specification(world, record, now)
  const template = specification && cloud.template(specification.template)
  return {
    timeline,
    specification,
    template,
    description: template?.Description,
    times: {
      CreationTime: new Date(created.at),
      DeletionTime: deleted && new Date(deleted.at),
      LastUpdatedTime: updated && new Date(updated.at),
    },
    status: { StackStatus: last?.status ?? 'CREATE_IN_PROGRESS', StackStatusReason: last?.reason },
  }
}

function describe(call: Call, record: StackRecord): Xml {
  const { now } = call
  const { timeline, specification, template, description, times, status } = summary(call, record)
  const born = record.entries.find((entry) => entry.type === 'CreateStack')
  const outputs = latest(timeline.outputs, now)?.outputs ?? []
  const {
    parameters = {},
    resolved = {},
    tags = {},
    capabilities = [],
    notifications = [],
  } = specification ?? {}
  const values = { ...defaults(template?.Parameters), ...parameters }
  return {
    StackId: record.id,
    ChangeSetId: specification?.changeSet,
    StackName: record.name,
    Description: description,
    Parameters: Object.entries(values).map(([name, value]) => ({
      ParameterKey: name,
      ParameterValue: isNoEcho(template?.Parameters?.[name]) ? MASK : value,
      ResolvedValue: resolved[name],
    })),
    ...times,
    RollbackConfiguration: {},
    ...status,
    DisableRollback: (specification?.disableRollback || born?.onFailure === 'DO_NOTHING') ?? false,
    NotificationARNs: notifications,
    TimeoutInMinutes: born?.timeoutMinutes,
    Capabilities: capabilities,
    Outputs: outputs.map(({ key, value, description: about, exportName }) => ({
      OutputKey: key,
      OutputValue: value,
      Description: about,
      ExportName: exportName,
    })),
    RoleARN: specification?.roleArn,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    EnableTerminationProtection: isProtected(record),
    ParentId: record.parent?.id,
    RootId: record.parent?.root,
    RetainExceptOnCreate: specification?.retainExceptOnCreate,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
    LastOperations: lastOperations(timeline, now),
  }
}

/** The newest operation, and the one that it rolls back. */
function lastOperations({ operations }: Timeline, now: number): Xml {
  const begun = operations.slice(0, countUntil(operations, now))
  const last = begun.at(-1)
  return (last?.type === 'ROLLBACK' ? begun.slice(-2).reverse() : begun.slice(-1)).map(({ id, type }) => ({
    OperationType: type,
    OperationId: id,
  }))
}

function defaults(
  parameters: Record<string, { Default?: string | number | boolean }> | undefined,
): Record<string, string> {
  const known = Object.entries(parameters ?? {}).filter(([, { Default }]) => Default !== undefined)
  return Object.fromEntries(known.map(([name, { Default }]) => [name, String(Default)]))
}
