import { CreateStackCommand } from '@aws-sdk/client-cloudformation'
import { CreateNetworkInterfaceCommand } from '@aws-sdk/client-ec2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { blockersIn } from '../../tasks/aws/blockers.ts'
import { listResources } from '../../tasks/aws/stack/stack.ts'
import { rehearse, settled } from '../rehearsal/fixture.ts'
import { awsThrough } from './wire.ts'

const blockers = suite('aws/blockers')

const Subnets = [{ Ref: 'Subnet' }]
const TemplateBody = JSON.stringify({
  Resources: {
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.0.1.0/24' } },
    Agents: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: { MinSize: 2, VPCZoneIdentifier: Subnets },
    },
    Classic: { Type: 'AWS::ElasticLoadBalancing::LoadBalancer', Properties: { Subnets } },
    Newer: { Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: { Subnets } },
  },
})

blockers("the stack's own resources are not named, those that only look like them are", async () => {
  const { cloudFormation, ec2, rehearsal, remove } = rehearse()
  const aws = awsThrough(rehearsal.requestHandler)
  const { StackId } = await cloudFormation.send(new CreateStackCommand({ StackName: 's', TemplateBody }))
  assert.is((await settled(cloudFormation, 's')).StackStatus, 'CREATE_COMPLETE')
  const existing = await listResources(aws, StackId!)
  const idOf = (wanted: string) => existing.find(({ path }) => path === wanted)!.physicalId
  const descriptions = [
    `ELB ${idOf('Classic')}`,
    `ELB ${idOf('Newer').split(':loadbalancer/')[1]}`,
    `ELB ${idOf('Classic')}2`,
    'ELB net/edge/0123456789abcdef',
  ]
  for (const Description of descriptions)
    await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: idOf('Subnet'), Description }))
  const own = new Set(existing.map(({ physicalId }) => physicalId))
  assert.equal(
    (await blockersIn(aws, idOf('Vpc'), own)).sort(),
    ['load balancer edge', `load balancer ${idOf('Classic')}2`].sort(),
  )
  const all = await blockersIn(aws, idOf('Vpc'), new Set())
  assert.is(all.filter((line) => line.startsWith('instance i-')).length, 2)
  aws.close()
  remove()
})

blockers.run()
