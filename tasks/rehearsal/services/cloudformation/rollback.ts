import type { CancelUpdate, ContinueRollback, RollbackStack } from '../../state/entries.ts'
import type { StackRecord } from '../../state/world.ts'
import { validation } from '../../wire/errors.ts'
import { flag, texts } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { execution, sameRequest } from './execution.ts'
import { findRoot } from './find.ts'

/** Rolls back what failed and was left as it was. */
export function rollbackStack(call: Call): Xml {
  const retainExceptOnCreate = flag(call.fields, 'RetainExceptOnCreate') ?? false
  return begin(call, ['CREATE_FAILED', 'UPDATE_FAILED'], 'RollbackStack', (record) => ({
    ...execution(call),
    type: 'RollbackStack',
    stack: record.id,
    retainExceptOnCreate,
  }))
}

export function continueUpdateRollback(call: Call): Xml {
  const named = texts(call.fields, 'ResourcesToSkip')
  const force = flag(call.fields, 'ForceRollback') ?? false
  if (force && named.length > 0) {
    throw validation('ForceRollback and ResourcesToSkip cannot be specified in the same request.')
  }
  begin(call, ['UPDATE_ROLLBACK_FAILED'], 'ContinueUpdateRollback', (record, now) => {
    const failed = failedResources(call, record, now)
    const strange = named.filter((resource) => !failed.includes(resource))
    if (strange.length > 0) {
      throw validation(
        `Resources [${strange.join(', ')}] cannot be skipped: only resources in the UPDATE_FAILED state can be`,
      )
    }
    const skip = force ? failed : named
    return { ...execution(call), type: 'ContinueRollback', stack: record.id, skip }
  })
  return {}
}

export function cancelUpdateStack(call: Call): Xml {
  begin(call, ['UPDATE_IN_PROGRESS'], 'CancelUpdateStack', (record) => ({
    ...execution(call),
    type: 'CancelUpdate',
    stack: record.id,
  }))
  return {}
}

function begin(
  call: Call,
  from: readonly string[],
  action: string,
  decide: (record: StackRecord, now: number) => RollbackStack | ContinueRollback | CancelUpdate,
): Xml {
  const { cloud } = call
  const { id } = findRoot(call, (name) => `Stack [${name}] does not exist`)
  return cloud.log.commit((world, now) => {
    const record = world.stacks.get(id)!
    const repeated = sameRequest(call, record)
    if (repeated) return { answer: { StackId: id, OperationId: repeated.operation } }
    if (!from.includes(cloud.status(world, record, now))) {
      throw validation(`${action} cannot be called from current stack status`)
    }
    const change = decide(record, now)
    return { change, answer: { StackId: id, OperationId: change.operation } }
  })
}

function failedResources({ cloud, world }: Call, record: StackRecord, now: number): string[] {
  const last = new Map<string, string>()
  for (const event of cloud.timeline(world, record).events) {
    if (event.at <= now && event.physicalId !== record.id) last.set(event.resource, event.status)
  }
  return [...last].filter(([, status]) => status === 'UPDATE_FAILED').map(([resource]) => resource)
}
