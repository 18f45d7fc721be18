import {
  CreateChangeSetCommand,
  CreateStackCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetCommandOutput,
  ExecuteChangeSetCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { DescribeInstancesCommand, type EC2Client } from '@aws-sdk/client-ec2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describe, events, refused, rehearse, settled } from './fixture.ts'

const updates = suite('rehearsal: updates')

const template = (image = 'ami-11111111', more = {}) =>
  JSON.stringify({
    Parameters: { Agents: { Type: 'Number', Default: 2 }, Unused: { Type: 'String', Default: '' } },
    Resources: {
      Subnet: { Type: 'AWS::EC2::Subnet', Properties: { CidrBlock: '10.1.1.0/24' } },
      Launch: { Type: 'AWS::AutoScaling::LaunchConfiguration', Properties: { ImageId: image } },
      Agents0: {
        Type: 'AWS::AutoScaling::AutoScalingGroup',
        Properties: {
          DesiredCapacity: { Ref: 'Agents' },
          LaunchConfigurationName: { Ref: 'Launch' },
          VPCZoneIdentifier: [{ Ref: 'Subnet' }],
        },
      },
      Balancer: { Type: 'AWS::ElasticLoadBalancing::LoadBalancer', Properties: { Listeners: [] } },
      ...more,
    },
    Outputs: { Url: { Value: { 'Fn::GetAtt': ['Balancer', 'DNSName'] } } },
  })

const agents = (count: number) => [{ ParameterKey: 'Agents', ParameterValue: String(count) }]

async function running(ec2: EC2Client): Promise<(string | undefined)[]> {
  const { Reservations } = await ec2.send(
    new DescribeInstancesCommand({
      Filters: [{ Name: 'instance-state-name', Values: ['running', 'pending'] }],
    }),
  )
  return Reservations!.map(({ Instances }) => Instances![0]!.InstanceId)
}

updates('more agents are launched, fewer are stopped, and the others stay', async () => {
  const { cloudFormation, ec2, remove } = rehearse()
  await cloudFormation.send(new CreateStackCommand({ StackName: 'u', TemplateBody: template() }))
  const before = await settled(cloudFormation, 'u')
  const first = await running(ec2)
  assert.is(first.length, 2)
  const same = await refused(
    cloudFormation.send(
      new UpdateStackCommand({
        StackName: 'u',
        UsePreviousTemplate: true,
        Parameters: [{ ParameterKey: 'Agents', UsePreviousValue: true }],
      }),
    ),
  )
  assert.equal([same.name, same.message], ['ValidationError', 'No updates are to be performed.'])
  await cloudFormation.send(
    new UpdateStackCommand({ StackName: 'u', UsePreviousTemplate: true, Parameters: agents(4) }),
  )
  const grown = await settled(cloudFormation, 'u')
  assert.is(grown.StackStatus, 'UPDATE_COMPLETE')
  assert.equal(grown.Outputs, before.Outputs, 'the load balancer keeps its address')
  assert.ok(grown.LastUpdatedTime)
  const told = (await events(cloudFormation, 'u')).map(
    (event) => `${event.LogicalResourceId} ${event.ResourceStatus}`,
  )
  assert.equal(told.slice(told.indexOf('u UPDATE_IN_PROGRESS')), [
    'u UPDATE_IN_PROGRESS',
    'Agents0 UPDATE_IN_PROGRESS',
    'Agents0 UPDATE_COMPLETE',
    'u UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'u UPDATE_COMPLETE',
  ])
  while ((await running(ec2)).length < 4) {}
  assert.ok(first.every(async (id) => (await running(ec2)).includes(id)))
  await cloudFormation.send(
    new UpdateStackCommand({ StackName: 'u', UsePreviousTemplate: true, Parameters: agents(1) }),
  )
  await settled(cloudFormation, 'u')
  while ((await running(ec2)).length > 1) {}
  assert.equal(await running(ec2), first.slice(0, 1))
  remove()
})

updates('what cannot be changed in place is replaced, and the old one is removed last', async () => {
  const { cloudFormation, remove } = rehearse()
  await cloudFormation.send(new CreateStackCommand({ StackName: 'u', TemplateBody: template() }))
  await settled(cloudFormation, 'u')
  const added = { Topic: { Type: 'AWS::SNS::Topic' } }
  await cloudFormation.send(
    new UpdateStackCommand({ StackName: 'u', TemplateBody: template('ami-22222222', added) }),
  )
  assert.is((await settled(cloudFormation, 'u')).StackStatus, 'UPDATE_COMPLETE')
  const launch = (await events(cloudFormation, 'u')).filter(
    ({ LogicalResourceId }) => LogicalResourceId === 'Launch',
  )
  assert.equal(
    launch.map(({ ResourceStatus }) => ResourceStatus),
    [
      'CREATE_IN_PROGRESS',
      'CREATE_IN_PROGRESS',
      'CREATE_COMPLETE',
      'UPDATE_IN_PROGRESS',
      'UPDATE_IN_PROGRESS',
      'UPDATE_COMPLETE',
      'DELETE_IN_PROGRESS',
      'DELETE_COMPLETE',
    ],
  )
  assert.is(launch.at(-1)!.PhysicalResourceId, launch[2]!.PhysicalResourceId)
  assert.is.not(launch[5]!.PhysicalResourceId, launch[2]!.PhysicalResourceId)
  await cloudFormation.send(
    new UpdateStackCommand({ StackName: 'u', TemplateBody: template('ami-22222222') }),
  )
  await settled(cloudFormation, 'u')
  const topic = (await events(cloudFormation, 'u')).filter(
    ({ LogicalResourceId }) => LogicalResourceId === 'Topic',
  )
  assert.is(topic.at(-1)!.ResourceStatus, 'DELETE_COMPLETE')
  remove()
})

updates('a failed update is rolled back, and the stack can be updated again', async () => {
  const made = rehearse()
  await made.cloudFormation.send(new CreateStackCommand({ StackName: 'u', TemplateBody: template() }))
  await settled(made.cloudFormation, 'u')
  const { cloudFormation, ec2, remove } = rehearse({
    folder: made.folder,
    fail: [{ resource: 'Agents0', reason: 'No capacity' }],
  })
  await cloudFormation.send(
    new UpdateStackCommand({ StackName: 'u', UsePreviousTemplate: true, Parameters: agents(9) }),
  )
  const stack = await settled(cloudFormation, 'u')
  assert.is(stack.StackStatus, 'UPDATE_ROLLBACK_COMPLETE')
  assert.is(stack.Parameters!.find(({ ParameterKey }) => ParameterKey === 'Agents')!.ParameterValue, '2')
  assert.ok(
    (await events(cloudFormation, 'u')).some(
      (event) => event.ResourceStatus === 'UPDATE_FAILED' && event.ResourceStatusReason === 'No capacity',
    ),
  )
  while ((await running(ec2)).length !== 2) {}
  await made.cloudFormation.send(
    new UpdateStackCommand({ StackName: 'u', UsePreviousTemplate: true, Parameters: agents(3) }),
  )
  assert.is((await settled(cloudFormation, 'u')).StackStatus, 'UPDATE_COMPLETE')
  remove()
})

updates('only a stack in a final state is updated', async () => {
  const { cloudFormation, remove } = rehearse({ speed: 10 })
  const { StackId } = await cloudFormation.send(
    new CreateStackCommand({ StackName: 'u', TemplateBody: template() }),
  )
  const early = await refused(
    cloudFormation.send(
      new UpdateStackCommand({ StackName: 'u', UsePreviousTemplate: true, Parameters: agents(3) }),
    ),
  )
  assert.is(early.message, `Stack:${StackId} is in CREATE_IN_PROGRESS state and can not be updated.`)
  const missing = await refused(
    cloudFormation.send(new UpdateStackCommand({ StackName: 'gone', UsePreviousTemplate: true })),
  )
  assert.is(missing.message, 'Stack [gone] does not exist')
  remove()
})

updates('a change set previews changes, then makes them; one without changes fails', async () => {
  const { cloudFormation, remove } = rehearse()
  const finished = async (ChangeSetName: string): Promise<DescribeChangeSetCommandOutput> => {
    for (;;) {
      const answer = await cloudFormation.send(
        new DescribeChangeSetCommand({ StackName: 'u', ChangeSetName }),
      )
      if (answer.Status !== 'CREATE_IN_PROGRESS') return answer
    }
  }
  const make = (ChangeSetName: string, input: object) =>
    cloudFormation.send(new CreateChangeSetCommand({ StackName: 'u', ChangeSetName, ...input }))
  await make('birth', { ChangeSetType: 'CREATE', TemplateBody: template() })
  assert.is((await describe(cloudFormation, 'u')).StackStatus, 'REVIEW_IN_PROGRESS')
  assert.is((await finished('birth')).Changes!.length, 4)
  await cloudFormation.send(new ExecuteChangeSetCommand({ StackName: 'u', ChangeSetName: 'birth' }))
  assert.is((await settled(cloudFormation, 'u')).StackStatus, 'CREATE_COMPLETE')

  await make('nothing', { UsePreviousTemplate: true })
  const nothing = await finished('nothing')
  assert.equal([nothing.Status, nothing.ExecutionStatus], ['FAILED', 'UNAVAILABLE'])
  assert.match(nothing.StatusReason!, /^The submitted information didn't contain changes\./)
  const early = await refused(
    cloudFormation.send(new ExecuteChangeSetCommand({ StackName: 'u', ChangeSetName: 'nothing' })),
  )
  assert.is(early.name, 'InvalidChangeSetStatusException')

  await make('image', { TemplateBody: template('ami-33333333') })
  const changes = (await finished('image')).Changes!.map(({ ResourceChange }) => ResourceChange!)
  assert.equal(
    changes.map(({ LogicalResourceId, Action, Replacement }) => [LogicalResourceId, Action, Replacement]),
    [
      ['Launch', 'Modify', 'True'],
      ['Agents0', 'Modify', 'False'],
    ],
  )
  await cloudFormation.send(
    new ExecuteChangeSetCommand({ StackName: 'u', ChangeSetName: 'image', DisableRollback: false }),
  )
  assert.is((await settled(cloudFormation, 'u')).StackStatus, 'UPDATE_COMPLETE')
  remove()
})

updates.run()
