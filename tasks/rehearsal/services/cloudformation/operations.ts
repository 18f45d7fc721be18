import { randomUUID } from 'node:crypto'
import { choosePorts } from '../../ports.ts'
import { compare } from '../../stack/changes.ts'
import { modelOf } from '../../stack/history.ts'
import { ACCOUNT } from '../../stack/model.ts'
import { standing } from '../../stack/timeline.ts'
import type { CreateStack, UpdateStack } from '../../state/entries.ts'
import type { StackRecord, World } from '../../state/world.ts'
import { AwsError, validation } from '../../wire/errors.ts'
import { flag, text, texts } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { findStack, modelNow } from './find.ts'
import { loadBalancers, optional, type Specified, specify, tryOut } from './specify.ts'
import { isProtected } from './stacks.ts'

/** States from which an update may begin (AWS: "Stack status codes"). */
const updatable = [
  'CREATE_COMPLETE',
  'CREATE_FAILED',
  'UPDATE_COMPLETE',
  'UPDATE_FAILED',
  'UPDATE_ROLLBACK_COMPLETE',
  'IMPORT_COMPLETE',
]

export const NO_UPDATES = 'No updates are to be performed.'

export function newStackId(region: string, name: string): string {
  return `arn:aws:cloudformation:${region}:${ACCOUNT}:stack/${name}/${randomUUID()}`
}

export async function createStack(call: Call): Promise<Xml> {
  const name = text(call.fields, 'StackName') ?? ''
  const id = newStackId(call.region, name)
  const specified = specify(call)
  tryOut({ id, name, region: call.region }, specified)
  const stack = await withPorts(call, specified, id, (world, now) => {
    const existing = call.cloud.stack(world, call.region, name, now)
    if (existing) {
      if (
        existing.entries[0]?.type === 'CreateStack' &&
        specified.specification.token !== undefined &&
        existing.entries[0].token === specified.specification.token
      ) {
        return { answer: existing.id }
      }
      throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`)
    }
    return { change: creation(call, specified, id, name), answer: id }
  })
  return { StackId: stack, OperationId: randomUUID() }
}

export function creation(
  call: Call,
  { specification, missingKey }: Specified,
  stack: string,
  name: string,
): CreateStack {
  const { fields, region } = call
  const onFailure = text(fields, 'OnFailure') ?? text(fields, 'OnStackFailure')
  if (onFailure !== undefined && flag(fields, 'DisableRollback') !== undefined && !fields.ChangeSetName) {
    throw validation('You can specify either DisableRollback or OnFailure, but not both.')
  }
  const minutes = text(fields, 'TimeoutInMinutes')
  return {
    ...specification,
    type: 'CreateStack',
    stack,
    name,
    region,
    onFailure:
      (onFailure as CreateStack['onFailure']) ?? (specification.disableRollback ? 'DO_NOTHING' : 'ROLLBACK'),
    disableRollback: specification.disableRollback || onFailure === 'DO_NOTHING',
    protection: flag(fields, 'EnableTerminationProtection') ?? false,
    ...optional('timeoutMinutes', minutes === undefined ? undefined : Number(minutes)),
    ...optional('missingKey', missingKey),
  }
}

export async function updateStack(call: Call): Promise<Xml> {
  const record = findStack(call, (name) => `Stack [${name}] does not exist`)
  const { before, specified, change } = updateOf(call, record)
  if (!differsFrom(call, record, before, change)) throw validation(NO_UPDATES)
  await withPorts(call, specified, record.id, (world, now) => {
    const latest = world.stacks.get(record.id)!
    judgeUpdatable(call, world, latest, now)
    return { change: { ...change, ports: specified.specification.ports }, answer: undefined }
  })
  return { StackId: record.id, OperationId: randomUUID() }
}

/** The update that a call asks for, judged but for whether it changes anything. */
export function updateOf(call: Call, record: StackRecord) {
  judgeUpdatable(call, call.world, record, call.now)
  const before = call.cloud.specification(call.world, record, call.now)!
  const specified = specify(call, before)
  if (specified.missingKey) {
    const { value, parameter } = specified.missingKey
    throw validation(
      `Parameter validation failed: parameter value ${value} for parameter name ${parameter} does not exist`,
    )
  }
  tryOut(record, specified)
  const change: UpdateStack = { ...specified.specification, type: 'UpdateStack', stack: record.id }
  return { before, specified, change }
}

function judgeUpdatable(call: Call, world: World, record: StackRecord, now: number): void {
  const status = call.cloud.status(world, record, now)
  if (!updatable.includes(status))
    throw validation(`Stack:${record.id} is in ${status} state and can not be updated.`)
}

/** Whether there is anything to do: a resource, an output or a tag that differs, or a resource that failed last time. */
export function differsFrom(
  call: Call,
  record: StackRecord,
  before: CreateStack | UpdateStack,
  change: UpdateStack,
): boolean {
  if (JSON.stringify(before.tags) !== JSON.stringify(change.tags)) return true
  const old = modelNow(call, record)!
  const next = modelOf(record, change, call.cloud, old)
  const exists = new Set(
    standing(call.cloud.timeline(call.world, record), call.now).map(({ resource }) => resource),
  )
  if (old.sorted.some((id) => !exists.has(id))) return true
  return compare(old, next).length > 0 || JSON.stringify(old.outputs()) !== JSON.stringify(next.outputs())
}

/** Appends a change whose new load balancers need ports; chooses others if somebody took them meanwhile. */
export async function withPorts<T>(
  call: Call,
  { template, specification }: Specified,
  stack: string,
  decide: (world: World, now: number) => { change?: CreateStack | UpdateStack; answer: T },
): Promise<T> {
  const needing = loadBalancers(template).filter((id) => specification.ports[id] === undefined)
  const { log } = call.cloud
  for (let attempt = 0; ; attempt++) {
    const ports = await choosePorts(
      needing,
      (port) => log.read().ports.has(port),
      specification.seed,
      stack,
      attempt,
    )
    const outcome = log.commit((world, now) => {
      if (Object.values(ports).some((port) => world.ports.has(port))) return { answer: undefined }
      Object.assign(specification.ports, ports)
      const { change, answer } = decide(world, now)
      return { change: change && { ...change, ports: { ...specification.ports } }, answer: { answer } }
    })
    if (outcome) return outcome.answer
  }
}

export function deleteStack(call: Call): Xml {
  const { cloud, fields, region } = call
  const name = text(fields, 'StackName') ?? ''
  const retain = texts(fields, 'RetainResources')
  const force = text(fields, 'DeletionMode') === 'FORCE_DELETE_STACK'
  cloud.log.commit((world, now) => {
    const record = cloud.stack(world, region, name, now)
    if (!record) return { answer: undefined }
    const status = cloud.status(world, record, now)
    if (status === 'DELETE_COMPLETE' || status === 'DELETE_IN_PROGRESS') return { answer: undefined }
    if (isProtected(record)) {
      throw validation(`Stack [${record.name}] cannot be deleted while TerminationProtection is enabled`)
    }
    if (/^UPDATE_.*IN_PROGRESS$/.test(status)) {
      throw validation(`Stack [${record.name}] cannot be deleted while in status ${status}`)
    }
    if (status !== 'DELETE_FAILED' && (retain.length > 0 || force)) {
      throw validation(
        retain.length > 0
          ? `Invalid operation on stack [${record.id}]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.`
          : `Invalid operation on stack [${record.id}]. Force delete stack operation can only be performed on stacks in the DELETE_FAILED state.`,
      )
    }
    const token = text(fields, 'ClientRequestToken')
    return {
      change: {
        type: 'DeleteStack',
        stack: record.id,
        retain,
        force,
        speed: cloud.speed,
        seed: cloud.seed,
        ...optional('token', token),
      },
      answer: undefined,
    }
  })
  return {}
}

export function protectStack(call: Call): Xml {
  const protection = flag(call.fields, 'EnableTerminationProtection') ?? false
  const { id } = findStack(call, (name) => `Stack [${name}] does not exist`)
  call.cloud.log.commit(() => ({
    change: { type: 'ProtectStack', stack: id, protection },
    answer: undefined,
  }))
  return { StackId: id }
}

export function signalResource(call: Call): Xml {
  const { cloud, fields } = call
  const { id } = findStack(call)
  const resource = text(fields, 'LogicalResourceId') ?? ''
  const unique = text(fields, 'UniqueId') ?? ''
  const signalled = text(fields, 'Status') === 'FAILURE' ? 'FAILURE' : 'SUCCESS'
  cloud.log.commit((world, now) => {
    const record = world.stacks.get(id)!
    const status = cloud.status(world, record, now)
    if (!/^(CREATE|UPDATE)_IN_PROGRESS$/.test(status)) {
      throw validation(`Stack ${id} is in ${status} state and can not be signaled.`)
    }
    if (
      !cloud.timeline(world, record).events.some((event) => event.resource === resource && event.at <= now)
    ) {
      throw validation(`Resource ${resource} does not exist for stack ${record.name}`)
    }
    return {
      change: { type: 'SignalResource', stack: id, resource, unique, status: signalled },
      answer: undefined,
    }
  })
  return {}
}
