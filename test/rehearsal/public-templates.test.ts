import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refused, rehearse, settled } from './fixture.ts'

// Features of public templates that a DC/OS template does not use.

const test = suite('rehearsal: templates of others')

async function create(cloud: ReturnType<typeof rehearse>, name: string, TemplateBody: string) {
  const Capabilities = ['CAPABILITY_AUTO_EXPAND' as const]
  await cloud.cloudFormation.send(new CreateStackCommand({ StackName: name, TemplateBody, Capabilities }))
  return settled(cloud.cloudFormation, name)
}

test('an export is imported, and keeps its stack from being deleted', async () => {
  const cloud = rehearse()
  const importer =
    'Resources: { H: { Type: AWS::S3::Bucket, Properties: { Tags: [{ Key: x, Value: !ImportValue ex-one }] } } }'
  assert.match((await refused(create(cloud, 'im', importer))).message, 'No export named ex-one found.')
  await create(
    cloud,
    'ex',
    'Resources: { H: { Type: AWS::S3::Bucket } }\nOutputs: { A: { Value: !Ref H, Export: { Name: ex-one } } }',
  )
  await create(
    cloud,
    'other',
    'Resources: { H: { Type: AWS::SNS::Topic } }\nOutputs: { A: { Value: a, Export: { Name: unused } } }',
  )
  assert.is((await create(cloud, 'im', importer)).StackStatus, 'CREATE_COMPLETE')
  const kept = await refused(cloud.cloudFormation.send(new DeleteStackCommand({ StackName: 'ex' })))
  assert.match(kept.message, 'Export ex-one cannot be deleted as it is in use by im')
  for (const name of ['other', 'im']) {
    await cloud.cloudFormation.send(new DeleteStackCommand({ StackName: name }))
    while (
      (await cloud.cloudFormation
        .send(new DescribeStacksCommand({ StackName: name }))
        .catch(() => undefined)) !== undefined
    );
  }
  await cloud.cloudFormation.send(new DeleteStackCommand({ StackName: 'ex' }))
  cloud.remove()
})

test('a transform is refused as such', async () => {
  const cloud = rehearse()
  for (const body of [
    "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::IGW: [index, [A, B], { 'IGW${index}': { Type: AWS::EC2::InternetGateway } }]\n",
    'Resources: { H: { Type: AWS::S3::Bucket, Properties: { Fn::Transform: { Name: AWS::Include } } } }',
  ])
    assert.match(
      (await refused(create(cloud, 'foreach', body))).message,
      'No transform is available in a rehearsal',
    )
  cloud.remove()
})

test('a mapping is not looked up by an inherited name', async () => {
  const cloud = rehearse()
  for (const [first, second] of [
    ['__proto__', 'toString'],
    ['a', 'constructor'],
    ['constructor', 'name'],
  ]) {
    const body = JSON.stringify({
      Mappings: { M: { a: { b: 'c' } } },
      Resources: { A: { Type: 'AWS::EC2::InternetGateway' } },
      Outputs: { DnsAddress: { Value: { 'Fn::FindInMap': ['M', first, second] } } },
    })
    const error = await refused(create(cloud, 'inherited', body))
    assert.is(error.name, 'ValidationError')
    assert.match(error.message, 'Unable to get mapping for M')
  }
  cloud.remove()
})

test('custom resources with a version, attributes that are lists, and a single instance with a signal due in five minutes come up', async () => {
  const cloud = rehearse()
  const bodies = {
    custom:
      "Resources: { P: { Type: Custom::PasswordPolicy, Version: '1.0', Properties: { ServiceToken: 'arn:aws:lambda:eu-west-1:123456789012:function:f' } } }",
    lists: `Resources:
  VPC: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Six: { Type: AWS::EC2::VPCCidrBlock, Properties: { VpcId: !Ref VPC, AmazonProvidedIpv6CidrBlock: true } }
  Subnet:
    Type: AWS::EC2::Subnet
    DependsOn: Six
    Properties: { VpcId: !Ref VPC, CidrBlock: 10.0.0.0/24, Ipv6CidrBlock: !Select [0, !Cidr [!Select [0, !GetAtt VPC.Ipv6CidrBlocks], 4, 64]] }
`,
    instance:
      'Resources:\n  Server:\n    Type: AWS::EC2::Instance\n    CreationPolicy: { ResourceSignal: { Timeout: PT5M } }\n    Properties: { ImageId: ami-0123456789abcdef0, InstanceType: t3.micro }\n',
  }
  for (const [name, body] of Object.entries(bodies))
    assert.is((await create(cloud, name, body)).StackStatus, 'CREATE_COMPLETE', name)
  cloud.remove()
})

test('tags of a wrong type fail their resource, and the stack can be deleted', async () => {
  const cloud = rehearse()
  const stack = await create(
    cloud,
    'tags',
    'Resources: { B: { Type: AWS::S3::Bucket, Properties: { Tags: { Owner: me } } } }',
  )
  assert.is(stack.StackStatus, 'ROLLBACK_COMPLETE')
  const { StackEvents } = await cloud.cloudFormation.send(
    new DescribeStackEventsCommand({ StackName: 'tags' }),
  )
  const failed = StackEvents!.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')
  assert.match(failed!.ResourceStatusReason!, '#/Tags: expected type: JSONArray')
  await cloud.cloudFormation.send(new DeleteStackCommand({ StackName: 'tags' }))
  cloud.remove()
})

test.run()
