import { randomUUID } from 'node:crypto'
import { DeleteStackCommand, UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation'
import type { Clock } from '../../runner/clock.ts'
import { removeBucket } from '../buckets.ts'
import type { Aws } from '../clients.ts'
import type { StackEvent } from './events.ts'
import { followStack } from './follow.ts'
import { cloudFormation, type Stack } from './stack.ts'
import { isTerminal } from './status.ts'

export interface RemovalOptions {
  clock: Clock
  signal: AbortSignal
  roleArn: string | undefined
  onEvents(events: StackEvent[]): void
  log(message: string): void
}

/** What is left of a stack that could not be deleted: the resources that would not go, each with the reason. */
export interface Stuck {
  stack: Stack
  resources: { logicalId: string; physicalId: string; type: string; reason: string }[]
}

/**
 * Deletes a stack and everything in it, and waits until it is gone. Known blockers are cleared and the deletion is
 * repeated as long as fewer resources fail than before. Answers with what would not go, or undefined when all is gone.
 */
export async function removeStack(
  aws: Aws,
  stack: Stack,
  options: RemovalOptions,
): Promise<Stuck | undefined> {
  if (!isTerminal(stack.status) && !stack.status.startsWith('DELETE'))
    await followStack(aws, stack.arn, options)
  if (stack.terminationProtection) {
    options.log(`termination protection of stack ${stack.name} is taken off`)
    await cloudFormation(aws).send(
      new UpdateTerminationProtectionCommand({ StackName: stack.arn, EnableTerminationProtection: false }),
    )
  }
  if (stack.status !== 'DELETE_IN_PROGRESS') await startDeletion(aws, stack, options.roleArn)
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    const stuck = await awaitDeletion(aws, stack, options)
    if (!stuck) return undefined
    if (stuck.resources.length === 0 || stuck.resources.length >= before) return stuck
    before = stuck.resources.length
    await clearBlockers(aws, stuck, options)
    await startDeletion(aws, stack, options.roleArn)
  }
}

/** Deletes a stack that failed to delete, leaving these resources where they are. They are the user's from then on. */
export async function abandonResources(
  aws: Aws,
  stuck: Stuck,
  options: RemovalOptions,
): Promise<Stuck | undefined> {
  const retain = stuck.resources.map((resource) => resource.logicalId)
  await startDeletion(aws, stuck.stack, options.roleArn, retain)
  return awaitDeletion(aws, stuck.stack, options)
}

/** Has CloudFormation delete a stack that failed to delete whatever it takes; what it cannot delete stays. */
export async function forceDeletion(
  aws: Aws,
  stuck: Stuck,
  options: RemovalOptions,
): Promise<Stuck | undefined> {
  const { arn } = stuck.stack
  await cloudFormation(aws).send(
    new DeleteStackCommand({ StackName: arn, DeletionMode: 'FORCE_DELETE_STACK' }),
  )
  return awaitDeletion(aws, stuck.stack, options)
}

/** By ARN, so that a new stack of the same name is never hit. */
export async function startDeletion(
  aws: Aws,
  stack: Pick<Stack, 'arn'>,
  roleArn: string | undefined,
  retain: string[] = [],
): Promise<void> {
  await cloudFormation(aws).send(
    new DeleteStackCommand({
      StackName: stack.arn,
      ClientRequestToken: `delete-${randomUUID()}`,
      ...(roleArn ? { RoleARN: roleArn } : {}),
      ...(retain.length > 0 ? { RetainResources: retain } : {}),
    }),
  )
}

async function awaitDeletion(aws: Aws, stack: Stack, options: RemovalOptions): Promise<Stuck | undefined> {
  const { stack: end, events } = await followStack(aws, stack.arn, options)
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

/** Does what can be done without asking: a bucket of the stack that is not empty is emptied. */
async function clearBlockers(aws: Aws, stuck: Stuck, options: RemovalOptions): Promise<void> {
  const buckets = stuck.resources.filter((resource) => resource.type === 'AWS::S3::Bucket')
  for (const bucket of buckets) {
    options.log(`bucket ${bucket.physicalId} is not empty: emptying and removing it`)
    await removeBucket(aws, bucket.physicalId, options.signal)
  }
}
