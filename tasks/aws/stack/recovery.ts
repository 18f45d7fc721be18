import { randomUUID } from 'node:crypto'
import {
  CancelUpdateStackCommand,
  ContinueUpdateRollbackCommand,
  RollbackStackCommand,
} from '@aws-sdk/client-cloudformation'
import type { Clock } from '../../base/clock.ts'
import type { Aws } from '../clients.ts'
import type { Started } from './follow.ts'
import { cloudFormation, describeStack, type Stack } from './stack.ts'

/** Takes a failed update back. The stack is then followed like any operation. */
export async function rollBack(aws: Aws, stack: Stack, roleArn: string | undefined): Promise<Started> {
  const started = { token: `rollback-${randomUUID()}`, creates: false }
  const role = roleArn ? { RoleARN: roleArn } : {}
  await cloudFormation(aws).send(
    new RollbackStackCommand({
      StackName: stack.arn,
      ClientRequestToken: started.token,
      ...role,
    }),
  )
  return started
}

/** Goes on with a rollback that failed. Resources are never skipped: that would leave the stack unlike its template. */
export async function continueRollback(
  aws: Aws,
  stack: Stack,
  roleArn: string | undefined,
): Promise<Started> {
  const started = { token: `continue-${randomUUID()}`, creates: false }
  const role = roleArn ? { RoleARN: roleArn } : {}
  await cloudFormation(aws).send(
    new ContinueUpdateRollbackCommand({
      StackName: stack.arn,
      ClientRequestToken: started.token,
      ...role,
    }),
  )
  return started
}

/** Has CloudFormation roll back an update that is still going on. */
export async function cancelUpdate(aws: Aws, arn: string): Promise<void> {
  await cloudFormation(aws).send(
    new CancelUpdateStackCommand({ StackName: arn, ClientRequestToken: `cancel-${randomUUID()}` }),
  )
}

/** Between making a change set and executing it a stack is in review. So often, and so far apart, it is looked at again. */
const REVIEW_LOOKS = 3
const REVIEW_LOOK_MS = 2_000

/** Whether nobody executes the change set of a stack in review: it is still in review after three looks. */
export async function isAbandoned(
  aws: Aws,
  stack: Stack,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  for (let look = 0; look < REVIEW_LOOKS; look++) {
    await clock.sleep(REVIEW_LOOK_MS, signal)
    if ((await describeStack(aws, stack.arn))?.status !== 'REVIEW_IN_PROGRESS') return false
  }
  return true
}
