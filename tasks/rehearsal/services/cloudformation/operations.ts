import { randomUUID } from 'node:crypto'
import { choosePorts } from '../../ports.ts'
import { compare } from '../../stack/changes.ts'
import { modelOf } from '../../stack/history.ts'
import { ACCOUNT } from '../../stack/model.ts'
import { conditions } from '../../stack/update.ts'
import type { CreateStack, UpdateStack } from '../../state/entries.ts'
import type { StackRecord, World } from '../../state/world.ts'
import { AwsError, validation } from '../../wire/errors.ts'
import { flag, text } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { sameRequest } from './execution.ts'
import { findRoot, modelNow } from './find.ts'
import { loadBalancers, optional, type Specified, specify, tryOut } from './specify.ts'

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
  tryOut(call, { id, name, region: call.region }, specified)
  return withPorts(call, specified, id, (world, now) => {
    const existing = call.cloud.stack(world, call.region, name, now)
    if (existing) {
      const repeated = sameRequest(call, existing)
      if (repeated?.type === 'CreateStack') {
        return { answer: { StackId: existing.id, OperationId: repeated.operation } }
      }
      throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`)
    }
    const change = creation(call, specified, id, name)
    return { change, answer: { StackId: id, OperationId: change.operation } }
  })
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
    throw validation('Either DisableRollback or OnFailure can be specified, not both.')
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
    protection: flag(fields, 'EnableTerminationProtection') ?? false,
    ...optional('timeoutMinutes', minutes === undefined ? undefined : Number(minutes)),
    ...optional('missingKey', missingKey),
  }
}

export async function updateStack(call: Call): Promise<Xml> {
  const { cloud } = call
  const record = findRoot(call, (name) => `Stack [${name}] does not exist`)
  const repeated = sameRequest(call, record)
  if (repeated?.type === 'UpdateStack') return { StackId: record.id, OperationId: repeated.operation }
  const { before, specified, change } = updateOf(call, record)
  if (!differsFrom(call, record, before, change)) throw validation(NO_UPDATES)
  return withPorts(call, specified, record.id, (world, now) => {
    const latest = world.stacks.get(record.id)!
    judgeUpdatable(call, world, latest, now)
    judgeRetry(cloud.status(world, latest, now), change.disableRollback)
    return { change, answer: { StackId: record.id, OperationId: change.operation } }
  })
}

/** The update that a call requests, validated except for whether it changes anything. */
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
  tryOut(call, record, specified)
  const change: UpdateStack = { ...specified.specification, type: 'UpdateStack', stack: record.id }
  return { before, specified, change }
}

function judgeUpdatable(call: Call, world: World, record: StackRecord, now: number): void {
  const status = call.cloud.status(world, record, now)
  // A creation whose failure was to be left alone cannot be updated; one without rollback can.
  const born = record.entries.findLast((entry) => entry.type === 'CreateStack')
  const dead = status === 'CREATE_FAILED' && born?.type === 'CreateStack' && !born.disableRollback
  if (!updatable.includes(status) || dead)
    throw validation(`Stack:${record.id} is in ${status} state and can not be updated.`)
}

/** After a failure that was left as it was, only an update without rollback can follow. */
export function judgeRetry(status: string, disableRollback: boolean): void {
  if (!/^(CREATE|UPDATE)_FAILED$/.test(status) || disableRollback) return
  throw validation(
    `This stack is currently in a non-terminal [${status}] state. To update the stack from this state, please use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the rollback-stack API`,
  )
}

/** Whether anything changes: a resource, an output or a tag that differs, or a resource that failed last time. */
export function differsFrom(
  call: Call,
  record: StackRecord,
  before: CreateStack | UpdateStack,
  change: UpdateStack,
): boolean {
  if (JSON.stringify(before.tags) !== JSON.stringify(change.tags)) return true
  const old = modelNow(call, record)!
  const next = modelOf(record, change, call.cloud, old)
  const condition = conditions(call.cloud.timeline(call.world, record))
  if (old.sorted.some((id) => condition(id) !== 'well')) return true
  return compare(old, next).length > 0 || JSON.stringify(old.outputs()) !== JSON.stringify(next.outputs())
}

/** Appends a change whose new load balancers need ports; chooses others if they were taken meanwhile. */
export async function withPorts<T>(
  call: Call,
  { template, specification }: Specified,
  stack: string,
  decide: (world: World, now: number) => { change?: CreateStack | UpdateStack; answer: T },
): Promise<T> {
  const needing = loadBalancers(call, template, specification.nested).filter(
    (id) => specification.ports[id] === undefined,
  )
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
