import {
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  SignalResourceCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2'
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Fault } from '../../tasks/rehearsal/index.ts'
import { describe, events, refused, rehearse, settled } from './fixture.ts'

const nested = suite('rehearsal: nested stacks')

const leaf = (text: string, more = {}) => ({
  Parameters: { Text: { Type: 'String' } },
  Resources: {
    Topic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: { 'Fn::Sub': `${text} \${Text}` } } },
    Bucket: { Type: 'AWS::S3::Bucket' },
    ...more,
  },
  Outputs: { Topic: { Value: { Ref: 'Topic' } }, Text: { Value: { 'Fn::Sub': `${text} \${Text}` } } },
})

const middle = {
  Resources: {
    Leaf: {
      Type: 'AWS::CloudFormation::Stack',
      Properties: { TemplateURL: url('leaf.json'), Parameters: { Text: 'deep' } },
    },
  },
  Outputs: { Topic: { Value: { 'Fn::GetAtt': ['Leaf', 'Outputs.Topic'] } } },
}

const root = (text: string) =>
  JSON.stringify({
    Resources: {
      Middle: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: url('middle.json') } },
      Leaf: {
        Type: 'AWS::CloudFormation::Stack',
        Properties: { TemplateURL: url('leaf.json'), Parameters: { Text: text } },
      },
      User: {
        Type: 'AWS::SNS::Topic',
        Properties: { DisplayName: { 'Fn::GetAtt': ['Leaf', 'Outputs.Text'] } },
      },
      Last: {
        Type: 'AWS::SQS::Queue',
        DependsOn: ['User', 'Middle'],
        Properties: { Tags: [{ Key: 't', Value: text }] },
      },
    },
    Outputs: {
      Deep: { Value: { 'Fn::GetAtt': ['Middle', 'Outputs.Topic'] } },
      Text: { Value: { 'Fn::GetAtt': ['Leaf', 'Outputs.Text'] } },
    },
  })

function url(key: string): string {
  return `https://s3.eu-west-1.amazonaws.com/templates/${key}`
}

async function prepare(fail: Fault[] = [], folder?: string) {
  const cloud = rehearse({ fail, ...(folder ? { folder } : {}) })
  const put = (Key: string, template: object) =>
    cloud.s3.send(new PutObjectCommand({ Bucket: 'templates', Key, Body: JSON.stringify(template) }))
  if (!folder) {
    await cloud.s3.send(
      new CreateBucketCommand({
        Bucket: 'templates',
        CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
      }),
    )
    await put('leaf.json', leaf('first'))
    await put('middle.json', middle)
  }
  const { cloudFormation } = cloud
  const create = async (over: Partial<CreateStackCommandInput> = {}) => {
    await cloudFormation.send(new CreateStackCommand({ StackName: 'r', TemplateBody: root('one'), ...over }))
    return settled(cloudFormation, 'r')
  }
  const child = async (name: string, parent = 'r') => {
    const { StackResources } = await cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: parent, LogicalResourceId: name }),
    )
    return StackResources![0]!.PhysicalResourceId!
  }
  const told = async (name: string) =>
    (await events(cloudFormation, name)).map((one) =>
      [one.LogicalResourceId, one.ResourceStatus, one.ResourceStatusReason].filter(Boolean).join(' '),
    )
  return { ...cloud, put, create, child, told }
}

nested('nested stacks are stacks of their own, and their outputs are used by others', async () => {
  const { cloudFormation, create, child, remove } = await prepare()
  const stack = await create()
  assert.is(stack.StackStatus, 'CREATE_COMPLETE')
  const leafId = await child('Leaf', await child('Middle'))
  const inner = await describe(cloudFormation, leafId)
  assert.equal(
    [inner.StackStatus, inner.ParentId, inner.RootId],
    ['CREATE_COMPLETE', await child('Middle'), stack.StackId],
  )
  assert.match(inner.StackName!, /^r-Middle-[A-Z0-9]{12}-Leaf-[A-Z0-9]{12}$/)
  assert.equal(
    stack.Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
    [
      ['Deep', inner.Outputs!.find(({ OutputKey }) => OutputKey === 'Topic')!.OutputValue],
      ['Text', 'first one'],
    ],
  )
  const all = await cloudFormation.send(new DescribeStacksCommand({}))
  assert.is(all.Stacks!.length, 4)
  assert.is((await describe(cloudFormation, inner.StackName!)).StackId, leafId)
  const alone = await refused(cloudFormation.send(new DeleteStackCommand({ StackName: leafId })))
  assert.match(alone.message, /is nested/)
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'r' }))
  assert.is((await settled(cloudFormation, stack.StackId!)).StackStatus, 'DELETE_COMPLETE')
  assert.is((await describe(cloudFormation, leafId)).StackStatus, 'DELETE_COMPLETE')
  remove()
})

nested('a failure deep down is reported at each level with the text of that level', async () => {
  const { cloudFormation, create, told, remove } = await prepare([
    { resource: 'Bucket', reason: 'Access Denied', times: 1 },
  ])
  await create({ DisableRollback: true })
  const stack = await describe(cloudFormation, 'r')
  assert.is(stack.StackStatus, 'CREATE_FAILED')
  const own = await told('r')
  const failed = own.find((line) => /CREATE_FAILED Embedded stack/.test(line))!
  assert.match(
    failed,
    /^\w+ CREATE_FAILED Embedded stack arn:aws:cloudformation:\S+ was not successfully created: The following resource\(s\) failed to create: \[\w+(, \w+)*\]\.$/,
  )
  const ids = [...failed.matchAll(/arn:\S+/g)].map(([id]) => id)
  assert.is((await describe(cloudFormation, ids[0]!)).StackStatus, 'CREATE_FAILED')
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({}))
  const lines = (await Promise.all(Stacks!.map((one) => told(one.StackId!)))).flat()
  assert.ok(lines.includes('Bucket CREATE_FAILED Access Denied'))
  remove()
})

nested('the rollback of the parent removes the nested stacks', async () => {
  const { cloudFormation, create, told, remove } = await prepare([{ resource: 'Last' }])
  assert.is((await create()).StackStatus, 'ROLLBACK_COMPLETE')
  const own = await told('r')
  assert.ok(own.includes('Leaf DELETE_COMPLETE') && own.includes('Middle DELETE_COMPLETE'))
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({}))
  assert.equal(
    Stacks!.map(({ StackName }) => StackName),
    ['r'],
  )
  remove()
})

nested('what cannot be deleted in a nested stack keeps its parents', async () => {
  const { cloudFormation, create, child, told, s3, remove } = await prepare()
  const { StackId } = await create()
  const leafId = await child('Leaf')
  const Bucket = await child('Bucket', leafId)
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'v' }))
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'r' }))
  assert.is((await settled(cloudFormation, StackId!)).StackStatus, 'DELETE_FAILED')
  assert.ok(
    (await told('r')).includes(
      `Leaf DELETE_FAILED Embedded stack ${leafId} was not successfully deleted: The following resource(s) failed to delete: [Bucket].`,
    ),
  )
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'r', DeletionMode: 'FORCE_DELETE_STACK' }))
  assert.is((await settled(cloudFormation, StackId!)).StackStatus, 'DELETE_COMPLETE')
  remove()
})

nested('an update goes down, and comes back if something fails further on', async () => {
  const made = await prepare()
  await made.create()
  const leafId = await made.child('Leaf')
  const topic = await made.child('Topic', leafId)
  const update = { StackName: 'r', TemplateBody: root('two') }
  const failing = await prepare([{ resource: 'Last' }], made.folder)
  await failing.cloudFormation.send(new UpdateStackCommand(update))
  const back = await settled(made.cloudFormation, 'r')
  assert.is(back.StackStatus, 'UPDATE_ROLLBACK_COMPLETE')
  assert.equal(back.Outputs!.at(-1)!.OutputValue, 'first one')
  assert.is((await describe(made.cloudFormation, leafId)).StackStatus, 'UPDATE_ROLLBACK_COMPLETE')

  await made.cloudFormation.send(new UpdateStackCommand(update))
  const done = await settled(made.cloudFormation, 'r')
  assert.is(done.StackStatus, 'UPDATE_COMPLETE')
  assert.equal(done.Outputs!.at(-1)!.OutputValue, 'first two')
  assert.is(await made.child('Leaf'), leafId, 'it is still the same stack')
  assert.is(await made.child('Topic', leafId), topic)
  assert.is((await describe(made.cloudFormation, leafId)).StackStatus, 'UPDATE_COMPLETE')

  // The same request again, but the nested template has changed meanwhile.
  await made.put('leaf.json', leaf('second', { More: { Type: 'AWS::SNS::Topic' } }))
  await made.cloudFormation.send(new UpdateStackCommand(update))
  const changed = await settled(made.cloudFormation, 'r')
  assert.equal([changed.StackStatus, changed.Outputs!.at(-1)!.OutputValue], ['UPDATE_COMPLETE', 'second two'])
  assert.ok(await made.child('More', leafId))
  made.remove()
})

nested('a missing template, and missing parameters, fail only the nested stack', async () => {
  const { cloudFormation, put, told, remove } = await prepare()
  const body = (Properties: object) =>
    JSON.stringify({ Resources: { Child: { Type: 'AWS::CloudFormation::Stack', Properties } } })
  for (const [name, Properties, reason] of [
    ['a', { TemplateURL: url('gone.json') }, /Child CREATE_FAILED S3 error: Access Denied/],
    ['b', { TemplateURL: url('leaf.json') }, /Child CREATE_FAILED Parameters: \[Text\] must have values/],
    ['c', { TemplateURL: 'file.json' }, /Child CREATE_FAILED TemplateURL must be a supported URL\./],
  ] as const) {
    await cloudFormation.send(new CreateStackCommand({ StackName: name, TemplateBody: body(Properties) }))
    assert.is((await settled(cloudFormation, name)).StackStatus, 'ROLLBACK_COMPLETE')
    assert.match((await told(name)).join('\n'), reason)
  }
  await put('role.json', { Resources: { Role: { Type: 'AWS::IAM::Role' } } })
  await cloudFormation.send(
    new CreateStackCommand({ StackName: 'd', TemplateBody: body({ TemplateURL: url('role.json') }) }),
  )
  await settled(cloudFormation, 'd')
  assert.match((await told('d')).join('\n'), /Child CREATE_FAILED Requires capabilities : \[CAPABILITY_IAM\]/)
  remove()
})

nested('signals reach a resource of a nested stack, and its instances are found', async () => {
  const { cloudFormation, ec2, put, child, remove } = await prepare()
  const CreationPolicy = { ResourceSignal: { Count: 1, Timeout: 'PT12H' } }
  const Agents = { Type: 'AWS::AutoScaling::AutoScalingGroup', Properties: { MinSize: 2 } }
  await put('wait.json', { Resources: { Role: { Type: 'AWS::SNS::Topic', CreationPolicy }, Agents } })
  const Properties = { TemplateURL: url('wait.json') }
  await cloudFormation.send(
    new CreateStackCommand({
      StackName: 'r',
      TemplateBody: JSON.stringify({
        Resources: { Child: { Type: 'AWS::CloudFormation::Stack', Properties } },
      }),
    }),
  )
  let id = ''
  while (!id) id = await child('Child').catch(() => '')
  while (
    !(await events(cloudFormation, id)).some(
      ({ ResourceStatusReason }) => ResourceStatusReason === 'Resource creation Initiated',
    )
  ) {}
  await cloudFormation.send(
    new SignalResourceCommand({
      StackName: id,
      LogicalResourceId: 'Role',
      UniqueId: 'me',
      Status: 'SUCCESS',
    }),
  )
  assert.is((await settled(cloudFormation, 'r')).StackStatus, 'CREATE_COMPLETE')
  const { Reservations } = await ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: 'tag:aws:cloudformation:stack-id', Values: [id] }] }),
  )
  assert.is(Reservations!.length, 2)
  remove()
})

nested.run()
