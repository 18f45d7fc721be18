import {
  CancelUpdateStackCommand,
  ContinueUpdateRollbackCommand,
  CreateChangeSetCommand,
  DescribeChangeSetCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  RollbackStackCommand,
  UpdateStackCommand,
  type UpdateStackCommandInput,
} from '@aws-sdk/client-cloudformation'
import type { Fault } from '../../../tasks/rehearsal/index.ts'
import { type Cloud, error, one, type Row, topic } from './cloud.ts'

const STATES = 'CloudFormation User Guide, "Stack status codes"'
const CHANGE_SETS = 'CloudFormation API Reference, CreateChangeSet'

const named = (text: string) => ({ Resources: { Topic: topic({ Properties: { DisplayName: text } }) } })

async function updated(
  cloud: Cloud,
  template: object,
  fail: Fault[] = [],
  over: Partial<UpdateStackCommandInput> = {},
) {
  const { StackId } = await cloud.create(named('old'))
  const { cloudFormation } = await cloud.clients(fail)
  const TemplateBody = JSON.stringify(template)
  await cloudFormation.send(new UpdateStackCommand({ StackName: StackId, TemplateBody, ...over }))
  return { ...(await cloud.settled(StackId)), StackId }
}

const update = (cloud: Cloud, StackName: string, over: Partial<UpdateStackCommandInput> = {}) =>
  cloud.cloudFormation.send(
    new UpdateStackCommand({ StackName, TemplateBody: JSON.stringify(named('new')), ...over }),
  )

async function changeSet(cloud: Cloud, StackName: string, input: object) {
  const ChangeSetName = cloud.name()
  const { Id } = await cloud.cloudFormation.send(
    new CreateChangeSetCommand({ StackName, ChangeSetName, ...input }),
  )
  for (;;) {
    const answer = await cloud.cloudFormation.send(new DescribeChangeSetCommand({ ChangeSetName: Id }))
    if (answer.Status !== 'CREATE_IN_PROGRESS') return { ...answer, Id: Id! }
  }
}

const stuck: Fault[] = [{ resource: 'Topic' }, { resource: 'Topic', during: 'rollback' }]

export const updates: Row[] = [
  {
    question: 'an update that changes nothing is refused',
    source: 'seen in public reports of UpdateStack',
    documented: 'ValidationError: No updates are to be performed.',
    ask: async (cloud) =>
      error(update(cloud, (await cloud.create(one)).StackId, { TemplateBody: JSON.stringify(one) })),
  },
  {
    question: 'a stack that does not exist cannot be updated',
    source: 'seen in public reports of UpdateStack',
    documented: 'ValidationError: Stack [gone] does not exist',
    ask: (cloud) => error(update(cloud, 'gone')),
  },
  {
    question: 'a creation that was rolled back names its cause, and can only be deleted',
    source: STATES,
    documented:
      /^ROLLBACK_COMPLETE · ROLLBACK_IN_PROGRESS The following resource\(s\) failed to create: \[Topic\]\. Rollback requested by user\. · ValidationError: Stack:arn:\S+ is in ROLLBACK_COMPLETE state and can not be updated\.$/,
    ask: async (cloud) => {
      const failing = await cloud.clients([{ resource: 'Topic' }])
      const { StackId, StackName, StackStatus } = await cloud.create(one, {}, failing)
      const begun = (await cloud.told(StackId, StackName!)).find((line) => line.startsWith('ROLLBACK_IN'))
      return [StackStatus, begun, await error(update(cloud, StackId))].join(' · ')
    },
  },
  {
    question: 'a failed update is rolled back, and reports what failed',
    source: STATES,
    documented:
      'UPDATE_ROLLBACK_COMPLETE UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Topic].',
    ask: async (cloud) => {
      const { StackId, StackName, StackStatus } = await updated(cloud, named('new'), [{ resource: 'Topic' }])
      const begun = (await cloud.told(StackId, StackName!)).find((line) => /ROLLBACK_IN/.test(line))
      return `${StackStatus} ${begun}`
    },
  },
  {
    question: 'a rollback that fails can be continued, and nothing else',
    source: 'CloudFormation API Reference, ContinueUpdateRollback',
    documented: /^UPDATE_ROLLBACK_FAILED ValidationError: .* can not be updated\. UPDATE_ROLLBACK_COMPLETE$/,
    ask: async (cloud) => {
      const { StackId, StackStatus } = await updated(cloud, named('new'), stuck)
      const refused = await error(update(cloud, StackId))
      await cloud.cloudFormation.send(new ContinueUpdateRollbackCommand({ StackName: StackId }))
      return `${StackStatus} ${refused} ${(await cloud.settled(StackId)).StackStatus}`
    },
  },
  {
    question: 'only a rollback that failed can be continued',
    source: 'seen in public reports of ContinueUpdateRollback',
    documented: 'ValidationError: ContinueUpdateRollback cannot be called from current stack status',
    ask: async (cloud) => {
      const { StackId: StackName } = await cloud.create(one)
      return error(cloud.cloudFormation.send(new ContinueUpdateRollbackCommand({ StackName })))
    },
  },
  {
    question: 'only an update in progress can be cancelled',
    source: 'aws/copilot-cli pull request 5046',
    documented: 'ValidationError: CancelUpdateStack cannot be called from current stack status',
    ask: async (cloud) => {
      const { StackId: StackName } = await cloud.create(one)
      return error(cloud.cloudFormation.send(new CancelUpdateStackCommand({ StackName })))
    },
  },
  {
    question: 'without rollback an update stays failed, until RollbackStack',
    source: 'CloudFormation API Reference, RollbackStack',
    documented: 'UPDATE_FAILED UPDATE_ROLLBACK_COMPLETE',
    ask: async (cloud) => {
      const fail = [{ resource: 'Topic' }]
      const { StackId, StackStatus } = await updated(cloud, named('new'), fail, { DisableRollback: true })
      await cloud.cloudFormation.send(new RollbackStackCommand({ StackName: StackId }))
      return `${StackStatus} ${(await cloud.settled(StackId)).StackStatus}`
    },
  },
  {
    question: 'after a failure without rollback only an update without rollback can follow',
    source: 'aws/aws-cli issue 6368',
    documented:
      'ValidationError: This stack is currently in a non-terminal [CREATE_FAILED] state. To update the stack from this state, please use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the rollback-stack API · accepted',
    ask: async (cloud) => {
      const failing = await cloud.clients([{ resource: 'Topic' }])
      const { StackId } = await cloud.create(one, { DisableRollback: true }, failing)
      const refused = await error(update(cloud, StackId))
      return `${refused} · ${await error(update(cloud, StackId, { DisableRollback: true }))}`
    },
  },
  {
    question: 'what cannot be changed in place is replaced, and the old one is removed in the cleanup',
    source: 'CloudFormation User Guide, "Update behaviors of stack resources"',
    documented:
      'UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one. · UPDATE_IN_PROGRESS Resource creation Initiated · UPDATE_COMPLETE · DELETE_IN_PROGRESS · DELETE_COMPLETE',
    ask: async (cloud) => {
      const template = { Resources: { Topic: topic({ Properties: { TopicName: cloud.name() } }) } }
      const { StackId } = await updated(cloud, template)
      return (await cloud.told(StackId, 'Topic')).slice(3).join(' · ')
    },
  },
  {
    question: 'a change set shows what is replaced',
    source: 'CloudFormation API Reference, ResourceChange',
    documented: 'Modify True',
    ask: async (cloud) => {
      const template = { Resources: { Topic: topic({ Properties: { TopicName: cloud.name() } }) } }
      const { StackId } = await cloud.create(named('old'))
      const { Changes } = await changeSet(cloud, StackId, { TemplateBody: JSON.stringify(template) })
      const { Action, Replacement } = Changes![0]!.ResourceChange!
      return `${Action} ${Replacement}`
    },
  },
  {
    question: 'a change set without changes has failed, and cannot be executed',
    source: 'aws/aws-cli, deploy; imaman/bigband',
    documented:
      /^FAILED UNAVAILABLE The submitted information didn't contain changes\. Submit different information to create a change set\. InvalidChangeSetStatus(Exception)?: ChangeSet \[arn:\S+\] cannot be executed in its current status of \[FAILED\]$/,
    ask: async (cloud) => {
      const { StackId } = await cloud.create(one)
      const { Id, Status, ExecutionStatus, StatusReason } = await changeSet(cloud, StackId, {
        UsePreviousTemplate: true,
      })
      const execution = cloud.cloudFormation.send(new ExecuteChangeSetCommand({ ChangeSetName: Id }))
      return `${Status} ${ExecutionStatus} ${StatusReason} ${await error(execution)}`
    },
  },
  {
    question: 'a change set for a stack that is to be created leaves the stack in review',
    source: CHANGE_SETS,
    documented: 'REVIEW_IN_PROGRESS CREATE_COMPLETE',
    ask: async (cloud) => {
      const StackName = cloud.name()
      const TemplateBody = JSON.stringify(one)
      const { Id } = await changeSet(cloud, StackName, { ChangeSetType: 'CREATE', TemplateBody })
      const { Stacks } = await cloud.cloudFormation.send(new DescribeStacksCommand({ StackName }))
      await cloud.cloudFormation.send(new ExecuteChangeSetCommand({ ChangeSetName: Id }))
      return `${Stacks![0]!.StackStatus} ${(await cloud.settled(StackName)).StackStatus}`
    },
  },
  {
    question: 'an existing stack cannot be created by a change set',
    source: 'aws/amazon-ecs-cli; aws/aws-sam-cli',
    documented:
      /^ValidationError: Stack \[n\d+\] already exists and cannot be created again with the changeSet \[c\]\.$/,
    ask: async (cloud) => {
      const { StackName } = await cloud.create(one)
      const input = {
        StackName,
        ChangeSetName: 'c',
        ChangeSetType: 'CREATE',
        TemplateBody: JSON.stringify(one),
      } as const
      return error(cloud.cloudFormation.send(new CreateChangeSetCommand(input)))
    },
  },
  {
    question: 'a change set that does not exist',
    source: 'CloudFormation API Reference, DescribeChangeSet',
    documented: /^ChangeSetNotFound(Exception)?: ChangeSet \[gone\] does not exist$/,
    ask: async (cloud) => {
      const { StackName } = await cloud.create(one)
      return error(
        cloud.cloudFormation.send(new DescribeChangeSetCommand({ StackName, ChangeSetName: 'gone' })),
      )
    },
  },
]
