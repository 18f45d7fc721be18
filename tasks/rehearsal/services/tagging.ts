import { ACCOUNT } from '../stack/model.ts'
import { AwsError } from '../wire/errors.ts'
import type { JsonCall } from './call.ts'
import { loose, stacked } from './ec2/inventory.ts'

interface Tagged {
  arn: string
  tags: Record<string, string>
}

/** EC2's name in an ARN for a type of resource in stacks. */
const ec2Types: Record<string, string> = {
  'AWS::EC2::InternetGateway': 'internet-gateway',
  'AWS::EC2::LaunchTemplate': 'launch-template',
  'AWS::EC2::NatGateway': 'natgateway',
  'AWS::EC2::RouteTable': 'route-table',
  'AWS::EC2::SecurityGroup': 'security-group',
  'AWS::EC2::Subnet': 'subnet',
  'AWS::EC2::VPC': 'vpc',
}

/** The Resource Groups Tagging API over stacks, buckets, key pairs and the network: all in one page, and without delay. */
export function tagging(action: string, call: JsonCall): object {
  if (action !== 'GetResources') throw new AwsError('UnknownOperationException', '')
  const { TagFilters = [] } = call.input as { TagFilters?: { Key: string; Values?: string[] }[] }
  const passes = ({ tags }: Tagged) =>
    TagFilters.every(({ Key, Values = [] }) => {
      const value = tags[Key]
      return value !== undefined && (Values.length === 0 || Values.includes(value))
    })
  return {
    PaginationToken: '',
    ResourceTagMappingList: everything(call)
      .filter(passes)
      .map(({ arn, tags }) => ({
        ResourceARN: arn,
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      })),
  }
}

function everything(call: JsonCall): Tagged[] {
  const { cloud, now, region, world } = call
  const inEc2 = (kind: string, id: string) => `arn:aws:ec2:${region}:${ACCOUNT}:${kind}/${id}`
  const stacks = cloud
    .records(world)
    .filter((one) => one.region === region && cloud.status(world, one, now) !== 'DELETE_COMPLETE')
    .map((one) => ({ arn: one.id, tags: cloud.specification(world, one, now)?.tags ?? {} }))
  const network = Object.entries(ec2Types).flatMap(([type, kind]) =>
    stacked(call, type).map(({ incarnation, tags }) => ({ arn: inEc2(kind, incarnation.physicalId), tags })),
  )
  const beside = (['security-group', 'network-interface', 'volume'] as const).flatMap((kind) =>
    loose(call, kind).map(({ id, tags }) => ({ arn: inEc2(kind, id), tags })),
  )
  const keyPairs = [...world.keyPairs.values()]
    .filter((pair) => pair.region === region)
    .map((pair) => ({ arn: inEc2('key-pair', pair.id), tags: world.tags.get(pair.id) ?? pair.tags }))
  const buckets = cloud
    .buckets(world, now)
    .filter((bucket) => bucket.region === region)
    .map(({ name, tags }) => ({ arn: `arn:aws:s3:::${name}`, tags }))
  return [...stacks, ...network, ...beside, ...keyPairs, ...buckets]
}
