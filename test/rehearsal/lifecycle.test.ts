import {
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ListStacksCommand,
  SignalResourceCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation'
import { DeleteObjectCommand, HeadBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describe, events, FAST, refused, rehearse, settled } from './fixture.ts'

const lifecycle = suite('rehearsal: the life of a stack')

/** A network, two buckets (one retained) and two groups that wait for signals. */
const template = {
  Parameters: { Agents: { Type: 'Number', Default: 2 } },
  Resources: {
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.1.0.0/16' } },
    Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.1.1.0/24' } },
    Kept: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' },
    Bucket: { Type: 'AWS::S3::Bucket' },
    Launch: {
      Type: 'AWS::AutoScaling::LaunchConfiguration',
      Properties: { ImageId: 'ami-12345678', UserData: { Ref: 'Kept' } },
    },
    MasterGroup: group(1),
    AgentGroup: group({ Ref: 'Agents' }),
  },
}

function group(count: unknown) {
  return {
    Type: 'AWS::AutoScaling::AutoScalingGroup',
    Properties: {
      MinSize: count,
      MaxSize: count,
      LaunchConfigurationName: { Ref: 'Launch' },
      VPCZoneIdentifier: [{ Ref: 'Subnet' }],
    },
    CreationPolicy: { ResourceSignal: { Count: count, Timeout: 'PT45M' } },
  }
}

const input = (over: Partial<CreateStackCommandInput> = {}): CreateStackCommandInput => ({
  StackName: 'one',
  TemplateBody: JSON.stringify(template),
  ...over,
})

async function bucketOf(
  cloud: ReturnType<typeof rehearse>,
  stack: string,
  resource: string,
): Promise<string> {
  const { StackResources } = await cloud.cloudFormation.send(
    new DescribeStackResourcesCommand({ StackName: stack, LogicalResourceId: resource }),
  )
  return StackResources![0]!.PhysicalResourceId!
}

lifecycle('a failure cancels what is in progress, names the first cause, and rolls back', async () => {
  const { cloudFormation, remove } = rehearse({ fail: [{ resource: 'Subnet', reason: 'The CIDR is taken' }] })
  await cloudFormation.send(new CreateStackCommand(input()))
  assert.is((await settled(cloudFormation, 'one')).StackStatus, 'ROLLBACK_COMPLETE')
  const all = await events(cloudFormation, 'one')
  const failures = all.filter(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')
  assert.equal(
    [failures[0]!.LogicalResourceId, failures[0]!.ResourceStatusReason],
    ['Subnet', 'The CIDR is taken'],
  )
  assert.ok(
    failures
      .slice(1)
      .every(({ ResourceStatusReason }) => ResourceStatusReason === 'Resource creation cancelled'),
  )
  const rollback = all.find(({ ResourceStatus }) => ResourceStatus === 'ROLLBACK_IN_PROGRESS')!
  assert.match(
    rollback.ResourceStatusReason!,
    /^The following resource\(s\) failed to create: \[Subnet.*\]\. Rollback requested by user\.$/,
  )
  assert.not.ok(
    all.some(({ LogicalResourceId }) => LogicalResourceId === 'AgentGroup'),
    'nothing begins after a failure',
  )
  assert.ok(
    all.some((event) => event.LogicalResourceId === 'Vpc' && event.ResourceStatus === 'DELETE_COMPLETE'),
  )
  // From there the stack can only be deleted.
  const again = await refused(cloudFormation.send(new CreateStackCommand(input())))
  assert.is(again.name, 'AlreadyExistsException')
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'one' }))
  await settled(cloudFormation, rollback.StackId!)
  assert.match((await refused(describe(cloudFormation, 'one'))).message, /^Stack with id one does not exist$/)
  remove()
})

lifecycle(
  'a failed creation keeps retained buckets; on request it removes them, if nothing was written into them',
  async () => {
    for (const [RetainExceptOnCreate, resource, status] of [
      [false, 'AgentGroup', 'ROLLBACK_COMPLETE'],
      [true, 'Subnet', 'ROLLBACK_COMPLETE'],
      // The masters were up and had written.
      [true, 'AgentGroup', 'ROLLBACK_FAILED'],
    ] as const) {
      const cloud = rehearse({ fail: [{ resource }] })
      const { cloudFormation, s3, remove } = cloud
      await cloudFormation.send(new CreateStackCommand(input({ RetainExceptOnCreate })))
      assert.is((await settled(cloudFormation, 'one')).StackStatus, status)
      const Bucket = await bucketOf(cloud, 'one', 'Kept')
      const head = s3.send(new HeadBucketCommand({ Bucket }))
      if (resource === 'Subnet') assert.is((await refused(head)).name, 'NotFound')
      else await head
      if (resource === 'AgentGroup') {
        const failed = (await events(cloudFormation, 'one')).find(
          ({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED',
        )!
        assert.is(
          failed.ResourceStatusReason,
          'Received 1 FAILURE signal(s) out of 2.  Unable to satisfy 100% MinSuccessfulInstancesPercent requirement',
        )
      }
      remove()
    }
  },
)

lifecycle('OnFailure and DisableRollback decide what happens to a failed stack', async () => {
  const fail = [{ resource: 'Subnet' }]
  for (const [over, status] of [
    [{ OnFailure: 'DELETE' }, 'DELETE_COMPLETE'],
    [{ OnFailure: 'DO_NOTHING' }, 'CREATE_FAILED'],
    [{ DisableRollback: true }, 'CREATE_FAILED'],
    [{ DisableRollback: false }, 'ROLLBACK_COMPLETE'],
  ] as const) {
    const { cloudFormation, remove } = rehearse({ fail })
    const { StackId } = await cloudFormation.send(new CreateStackCommand(input(over)))
    assert.is((await settled(cloudFormation, StackId!)).StackStatus, status)
    remove()
  }
})

lifecycle('a key that does not exist is noticed only after the request was accepted', async () => {
  const { cloudFormation, remove } = rehearse()
  const body = {
    ...template,
    Parameters: { ...template.Parameters, KeyName: { Type: 'AWS::EC2::KeyPair::KeyName' } },
  }
  const parameters = [{ ParameterKey: 'KeyName', ParameterValue: 'gone' }]
  await cloudFormation.send(
    new CreateStackCommand(input({ TemplateBody: JSON.stringify(body), Parameters: parameters })),
  )
  await settled(cloudFormation, 'one')
  const told = (await events(cloudFormation, 'one')).map((event) =>
    `${event.ResourceStatus} ${event.ResourceStatusReason ?? ''}`.trim(),
  )
  assert.equal(told, [
    'CREATE_IN_PROGRESS User Initiated',
    'ROLLBACK_IN_PROGRESS Parameter validation failed: parameter value gone for parameter name KeyName does not exist. Rollback requested by user.',
    'ROLLBACK_COMPLETE',
  ])
  remove()
})

lifecycle(
  'a bucket that is not empty stops its deletion, until it is emptied, retained or forced',
  async () => {
    for (const way of ['empty', 'retain', 'force'] as const) {
      const cloud = rehearse()
      const { cloudFormation, s3, remove } = cloud
      const { StackId: StackName } = await cloudFormation.send(new CreateStackCommand(input()))
      await settled(cloudFormation, StackName!)
      const Bucket = await bucketOf(cloud, 'one', 'Bucket')
      await s3.send(new PutObjectCommand({ Bucket, Key: 'left', Body: 'over' }))
      const early = await refused(
        cloudFormation.send(new DeleteStackCommand({ StackName, RetainResources: ['Bucket'] })),
      )
      assert.match(early.message, /only when the stack is in the DELETE_FAILED state/)
      await cloudFormation.send(new DeleteStackCommand({ StackName }))
      const failed = await settled(cloudFormation, StackName!)
      assert.equal(
        [failed.StackStatus, failed.StackStatusReason],
        ['DELETE_FAILED', 'The following resource(s) failed to delete: [Bucket].'],
      )
      if (way === 'empty') await s3.send(new DeleteObjectCommand({ Bucket, Key: 'left' }))
      await cloudFormation.send(
        new DeleteStackCommand({
          StackName,
          ...(way === 'retain' ? { RetainResources: ['Bucket'] } : {}),
          ...(way === 'force' ? { DeletionMode: 'FORCE_DELETE_STACK' as const } : {}),
        }),
      )
      assert.is((await settled(cloudFormation, StackName!)).StackStatus, 'DELETE_COMPLETE')
      const head = s3.send(new HeadBucketCommand({ Bucket }))
      if (way === 'empty') assert.is((await refused(head)).name, 'NotFound')
      else await head
      remove()
    }
  },
)

lifecycle('a deletion interrupts a creation; what had not begun never begins', async () => {
  const { cloudFormation, remove } = rehearse({ speed: FAST / 4 })
  const { StackId: StackName } = await cloudFormation.send(new CreateStackCommand(input()))
  while (
    !(await events(cloudFormation, StackName!)).some(
      ({ LogicalResourceId }) => LogicalResourceId === 'Subnet',
    )
  ) {}
  await cloudFormation.send(new DeleteStackCommand({ StackName, ClientRequestToken: 'token-1' }))
  await cloudFormation.send(new DeleteStackCommand({ StackName }))
  assert.is((await settled(cloudFormation, StackName!)).StackStatus, 'DELETE_COMPLETE')
  const all = await events(cloudFormation, StackName!)
  const begun = all.findIndex(({ ResourceStatus }) => ResourceStatus === 'DELETE_IN_PROGRESS')
  assert.not.ok(all.slice(begun).some(({ ResourceStatus }) => ResourceStatus!.startsWith('CREATE')))
  assert.is(
    all.filter((event) => event.LogicalResourceId === 'one' && event.ResourceStatus === 'DELETE_IN_PROGRESS')
      .length,
    1,
  )
  assert.is(all[begun]!.ClientRequestToken, 'token-1')
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'never-there' }))
  remove()
})

lifecycle('a name is free again after the deletion; the old stack is still found by its id', async () => {
  const { cloudFormation, remove } = rehearse()
  const small = JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } } })
  const first = await cloudFormation.send(
    new CreateStackCommand(input({ TemplateBody: small, ClientRequestToken: 'a' })),
  )
  const repeated = await cloudFormation.send(
    new CreateStackCommand(input({ TemplateBody: small, ClientRequestToken: 'a' })),
  )
  assert.is(repeated.StackId, first.StackId, 'the same token creates one stack')
  assert.is(
    (
      await refused(
        cloudFormation.send(new CreateStackCommand(input({ TemplateBody: small, ClientRequestToken: 'b' }))),
      )
    ).message,
    'Stack [one] already exists',
  )
  await settled(cloudFormation, 'one')
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'one' }))
  await settled(cloudFormation, first.StackId!)
  const second = await cloudFormation.send(new CreateStackCommand(input({ TemplateBody: small })))
  assert.is.not(second.StackId, first.StackId)
  await settled(cloudFormation, 'one')
  assert.equal(
    (await cloudFormation.send(new DescribeStacksCommand({}))).Stacks!.map(({ StackId }) => StackId),
    [second.StackId],
  )
  const { StackSummaries } = await cloudFormation.send(
    new ListStacksCommand({ StackStatusFilter: ['DELETE_COMPLETE'] }),
  )
  assert.equal(
    StackSummaries!.map(({ StackId }) => StackId),
    [first.StackId],
  )
  remove()
})

lifecycle('a protected stack is not deleted', async () => {
  const { cloudFormation, remove } = rehearse()
  await cloudFormation.send(new CreateStackCommand(input({ EnableTerminationProtection: true })))
  await settled(cloudFormation, 'one')
  const answer = await refused(cloudFormation.send(new DeleteStackCommand({ StackName: 'one' })))
  assert.is(answer.message, 'Stack [one] cannot be deleted while TerminationProtection is enabled')
  await cloudFormation.send(
    new UpdateTerminationProtectionCommand({ StackName: 'one', EnableTerminationProtection: false }),
  )
  assert.is((await describe(cloudFormation, 'one')).EnableTerminationProtection, false)
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'one' }))
  remove()
})

lifecycle('missing signals, or signals from elsewhere, decide about a resource', async () => {
  const lone = (Timeout: string) =>
    JSON.stringify({
      Resources: {
        Role: { Type: 'AWS::SNS::Topic', CreationPolicy: { ResourceSignal: { Count: 1, Timeout } } },
      },
    })
  const { cloudFormation, remove } = rehearse()
  await cloudFormation.send(
    new CreateStackCommand(input({ StackName: 'silent', TemplateBody: lone('PT5M') })),
  )
  assert.is((await settled(cloudFormation, 'silent')).StackStatus, 'ROLLBACK_COMPLETE')
  const late = (await events(cloudFormation, 'silent')).find(
    ({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED',
  )!
  assert.is(late.ResourceStatusReason, 'Failed to receive 1 resource signal(s) within the specified duration')
  await cloudFormation.send(new CreateStackCommand(input({ StackName: 'told', TemplateBody: lone('PT12H') })))
  while (
    !(await events(cloudFormation, 'told')).some(
      ({ ResourceStatusReason }) => ResourceStatusReason === 'Resource creation Initiated',
    )
  ) {}
  await cloudFormation.send(
    new SignalResourceCommand({
      StackName: 'told',
      LogicalResourceId: 'Role',
      UniqueId: 'me',
      Status: 'SUCCESS',
    }),
  )
  assert.is((await settled(cloudFormation, 'told')).StackStatus, 'CREATE_COMPLETE')
  remove()
})

lifecycle('a bucket whose name is taken fails the stack, and is left alone by its rollback', async () => {
  const { cloudFormation, s3, remove } = rehearse()
  const TemplateBody = JSON.stringify({
    Resources: {
      Bucket: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', Properties: { BucketName: 'mine' } },
    },
  })
  const first = await cloudFormation.send(new CreateStackCommand(input({ TemplateBody })))
  await settled(cloudFormation, 'one')
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'one' }))
  await settled(cloudFormation, first.StackId!)
  await cloudFormation.send(new CreateStackCommand(input({ TemplateBody })))
  assert.is((await settled(cloudFormation, 'one')).StackStatus, 'ROLLBACK_COMPLETE')
  const failed = (await events(cloudFormation, 'one')).find(
    ({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED',
  )!
  assert.is(failed.ResourceStatusReason, 'mine already exists')
  await s3.send(new HeadBucketCommand({ Bucket: 'mine' }))
  remove()
})

lifecycle('a stack that exceeds its timeout is rolled back', async () => {
  const { cloudFormation, remove } = rehearse()
  await cloudFormation.send(new CreateStackCommand(input({ TimeoutInMinutes: 3 })))
  assert.is((await settled(cloudFormation, 'one')).StackStatus, 'ROLLBACK_COMPLETE')
  const told = (await events(cloudFormation, 'one')).map(({ ResourceStatusReason }) => ResourceStatusReason)
  assert.ok(told.includes('Stack creation time exceeded the specified timeout. Rollback requested by user.'))
  remove()
})

lifecycle.run()
