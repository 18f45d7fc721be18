import { randomUUID } from 'node:crypto'
import { type Capability, CreateStackCommand, type Parameter } from '@aws-sdk/client-cloudformation'
import type { Aws } from '../clients.ts'
import { cloudFormation } from '../cloudformation.ts'
import { CLUSTER_TAG, TEMPLATE_TAG, tagList } from '../ownership.ts'
import type { Started } from './follow.ts'
import { describeStack, isOwnStack } from './stack.ts'

/** What a stack is to be. */
export interface Desired {
  name: string
  body: string
  /** Where CloudFormation fetches the body, if it is too large for a request. */
  url: string | undefined
  /** SHA-256 of the body, hex. */
  digest: string
  parameters: Parameter[]
  capabilities: string[]
  /** The user's own. */
  tags: Record<string, string>
  /** The role CloudFormation uses, if not the caller's. */
  roleArn: string | undefined
}

/**
 * Starts the creation and returns the stack's ARN. Safe to be killed at any moment: an existing stack of ours is taken for
 * the requested one. With `keepFailed` a creation that fails is not rolled back. Throws AlreadyExistsException for a foreign stack.
 */
export async function createStack(
  aws: Aws,
  desired: Desired,
  { keepFailed = false } = {},
): Promise<{ arn: string; started: Started | undefined }> {
  // The SDK sends the same token again if a response is lost. Another creation has another token.
  const started = { token: `create-${randomUUID()}`, creates: true }
  try {
    const answer = await cloudFormation(aws).send(
      new CreateStackCommand({
        ...requestOf(desired),
        ClientRequestToken: started.token,
        // Not RetainExceptOnCreate: a bucket that nodes have written to would fail the rollback.
        DisableRollback: keepFailed,
      }),
    )
    return { arn: answer.StackId ?? desired.name, started }
  } catch (error) {
    if ((error as Error).name !== 'AlreadyExistsException') throw error
    const stack = await describeStack(aws, desired.name)
    if (stack && isOwnStack(stack, desired.name)) return { arn: stack.arn, started: undefined }
    throw error
  }
}

/** What a creation and an update have in common. */
export function requestOf(desired: Desired) {
  return {
    StackName: desired.name,
    ...(desired.url ? { TemplateURL: desired.url } : { TemplateBody: desired.body }),
    Parameters: desired.parameters,
    Capabilities: desired.capabilities as Capability[],
    Tags: tagList({ [CLUSTER_TAG]: desired.name, [TEMPLATE_TAG]: desired.digest, ...desired.tags }),
    ...(desired.roleArn ? { RoleARN: desired.roleArn } : {}),
  }
}
