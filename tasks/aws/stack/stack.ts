import {
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateDescribeStacks,
  paginateListStackResources,
  type Stack as SdkStack,
} from '@aws-sdk/client-cloudformation'
import type { Failure } from '../../base/failure.ts'
import type { Aws } from '../clients.ts'
import { cloudFormation } from '../cloudformation.ts'
import { isOurs, TEMPLATE_TAG, tagValue } from '../ownership.ts'
import { noAnswer } from '../reply.ts'

/** A stack as CloudFormation describes it. */
export interface Stack {
  /** Unlike the name, never used for another stack. */
  arn: string
  name: string
  status: string
  reason: string | undefined
  createdAt: Date
  /** When its last operation began. */
  touchedAt: Date
  parameters: Record<string, string>
  outputs: Record<string, string>
  tags: Record<string, string>
  terminationProtection: boolean
  /** The SHA-256 of the template it was created from, according to its tag. */
  templateDigest: string | undefined
}

export interface StackResource {
  /** Its logical id, with those of the nested stacks around it: `Network/Vpc`. */
  path: string
  physicalId: string
  type: string
  status: string
  /** The ARN of the stack that contains it: the requested one, or one nested in it. */
  stack: string
}

/** The type of a resource that is itself a stack. */
export const NESTED_STACK = 'AWS::CloudFormation::Stack'

/** The stack with this name or ARN; undefined if there is none (by name, a deleted one does not count). */
export async function describeStack(aws: Aws, nameOrArn: string): Promise<Stack | undefined> {
  try {
    const { Stacks = [] } = await cloudFormation(aws).send(
      new DescribeStacksCommand({ StackName: nameOrArn }),
    )
    // CloudFormation reports a missing stack by an error; an empty list proves nothing.
    if (!Stacks[0]) throw incomplete(aws, `no stack, and no error that ${nameOrArn} does not exist`)
    return stackFrom(aws, Stacks[0])
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** The current resources of a stack and those nested in it, without deleted ones. */
export async function listResources(aws: Aws, arn: string): Promise<StackResource[]> {
  const own = await ownResources(aws, arn).catch(noneIfMissing)
  const nested = own.filter(({ physicalId, type }) => type === NESTED_STACK && physicalId)
  const inside = await Promise.all(
    nested.map(async ({ path, physicalId }) => {
      const resources = await listResources(aws, physicalId)
      return resources.map((one) => ({ ...one, path: `${path}/${one.path}` }))
    }),
  )
  return [...own, ...inside.flat()]
}

/** It may be gone by now, a nested stack since its parent was read. */
function noneIfMissing(error: unknown): StackResource[] {
  if (isMissing(error)) return []
  throw error
}

async function ownResources(aws: Aws, arn: string): Promise<StackResource[]> {
  const found: StackResource[] = []
  const client = cloudFormation(aws)
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client },
    { StackName: arn },
  )) {
    for (const one of StackResourceSummaries) {
      if (one.ResourceStatus === 'DELETE_COMPLETE') continue
      found.push({
        path: one.LogicalResourceId ?? '',
        physicalId: one.PhysicalResourceId ?? '',
        type: one.ResourceType ?? '',
        status: one.ResourceStatus ?? '',
        stack: arn,
      })
    }
  }
  return found
}

/** The template that a stack was created from, as it was sent. */
export async function readTemplate(aws: Aws, nameOrArn: string): Promise<string> {
  const command = new GetTemplateCommand({ StackName: nameOrArn, TemplateStage: 'Original' })
  return (await cloudFormation(aws).send(command)).TemplateBody ?? ''
}

/** The stacks of the region that match. The others are not kept: an account may have thousands. */
export async function describeStacks(
  aws: Aws,
  wanted: (stack: Stack) => boolean = () => true,
): Promise<Stack[]> {
  const stacks: Stack[] = []
  for await (const { Stacks = [] } of paginateDescribeStacks({ client: cloudFormation(aws) }, {}))
    stacks.push(...Stacks.map((one) => stackFrom(aws, one)).filter(wanted))
  return stacks
}

/** CloudFormation has no separate code for a missing stack: ValidationError, "Stack with id X does not exist". */
export function isMissing(error: unknown): boolean {
  const { name, message } = error as Error
  return name === 'ValidationError' && /does not exist/.test(message)
}

/** Whether the stack belongs to this cluster of ours. */
export function isOwnStack(stack: Stack, cluster: string): boolean {
  const tags = Object.entries(stack.tags).map(([Key, Value]) => ({ Key, Value }))
  return isOurs(tags, cluster)
}

function incomplete(aws: Aws, cause: string): Failure {
  const { endpoint, region } = aws.options
  return noAnswer({ call: 'cloudformation:DescribeStacks', method: 'POST', region, endpoint }, cause)
}

function stackFrom(aws: Aws, stack: SdkStack): Stack {
  const { StackId, StackName, StackStatus } = stack
  if (!StackId || !StackName || !StackStatus) throw incomplete(aws, 'a stack without its id, name or status')
  const createdAt = stack.CreationTime ?? new Date(0)
  return {
    arn: StackId,
    name: StackName,
    status: StackStatus,
    reason: stack.StackStatusReason,
    createdAt,
    touchedAt: stack.DeletionTime ?? stack.LastUpdatedTime ?? createdAt,
    parameters: Object.fromEntries(
      (stack.Parameters ?? []).map((one) => [one.ParameterKey ?? '', one.ParameterValue ?? '']),
    ),
    outputs: Object.fromEntries(
      (stack.Outputs ?? []).map((one) => [one.OutputKey ?? '', one.OutputValue ?? '']),
    ),
    tags: Object.fromEntries((stack.Tags ?? []).map((one) => [one.Key ?? '', one.Value ?? ''])),
    terminationProtection: stack.EnableTerminationProtection ?? false,
    templateDigest: tagValue(stack.Tags, TEMPLATE_TAG),
  }
}
