import { randomUUID } from 'node:crypto'
import {
  type Change,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DescribeChangeSetCommand,
  ExecuteChangeSetCommand,
  paginateDescribeChangeSet,
} from '@aws-sdk/client-cloudformation'
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Aws } from '../clients.ts'
import { cloudFormation } from '../cloudformation.ts'
import { type Desired, requestOf } from './creation.ts'
import type { Started } from './follow.ts'
import type { Stack } from './stack.ts'

/** A change set that CloudFormation has created: what an update would do. */
export interface ChangeSet {
  arn: string
  stackArn: string
  changes: ResourceChange[]
}

export interface ResourceChange {
  action: 'Add' | 'Modify' | 'Remove'
  logicalId: string
  type: string
  /** `Conditional`: CloudFormation will know only during the update. */
  replacement: 'True' | 'False' | 'Conditional'
  /** The properties that change, as far as CloudFormation reports them. */
  properties: string[]
  /** The old resource or a snapshot of it is kept, by its policy. */
  kept: boolean
}

/** How often, and how many times, to poll for the change set. */
const POLL_MS = 1_000
const POLLS = 300

/** Resources with data that cannot be recreated: their replacement or removal loses it. */
const holdsData = new Set([
  'AWS::AutoScaling::AutoScalingGroup',
  'AWS::DynamoDB::Table',
  'AWS::EC2::Instance',
  'AWS::EC2::Volume',
  'AWS::EFS::FileSystem',
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
])

export function losesData(change: ResourceChange): boolean {
  return (
    holdsData.has(change.type) &&
    !change.kept &&
    (change.action === 'Remove' || (change.action === 'Modify' && change.replacement !== 'False'))
  )
}

/** `modify SlaveServerGroup (AWS::AutoScaling::AutoScalingGroup), replaced: LaunchConfigurationName` */
export function changeText(change: ResourceChange): string {
  const { action, kept, logicalId, properties, replacement, type } = change
  const replaced = { True: ', replaced', Conditional: ', perhaps replaced', False: '' }[replacement]
  const how =
    action === 'Modify' ? `${replaced}${properties.length > 0 ? `: ${properties.join(', ')}` : ''}` : ''
  const old = kept && (replaced || action === 'Remove') ? ' — the old one is kept' : ''
  return `${action.toLowerCase()} ${logicalId} (${type})${how}${losesData(change) ? ' — its data is lost' : old}`
}

/**
 * Has CloudFormation create a change set for an update. Undefined if there is nothing to change; the empty change set is then
 * removed. Throws CloudFormation's errors.
 */
export async function createChangeSet(
  aws: Aws,
  stack: Stack,
  desired: Desired,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<ChangeSet | undefined> {
  const token = randomUUID()
  const ChangeSetName = `dcos-bootstrap-${token}`
  let arn: string
  try {
    const created = await cloudFormation(aws).send(
      new CreateChangeSetCommand({
        ...requestOf(desired),
        // By name: moto finds no stack by its ARN here. If another stack has taken over the name, the execution, which is
        // by ARN, is refused.
        StackName: stack.name,
        ChangeSetName,
        ChangeSetType: 'UPDATE',
        ClientToken: token,
        Description: 'A preview by dcos-bootstrap; it may be deleted',
      }),
    )
    arn = created.Id ?? ChangeSetName
  } catch (error) {
    // The name is unique: an earlier attempt of this very request has arrived, and its response was lost.
    if ((error as Error).name !== 'AlreadyExistsException') throw error
    arn = ChangeSetName
  }
  const changeSet = { arn, stackArn: stack.arn, changes: [] }
  try {
    for (let poll = 1; ; poll++) {
      const answer = await cloudFormation(aws).send(
        new DescribeChangeSetCommand({ ChangeSetName: arn, StackName: stack.arn }),
      )
      const status = answer.Status ?? ''
      if (status === 'CREATE_COMPLETE')
        return { ...changeSet, changes: await readChanges(aws, changeSet, answer.Changes, answer.NextToken) }
      if (status === 'FAILED' && isEmpty(answer.StatusReason)) {
        await deleteChangeSet(aws, changeSet)
        return undefined
      }
      if (!status.endsWith('_PENDING') && !status.endsWith('_IN_PROGRESS'))
        throw validationError(answer.StatusReason ?? status)
      if (poll >= POLLS) throw tooLate(stack)
      await clock.sleep(POLL_MS, signal)
    }
  } catch (error) {
    await deleteChangeSet(aws, changeSet).catch(() => {})
    throw error
  }
}

/** Starts the update. Every flag is sent: for one left out, CloudFormation may use the last value. */
export async function executeChangeSet(aws: Aws, changeSet: ChangeSet): Promise<Started> {
  const started = { token: `execute-${randomUUID()}`, creates: false }
  await cloudFormation(aws).send(
    new ExecuteChangeSetCommand({
      ChangeSetName: changeSet.arn,
      StackName: changeSet.stackArn,
      ClientRequestToken: started.token,
      DisableRollback: false,
      RetainExceptOnCreate: true,
    }),
  )
  return started
}

export async function deleteChangeSet(
  aws: Aws,
  changeSet: Pick<ChangeSet, 'arn' | 'stackArn'>,
): Promise<void> {
  await cloudFormation(aws).send(
    new DeleteChangeSetCommand({ ChangeSetName: changeSet.arn, StackName: changeSet.stackArn }),
  )
}

async function readChanges(
  aws: Aws,
  { arn, stackArn }: Pick<ChangeSet, 'arn' | 'stackArn'>,
  first: Change[] | undefined,
  token: string | undefined,
): Promise<ResourceChange[]> {
  const changes = (first ?? []).map(changeFrom)
  if (!token) return changes
  const further = { client: cloudFormation(aws), startingToken: token }
  const pages = paginateDescribeChangeSet(further, { ChangeSetName: arn, StackName: stackArn })
  for await (const page of pages) changes.push(...(page.Changes ?? []).map(changeFrom))
  return changes
}

function changeFrom({ ResourceChange: change }: Change): ResourceChange {
  return {
    action: (change?.Action ?? 'Modify') as ResourceChange['action'],
    logicalId: change?.LogicalResourceId ?? '',
    type: change?.ResourceType ?? '',
    replacement: (change?.Replacement ?? 'False') as ResourceChange['replacement'],
    properties: [...new Set((change?.Details ?? []).flatMap(({ Target }) => Target?.Name ?? []))],
    kept: /Retain|Snapshot/.test(change?.PolicyAction ?? ''),
  }
}

/** CloudFormation's words for an empty change set (DescribeChangeSet, StatusReason). */
function isEmpty(reason: string | undefined): boolean {
  return /didn't contain changes|No updates are to be performed/i.test(reason ?? '')
}

function tooLate({ name }: Stack): Failure {
  return new Failure('STACK_FAILED', {
    message: `CloudFormation did not create a change set for stack ${name} within ${Math.round((POLLS * POLL_MS) / 60_000)} minutes`,
    next: 'run the same command again',
  })
}

function validationError(reason: string): Error {
  return Object.assign(new Error(reason), { name: 'ValidationError', $metadata: {} })
}
