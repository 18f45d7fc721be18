import {
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  SignalResourceCommand,
} from '@aws-sdk/client-cloudformation'
import { type Cloud, error, one, type Row, topic } from './cloud.ts'

const EVENTS = 'CloudFormation API Reference, DescribeStackEvents'
const STATUS = 'CloudFormation User Guide, "Stack events"'
const SIGNALS = 'CloudFormation User Guide, "CreationPolicy attribute"'

const group = (count: number) => ({
  Resources: {
    Group: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: { MinSize: count },
      CreationPolicy: { ResourceSignal: { Count: count, Timeout: 'PT45M' } },
    },
  },
})

const waiting = (Timeout: string) => ({
  Resources: { Topic: topic({ CreationPolicy: { ResourceSignal: { Count: 2, Timeout } } }) },
})

const many = {
  Resources: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`Topic${index}`, topic()])),
}

async function reasons(cloud: Cloud, template: object, clients?: Awaited<ReturnType<Cloud['clients']>>) {
  const { StackId } = await cloud.create(template, {}, clients)
  return (await cloud.events(StackId)).filter(({ ResourceType }) => !ResourceType!.endsWith('::Stack'))
}

const signal = (cloud: Cloud, StackName: string, UniqueId: string) =>
  cloud.cloudFormation.send(
    new SignalResourceCommand({ StackName, LogicalResourceId: 'Topic', UniqueId, Status: 'SUCCESS' }),
  )

export const events: Row[] = [
  {
    question: 'the newest event comes first',
    source: EVENTS,
    documented: 'CREATE_COMPLETE … CREATE_IN_PROGRESS',
    ask: async (cloud) => {
      const { StackId: StackName } = await cloud.create(one)
      const { StackEvents } = await cloud.cloudFormation.send(new DescribeStackEventsCommand({ StackName }))
      return `${StackEvents![0]!.ResourceStatus} … ${StackEvents!.at(-1)!.ResourceStatus}`
    },
  },
  {
    question: 'events come in pages, each event once, each with its own id',
    source: EVENTS,
    documented: '152 events, 152 ids, 2 pages',
    ask: async (cloud) => {
      const { StackId: StackName } = await cloud.create(many)
      const ids: string[] = []
      let NextToken: string | undefined
      let pages = 0
      do {
        const answer = await cloud.cloudFormation.send(
          new DescribeStackEventsCommand({ StackName, NextToken }),
        )
        ids.push(...answer.StackEvents!.map(({ EventId }) => EventId!))
        NextToken = answer.NextToken
        pages++
      } while (NextToken)
      return `${ids.length} events, ${new Set(ids).size} ids, ${pages} pages`
    },
  },
  {
    question: 'a stack and a resource report that they began, and how',
    source: STATUS,
    documented:
      'CREATE_IN_PROGRESS User Initiated · CREATE_COMPLETE · CREATE_IN_PROGRESS · CREATE_IN_PROGRESS Resource creation Initiated · CREATE_COMPLETE',
    ask: async (cloud) => {
      const { StackId, StackName } = await cloud.create(one)
      const all = [...(await cloud.told(StackId, StackName!)), ...(await cloud.told(StackId, 'Topic'))]
      return all.join(' · ')
    },
  },
  {
    question: 'the physical id appears with the second event of a resource, its properties with each',
    source: STATUS,
    documented: /^ arn:aws:sns:\S+ \{"DisplayName":"x"\}$/,
    ask: async (cloud) => {
      const own = await reasons(cloud, { Resources: { Topic: topic({ Properties: { DisplayName: 'x' } }) } })
      return `${own[0]!.PhysicalResourceId ?? ''} ${own[1]!.PhysicalResourceId} ${own[0]!.ResourceProperties}`
    },
  },
  {
    question: 'what is in progress when something fails is cancelled',
    source: 'CloudFormation User Guide, "Stack failure options"',
    documented: 'Resource creation cancelled',
    ask: async (cloud) => {
      const failing = await cloud.clients([{ resource: 'Bad', reason: 'No' }])
      const slow = { Type: 'AWS::EC2::NatGateway' }
      const own = await reasons(cloud, { Resources: { Bad: topic(), Slow: slow } }, failing)
      return own.find(
        (event) => event.LogicalResourceId === 'Slow' && event.ResourceStatus === 'CREATE_FAILED',
      )!.ResourceStatusReason
    },
  },
  {
    question: 'a group receives a signal of each instance',
    source: SIGNALS,
    documented: /^(Received SUCCESS signal with UniqueId i-0[0-9a-f]{16}\n){3}$/,
    ask: async (cloud) => {
      const own = await reasons(cloud, group(3))
      const told = own.map(({ ResourceStatusReason }) => ResourceStatusReason ?? '')
      return told
        .filter((reason) => reason.startsWith('Received'))
        .map((reason) => `${reason}\n`)
        .join('')
    },
  },
  {
    question: 'missing signals fail a group',
    source: 'widdix/aws-cf-templates issue 565',
    documented:
      'UPDATE_IN_PROGRESS Failed to receive 2 resource signal(s) for the current batch.  Each resource signal timeout is counted as a FAILURE. · CREATE_FAILED Received 1 SUCCESS signal(s) out of 3.  Unable to satisfy 100% MinSuccessfulInstancesPercent requirement',
    ask: async (cloud) => {
      const { StackId } = await cloud.create(
        group(3),
        {},
        await cloud.clients([{ resource: 'Group', signals: 1 }]),
      )
      return (await cloud.told(StackId, 'Group')).filter((line) => /Failed|FAILED/.test(line)).join(' · ')
    },
  },
  {
    question: 'a FAILURE signal fails it at once',
    source: 'aws-quickstart/quickstart-linux-bastion issue 144',
    documented: /^Received 1 FAILURE signal\(s\) out of 3\. {2}Unable to satisfy 100% MinSuccessful/,
    ask: async (cloud) => {
      const own = await reasons(cloud, group(3), await cloud.clients([{ resource: 'Group' }]))
      return own.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')!.ResourceStatusReason
    },
  },
  {
    question: 'missing signals fail other resources with another text',
    source: 'aws-quickstart/quickstart-tableau-server issue 96',
    documented: 'Failed to receive 2 resource signal(s) within the specified duration',
    ask: async (cloud) => {
      const own = await reasons(cloud, waiting('PT5M'))
      return own.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')!.ResourceStatusReason
    },
  },
  {
    question: 'SignalResource counts, each unique id once',
    source: 'CloudFormation API Reference, SignalResource',
    documented: 'CREATE_COMPLETE after 2',
    ask: async (cloud) => {
      const { StackId } = await cloud.begin(waiting('PT12H'))
      while (!(await cloud.told(StackId, 'Topic')).some((line) => line.endsWith('Initiated'))) {}
      for (const id of ['a', 'a', 'b']) await signal(cloud, StackId, id)
      const { StackStatus } = await cloud.settled(StackId)
      const received = (await cloud.told(StackId, 'Topic')).filter((line) => /Received SUCCESS/.test(line))
      return `${StackStatus} after ${received.length}`
    },
  },
  {
    question: 'a stack in a final state accepts no signals',
    source: 'aws-cloudformation/aws-cloudformation-templates issue 34',
    documented:
      /^ValidationError: Stack arn:aws:cloudformation:\S+ is in CREATE_COMPLETE state and cannot be signaled$/,
    ask: async (cloud) => error(signal(cloud, (await cloud.create(one)).StackId, 'a')),
  },
  {
    question: 'an operation’s failures are returned by DescribeEvents',
    source: 'CloudFormation API Reference, DescribeEvents',
    documented: 'CREATE_STACK PROVISIONING_ERROR Topic CREATE_FAILED No',
    ask: async (cloud) => {
      const failing = await cloud.clients([{ resource: 'Topic', reason: 'No' }])
      const { StackId, OperationId } = await cloud.begin(one, {}, failing)
      await cloud.settled(StackId)
      const { OperationEvents } = await cloud.cloudFormation.send(
        new DescribeEventsCommand({ OperationId, Filters: { FailedEvents: true } }),
      )
      return OperationEvents!
        .map((event) =>
          [
            event.OperationType,
            event.EventType,
            event.LogicalResourceId,
            event.ResourceStatus,
            event.ResourceStatusReason,
          ].join(' '),
        )
        .join()
    },
  },
]
