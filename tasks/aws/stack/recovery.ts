import { randomUUID } from 'node:crypto'
import {
  CancelUpdateStackCommand,
  ContinueUpdateRollbackCommand,
  RollbackStackCommand,
} from '@aws-sdk/client-cloudformation'
import type { Clock } from '../../base/clock.ts'
import type { Aws } from '../clients.ts'
import { cloudFormation } from '../cloudformation.ts'
import type { Started } from './follow.ts'
import { describeStack, type Stack } from './stack.ts'

/** Rolls back a failed update. The stack is then followed as for any operation. */
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

/** Continues a rollback that failed. Resources are never skipped: the stack would no longer match its template. */
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

/** Cancels an update in progress: CloudFormation rolls it back. */
export async function cancelUpdate(aws: Aws, arn: string): Promise<void> {
  await cloudFormation(aws).send(
    new CancelUpdateStackCommand({ StackName: arn, ClientRequestToken: `cancel-${randomUUID()}` }),
  )
}

/** Between the creation and the execution of its change set a stack is in review. How many times, and how far apart, to check it again. */
const REVIEW_LOOKS = 3
const REVIEW_LOOK_MS = 2_000

/** Whether the change set of a stack in review is abandoned: the stack is still in review after three checks. */
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
