import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
} from '@aws-sdk/client-cloudformation'
import {
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateVolumeCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  DeleteVolumeCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { events, refused, rehearse, settled } from './fixture.ts'

const blockers = suite('rehearsal: what blocks a deletion')

const template = JSON.stringify({
  Resources: {
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.0.1.0/24' } },
    Inside: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: { VpcId: { Ref: 'Vpc' }, GroupDescription: 'inside' },
    },
    Agents: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: { MinSize: 2, VPCZoneIdentifier: [{ Ref: 'Subnet' }] },
    },
  },
})

async function stand() {
  const cloud = rehearse()
  const { StackId } = await cloud.cloudFormation.send(
    new CreateStackCommand({ StackName: 's', TemplateBody: template, Tags: [{ Key: 'owner', Value: 'me' }] }),
  )
  await settled(cloud.cloudFormation, 's')
  const { StackResources } = await cloud.cloudFormation.send(
    new DescribeStackResourcesCommand({ StackName: 's' }),
  )
  const id = (name: string) =>
    StackResources!.find((one) => one.LogicalResourceId === name)!.PhysicalResourceId!
  const remove = async () => {
    await cloud.cloudFormation.send(new DeleteStackCommand({ StackName: StackId }))
    return settled(cloud.cloudFormation, StackId!)
  }
  return { ...cloud, id, remove, clean: cloud.remove, StackId: StackId! }
}

const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] })

blockers('a group and a load balancer created by agents keep the network, and are named', async () => {
  const { ec2, cloudFormation, id, remove, clean, StackId } = await stand()
  const vpc = id('Vpc')
  const { GroupId } = await ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: 'k8s-elb-a1',
      Description: 'for a load balancer',
      VpcId: vpc,
      TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'kubernetes', Value: 'owned' }] }],
    }),
  )
  const balancer = await ec2.send(
    new CreateNetworkInterfaceCommand({
      SubnetId: id('Subnet'),
      Groups: [GroupId!],
      Description: 'ELB net/edge/0123456789abcdef',
    }),
  )
  assert.is(balancer.NetworkInterface!.VpcId, vpc)
  const failed = await remove()
  assert.equal(
    [failed.StackStatus, failed.StackStatusReason],
    ['DELETE_FAILED', 'The following resource(s) failed to delete: [Subnet].'],
  )
  const reason = (await events(cloudFormation, StackId)).find(
    (one) => one.ResourceStatus === 'DELETE_FAILED',
  )!
  assert.match(
    reason.ResourceStatusReason!,
    `Resource handler returned message: "The subnet '${id('Subnet')}' has dependencies and cannot be deleted. (Service: Ec2, Status Code: 400)"`,
  )
  const found = await ec2.send(new DescribeNetworkInterfacesCommand(filter('vpc-id', vpc)))
  assert.equal(
    found.NetworkInterfaces!.map(({ Description, InterfaceType, RequesterManaged }) => [
      Description,
      InterfaceType,
      RequesterManaged,
    ]),
    [['ELB net/edge/0123456789abcdef', 'network_load_balancer', true]],
  )
  const early = await refused(ec2.send(new DeleteSecurityGroupCommand({ GroupId })))
  assert.equal(
    [early.name, early.message],
    ['DependencyViolation', `resource ${GroupId} has a dependent object`],
  )
  await ec2.send(
    new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: balancer.NetworkInterface!.NetworkInterfaceId }),
  )
  const next = await remove()
  assert.is(next.StackStatusReason, 'The following resource(s) failed to delete: [Vpc].')
  const groups = await ec2.send(new DescribeSecurityGroupsCommand(filter('vpc-id', vpc)))
  assert.equal(
    groups.SecurityGroups!.map(({ GroupName, Tags }) => [GroupName, Tags]),
    [['k8s-elb-a1', [{ Key: 'kubernetes', Value: 'owned' }]]],
  )
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId }))
  assert.is((await remove()).StackStatus, 'DELETE_COMPLETE')
  clean()
})

blockers('the resources of a stack, and the volumes, can be found by tag', async () => {
  const { ec2, id, remove, clean } = await stand()
  const own = await ec2.send(
    new DescribeSecurityGroupsCommand(filter('tag:aws:cloudformation:stack-name', 's')),
  )
  assert.equal(
    own.SecurityGroups!.map(({ GroupId }) => GroupId),
    [id('Inside')],
  )
  assert.ok(own.SecurityGroups![0]!.Tags!.some(({ Key, Value }) => Key === 'owner' && Value === 'me'))
  const taken = await refused(
    ec2.send(new CreateSecurityGroupCommand({ GroupName: 'x', Description: 'x', VpcId: 'vpc-none' })),
  )
  assert.is(taken.name, 'InvalidVpcID.NotFound')
  assert.is((await ec2.send(new DescribeVolumesCommand(filter('status', 'in-use')))).Volumes!.length, 2)
  const { VolumeId } = await ec2.send(
    new CreateVolumeCommand({
      AvailabilityZone: 'eu-west-1a',
      Size: 20,
      TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'KubernetesCluster', Value: 's' }] }],
    }),
  )
  assert.is((await remove()).StackStatus, 'DELETE_COMPLETE')
  const left = await ec2.send(new DescribeVolumesCommand(filter('tag:KubernetesCluster', 's')))
  assert.equal(
    left.Volumes!.map((one) => [one.VolumeId, one.Size, one.State]),
    [[VolumeId, 20, 'available']],
  )
  await ec2.send(new DeleteVolumeCommand({ VolumeId }))
  assert.is((await ec2.send(new DescribeVolumesCommand({}))).Volumes!.length, 0)
  assert.is((await refused(ec2.send(new DeleteVolumeCommand({ VolumeId })))).name, 'InvalidVolume.NotFound')
  clean()
})

blockers.run()
