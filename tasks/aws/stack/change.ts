import { createHash } from 'node:crypto'
import { type Capability, CreateStackCommand, type Parameter } from '@aws-sdk/client-cloudformation'
import type { Aws } from '../clients.ts'
import { CLUSTER_TAG, TEMPLATE_TAG } from '../ownership.ts'
import { cloudFormation, describeStack, isOwnStack } from './stack.ts'

/** What a stack is to be. */
export interface Desired {
  name: string
  body: string
  /** Where CloudFormation is to fetch the body from, if it is too large for a request. */
  url: string | undefined
  /** SHA-256 of the body, hex. */
  digest: string
  parameters: Parameter[]
  capabilities: string[]
  /** The role CloudFormation acts under, if not the caller's. */
  roleArn: string | undefined
}

/**
 * Starts the creation and answers with the stack's ARN. Safe to be killed at any moment: a stack that exists already
 * and is ours is taken for the one we asked for. Throws AlreadyExistsException when it is somebody else's.
 */
export async function createStack(aws: Aws, desired: Desired): Promise<string> {
  try {
    const answer = await cloudFormation(aws).send(
      new CreateStackCommand({
        ...requestOf(desired),
        ClientRequestToken: clientToken('create', desired),
        DisableRollback: false,
        // Else a failed creation leaves its retained buckets behind.
        RetainExceptOnCreate: true,
      }),
    )
    return answer.StackId ?? desired.name
  } catch (error) {
    if ((error as Error).name !== 'AlreadyExistsException') throw error
    const stack = await describeStack(aws, desired.name)
    if (stack && isOwnStack(stack, desired.name)) return stack.arn
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
    Tags: [
      { Key: CLUSTER_TAG, Value: desired.name },
      { Key: TEMPLATE_TAG, Value: desired.digest },
    ],
    ...(desired.roleArn ? { RoleARN: desired.roleArn } : {}),
  }
}

/**
 * The same request again has the same token, so a retry after a lost answer does not fail with AlreadyExists.
 * Tokens may hold letters, digits and hyphens, at most 128 (CreateStack, ClientRequestToken).
 */
function clientToken(operation: string, desired: Desired): string {
  const content = JSON.stringify([desired.digest, desired.parameters])
  return `${operation}-${createHash('sha256').update(content).digest('hex').slice(0, 40)}`
}
