import { randomUUID } from 'node:crypto'
import { isNoEcho } from '../../../template/secrets.ts'
import { compare, type ResourceChange } from '../../stack/changes.ts'
import { modelOf } from '../../stack/history.ts'
import { ACCOUNT } from '../../stack/model.ts'
import { MASK } from '../../stack/parameters.ts'
import { between } from '../../state/chance.ts'
import type { CreateChangeSet, CreateStack, Entry, UpdateStack } from '../../state/entries.ts'
import type { StackRecord } from '../../state/world.ts'
import { AwsError, validation } from '../../wire/errors.ts'
import { flag, text } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { execution } from './execution.ts'
import { findStack, modelNow } from './find.ts'
import { creation, judgeRetry, newStackId, updateOf, withPorts } from './operations.ts'
import { optional, specify, tryOut } from './specify.ts'

const NOTHING =
  "The submitted information didn't contain changes. Submit different information to create a change set."

export function createChangeSet(call: Call): Xml {
  const { cloud, fields, region, world, now } = call
  const name = text(fields, 'ChangeSetName') ?? ''
  const stackName = text(fields, 'StackName') ?? ''
  const kind = text(fields, 'ChangeSetType') ?? 'UPDATE'
  const existing = cloud.stack(world, region, stackName, now)
  const reviewed = existing && cloud.status(world, existing, now) === 'REVIEW_IN_PROGRESS'
  if (kind === 'CREATE' && existing && !reviewed) {
    throw validation(
      `Stack [${stackName}] already exists and cannot be created again with the changeSet [${name}].`,
    )
  }
  if (kind === 'UPDATE' && (!existing || reviewed)) throw validation(`Stack [${stackName}] does not exist`)
  if (existing && changeSets(existing).some((entry) => entry.name === name)) {
    throw new AwsError('AlreadyExistsException', `ChangeSet [${name}] already exists`)
  }
  const stack = existing?.id ?? newStackId(region, stackName)
  const id = `arn:aws:cloudformation:${region}:${ACCOUNT}:changeSet/${name}/${randomUUID()}`
  const operation = kind === 'CREATE' ? creationOf(call, stack, stackName) : updateOf(call, existing!).change
  const change: CreateChangeSet = {
    type: 'CreateChangeSet',
    stack,
    id,
    name,
    operation: { ...operation, changeSet: id },
    ...optional('description', text(fields, 'Description')),
    ...(existing ? {} : { review: { name: stackName, region } }),
  }
  cloud.log.commit((latest, at) => {
    if (!existing && cloud.stack(latest, region, stackName, at)) {
      throw new AwsError('AlreadyExistsException', `Stack [${stackName}] already exists`)
    }
    return { change, answer: undefined }
  })
  return { Id: id, StackId: stack }
}

function creationOf(call: Call, stack: string, name: string): CreateStack {
  const specified = specify(call)
  tryOut(call, { id: stack, name, region: call.region }, specified)
  return creation(call, specified, stack, name)
}

export function describeChangeSet(call: Call): Xml {
  const { record, entry } = findChangeSet(call)
  return {
    ...describe(call, record, entry),
    Changes: changesOf(call, record, entry).map((change) => ({
      Type: 'Resource',
      ResourceChange: tell(call, record, change),
    })),
  }
}

export function listChangeSets(call: Call): Xml {
  const record = findStack(call, (name) => `Stack [${name}] does not exist`)
  return {
    Summaries: changeSets(record).map((entry) => {
      const {
        Capabilities: _capabilities,
        Parameters: _parameters,
        Tags: _tags,
        ...rest
      } = describe(call, record, entry)
      return rest
    }),
  }
}

export function deleteChangeSet(call: Call): Xml {
  const found = findChangeSet(call, true)
  if (!found) return {}
  const { record, entry } = found
  call.cloud.log.commit(() => ({
    change: { type: 'DeleteChangeSet', stack: record.id, id: entry.id },
    answer: undefined,
  }))
  return {}
}

export async function executeChangeSet(call: Call): Promise<Xml> {
  const { record, entry } = findChangeSet(call)
  const state = stateOf(call, record, entry)
  if (state.execution !== 'AVAILABLE') {
    throw new AwsError(
      'InvalidChangeSetStatus',
      `ChangeSet [${entry.id}] cannot be executed in its current status of [${state.status}]`,
    )
  }
  const { operation } = entry
  const disable = flag(call.fields, 'DisableRollback')
  const change: CreateStack | UpdateStack = {
    ...operation,
    ...execution(call),
    ...optional('disableRollback', disable),
  }
  if (change.type === 'CreateStack' && disable !== undefined)
    change.onFailure = disable ? 'DO_NOTHING' : 'ROLLBACK'
  const template = call.cloud.template(operation.template)
  await withPorts(
    call,
    { template, specification: change, missingKey: undefined },
    record.id,
    (world, now) => {
      judgeRetry(call.cloud.status(world, world.stacks.get(record.id)!, now), change.disableRollback)
      return { change, answer: undefined }
    },
  )
  return {}
}

function changeSets(record: StackRecord): Entry<CreateChangeSet>[] {
  const deleted = new Set(
    record.entries.map((entry) => (entry.type === 'DeleteChangeSet' ? entry.id : undefined)),
  )
  return record.entries.filter(
    (entry) => entry.type === 'CreateChangeSet' && !deleted.has(entry.id),
  ) as Entry<CreateChangeSet>[]
}

interface Found {
  record: StackRecord
  entry: Entry<CreateChangeSet>
}

export function findChangeSet(call: Call): Found
export function findChangeSet(call: Call, quiet: true): Found | undefined
export function findChangeSet(call: Call, quiet?: true): Found | undefined {
  const name = text(call.fields, 'ChangeSetName') ?? ''
  const records = name.startsWith('arn:')
    ? call.cloud.records(call.world)
    : [findStack(call, (stack) => `Stack [${stack}] does not exist`)]
  for (const record of records) {
    const entry = changeSets(record).findLast((one) => one.id === name || one.name === name)
    if (entry) return { record, entry }
  }
  if (quiet) return undefined
  throw new AwsError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`, 404)
}

/** A change set takes a while to create; it can be executed once, and after it no other one of its stack. */
function stateOf(call: Call, record: StackRecord, entry: Entry<CreateChangeSet>) {
  const { speed, seed } = entry.operation
  const readyAt = entry.at + (between(3, 8, seed, entry.id) * 1000) / speed
  const executed = record.entries.some(
    (one) => (one.type === 'UpdateStack' || one.type === 'CreateStack') && one.changeSet === entry.id,
  )
  if (call.now < readyAt) return { status: 'CREATE_IN_PROGRESS', execution: 'UNAVAILABLE' }
  if (executed) return { status: 'CREATE_COMPLETE', execution: 'EXECUTE_COMPLETE' }
  const later = record.entries.some((one) => one.type === 'UpdateStack' && one.at > entry.at)
  if (later) return { status: 'CREATE_COMPLETE', execution: 'OBSOLETE' }
  if (
    entry.operation.type === 'UpdateStack' &&
    changesOf(call, record, entry).length === 0 &&
    !tagsDiffer(call, record, entry)
  ) {
    return { status: 'FAILED', execution: 'UNAVAILABLE', reason: NOTHING }
  }
  return { status: 'CREATE_COMPLETE', execution: 'AVAILABLE' }
}

function tagsDiffer(call: Call, record: StackRecord, entry: CreateChangeSet): boolean {
  const before = call.cloud.specification(call.world, record, call.now)
  return JSON.stringify(before?.tags) !== JSON.stringify(entry.operation.tags)
}

function changesOf(call: Call, record: StackRecord, entry: CreateChangeSet): ResourceChange[] {
  const before = entry.operation.type === 'UpdateStack' ? modelNow(call, record) : undefined
  const after = modelOf(record, entry.operation, call.cloud, before)
  if (before) return compare(before, after)
  return after.sorted.map((id) => ({
    id,
    type: after.resources.get(id)!.Type,
    action: 'Add',
    replaces: false,
    properties: [],
  }))
}

function tell(call: Call, record: StackRecord, change: ResourceChange): Xml {
  const physical = change.action === 'Add' ? undefined : modelNow(call, record)?.physicalId(change.id)
  return {
    PolicyAction: change.policy,
    Action: change.action,
    LogicalResourceId: change.id,
    PhysicalResourceId: physical,
    ResourceType: change.type,
    Replacement: change.action === 'Modify' ? (change.replaces ? 'True' : 'False') : undefined,
    Scope: change.action === 'Modify' ? ['Properties'] : [],
    Details: change.properties.map((property) => ({
      Target: {
        Attribute: 'Properties',
        Name: property,
        RequiresRecreation: change.replaces ? 'Always' : 'Never',
      },
      Evaluation: 'Static',
      ChangeSource: 'DirectModification',
    })),
  }
}

function describe(call: Call, record: StackRecord, entry: Entry<CreateChangeSet>) {
  const { status, execution, reason } = { reason: undefined, ...stateOf(call, record, entry) }
  const { parameters, tags, capabilities } = entry.operation
  const declared = call.cloud.template(entry.operation.template).Parameters
  return {
    ChangeSetName: entry.name,
    ChangeSetId: entry.id,
    StackId: record.id,
    StackName: record.name,
    Description: entry.description,
    Parameters: Object.entries(parameters).map(([name, value]) => ({
      ParameterKey: name,
      ParameterValue: isNoEcho(declared?.[name]) ? MASK : value,
    })),
    CreationTime: new Date(entry.at),
    ExecutionStatus: execution,
    Status: status,
    StatusReason: reason,
    Capabilities: capabilities,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    IncludeNestedStacks: false,
  }
}
