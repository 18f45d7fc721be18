import { randomUUID } from 'node:crypto'
import {
  DeleteStackCommand,
  type DeleteStackCommandInput,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation'
import type { Clock } from '../../base/clock.ts'
import { removeBucket } from '../buckets.ts'
import type { Aws } from '../clients.ts'
import { cloudFormation } from '../cloudformation.ts'
import type { Expected } from './estimate.ts'
import type { StackEvent } from './events.ts'
import { type Followed, followStack, type Started } from './follow.ts'
import { listResources, NESTED_STACK, type Stack } from './stack.ts'
import { isTerminal } from './status.ts'

/** How many times a deletion is retried as long as different resources fail each time. */
const TRIES_MOST = 10

export interface RemovalOptions {
  clock: Clock
  signal: AbortSignal
  roleArn: string | undefined
  onEvents(events: StackEvent[]): void
  /** The current estimate for the deletion, if any. */
  expected?: (() => Expected) | undefined
  log(message: string): void
  /** Called when an operation in AWS begins; what it returns is called when that has ended. */
  onGoingOn?(what: 'update' | 'deletion'): () => void
}

/** A stack that could not be deleted, with the resources that failed to delete, each with the reason. */
export interface Stuck {
  stack: Stack
  resources: { logicalId: string; physicalId: string; type: string; reason: string }[]
}

/**
 * Deletes a stack and everything in it, and waits until it is gone. Known blockers are cleared and the deletion is
 * retried until the same resources fail again. Returns what could not be deleted, if anything, and the events.
 */
export async function removeStack(
  aws: Aws,
  stack: Stack,
  options: RemovalOptions,
): Promise<{ stuck: Stuck | undefined; events: StackEvent[] }> {
  // A creation or its rollback need not end first; an update must (CloudFormation, DeleteStack).
  if (!isTerminal(stack.status) && !/^(CREATE|ROLLBACK|DELETE|REVIEW)_/.test(stack.status))
    await followWhile('update', aws, stack, { ...options, expected: undefined })
  if (stack.terminationProtection) {
    options.log(`termination protection of stack ${stack.name} is disabled`)
    await cloudFormation(aws).send(
      new UpdateTerminationProtectionCommand({ StackName: stack.arn, EnableTerminationProtection: false }),
    )
  }
  let started = stack.status === 'DELETE_IN_PROGRESS' ? undefined : await startDeletion(aws, stack, options)
  const tried = new Set<string>()
  const events: StackEvent[] = []
  const onEvents = (fresh: StackEvent[]) => {
    events.push(...fresh)
    options.onEvents(fresh)
  }
  for (;;) {
    const stuck = await awaitDeletion(aws, stack, started, { ...options, onEvents })
    if (!stuck) return { stuck, events }
    const failed = stuck.resources
      .map((resource) => resource.logicalId)
      .sort()
      .join()
    if (failed === '' || tried.has(failed) || tried.size >= TRIES_MOST) return { stuck, events }
    tried.add(failed)
    await clearBlockers(aws, stuck, options)
    started = await startDeletion(aws, stack, options)
  }
}

/** Deletes a stack that failed to delete, and retains these resources. They are the user's from then on. */
export async function abandonResources(
  aws: Aws,
  { resources, stack }: Stuck,
  options: RemovalOptions,
): Promise<Stuck | undefined> {
  const retain = resources.map((resource) => resource.logicalId)
  const started = await startDeletion(aws, stack, options, { RetainResources: retain })
  return awaitDeletion(aws, stack, started, options)
}

/** Forces the deletion of a stack that failed to delete; what CloudFormation cannot delete stays. */
export async function forceDeletion(
  aws: Aws,
  { stack }: Stuck,
  options: RemovalOptions,
): Promise<Stuck | undefined> {
  const started = await startDeletion(aws, stack, options, { DeletionMode: 'FORCE_DELETE_STACK' })
  return awaitDeletion(aws, stack, started, options)
}

/** By ARN, so that a new stack of the same name is never hit. */
export async function startDeletion(
  aws: Aws,
  { arn }: Pick<Stack, 'arn'>,
  { roleArn }: { roleArn?: string | undefined },
  how: Pick<DeleteStackCommandInput, 'RetainResources' | 'DeletionMode'> = {},
): Promise<Started> {
  const started = { token: `delete-${randomUUID()}`, creates: false, deletes: true }
  await cloudFormation(aws).send(
    new DeleteStackCommand({
      StackName: arn,
      ClientRequestToken: started.token,
      ...(roleArn ? { RoleARN: roleArn } : {}),
      ...how,
    }),
  )
  return started
}

async function followWhile(
  what: 'update' | 'deletion',
  aws: Aws,
  { arn }: Stack,
  options: RemovalOptions & { started?: Started | undefined },
): Promise<Followed> {
  const ended = options.onGoingOn?.(what)
  try {
    return await followStack(aws, arn, options)
  } finally {
    ended?.()
  }
}

async function awaitDeletion(
  aws: Aws,
  stack: Stack,
  started: Started | undefined,
  options: RemovalOptions,
): Promise<Stuck | undefined> {
  const { stack: end, events } = await followWhile('deletion', aws, stack, { ...options, started })
  if (!end || end.status === 'DELETE_COMPLETE') return undefined
  const failed = new Map<string, StackEvent>()
  for (const event of events) {
    if (event.root) continue
    if (event.status === 'DELETE_FAILED') failed.set(event.logicalId, event)
    else failed.delete(event.logicalId)
  }
  const resources = [...failed.values()].map(({ logicalId, physicalId, type, reason }) => ({
    logicalId,
    physicalId,
    type,
    reason,
  }))
  return { stack: end, resources }
}

/** Does what is possible without asking: empties and removes buckets of the stack, or of stacks nested in it. */
async function clearBlockers(aws: Aws, stuck: Stuck, options: RemovalOptions): Promise<void> {
  const buckets = stuck.resources.filter(isBucket).map(({ physicalId }) => physicalId)
  for (const { physicalId, type } of stuck.resources) {
    if (type !== NESTED_STACK || !physicalId) continue
    // If it cannot be read, it is still reported as stuck.
    const inside = await listResources(aws, physicalId).catch(() => [])
    // A retained bucket is still there too, but does not block anything.
    const failed = inside.filter((resource) => isBucket(resource) && resource.status === 'DELETE_FAILED')
    buckets.push(...failed.map((resource) => resource.physicalId))
  }
  for (const bucket of buckets) {
    options.log(`bucket ${bucket} is not empty: emptying and removing it`)
    await removeBucket(aws, bucket, options.signal)
  }
}

const isBucket = ({ type }: { type: string }) => type === 'AWS::S3::Bucket'
