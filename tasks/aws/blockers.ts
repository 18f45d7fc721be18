import {
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2'
import type { Aws } from './clients.ts'
import { ec2 } from './ec2.ts'
import { GROUP_TAG } from './instances.ts'
import { CLUSTER_TAG, tagValue } from './ownership.ts'

/**
 * What is in a VPC besides the stack's own resources, in the user's words: load balancers and security groups created there
 * by the cluster's agents or by hand. CloudFormation only says that the VPC "has dependencies".
 */
export async function blockersIn(aws: Aws, vpc: string, ofStack: ReadonlySet<string>): Promise<string[]> {
  const Filters = [{ Name: 'vpc-id', Values: [vpc] }]
  const [interfaces, groups] = await Promise.all([
    ec2(aws).send(new DescribeNetworkInterfacesCommand({ Filters })),
    ec2(aws).send(new DescribeSecurityGroupsCommand({ Filters })),
  ])
  const ids = (interfaces.NetworkInterfaces ?? []).flatMap(({ Attachment }) => Attachment?.InstanceId ?? [])
  const machines = await machinesOf(aws, ids, ofStack)
  const found = new Set<string>()
  for (const one of interfaces.NetworkInterfaces ?? []) {
    const instance = one.Attachment?.InstanceId
    // The interfaces of a load balancer are described as "ELB NAME" (classic) or "ELB app/NAME/ID", "ELB net/NAME/ID".
    const [, path, balancer] = /^ELB ((?:app\/|net\/|gwy\/)?([^/]+).*)$/.exec(one.Description ?? '') ?? []
    const names = [one.NetworkInterfaceId, balancer, ...idsIn(one.Description)]
    if (names.some((name) => name && ofStack.has(name)) || (path && isBalancerOf(ofStack, path))) continue
    if (balancer) found.add(`load balancer ${balancer}`)
    else if (instance) {
      if (!machines.has(instance)) found.add(`instance ${instance}`)
    } else
      found.add(
        `network interface ${one.NetworkInterfaceId}${one.Description ? ` (${one.Description})` : ''}`,
      )
  }
  for (const { GroupId, GroupName } of groups.SecurityGroups ?? []) {
    // Every VPC has a default group, which is deleted with it.
    if (GroupId && GroupName !== 'default' && !ofStack.has(GroupId))
      found.add(`security group ${GroupId} (${GroupName})`)
  }
  return [...found]
}

/** Whether this is a load balancer of the stack, where newer ones have their ARN as physical id. */
function isBalancerOf(ofStack: ReadonlySet<string>, path: string): boolean {
  return [...ofStack].some((id) => id.endsWith(`:loadbalancer/${path}`))
}

/** The ids that a description names: `Interface for NAT Gateway nat-0123456789abcdef0`. */
function idsIn(description = ''): string[] {
  return description.match(/\b[a-z]+-[0-9a-f]{8,17}\b/g) ?? []
}

/** The instances that belong to the stack, or that one of its Auto Scaling groups launched. */
async function machinesOf(
  aws: Aws,
  InstanceIds: string[],
  ofStack: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const others = InstanceIds.filter((id) => !ofStack.has(id))
  if (others.length === 0) return new Set(InstanceIds)
  const { Reservations } = await ec2(aws).send(new DescribeInstancesCommand({ InstanceIds: others }))
  const launched = (Reservations ?? [])
    .flatMap(({ Instances }) => Instances ?? [])
    .filter(({ Tags }) => ofStack.has(tagValue(Tags, GROUP_TAG) ?? ''))
    .flatMap(({ InstanceId }) => InstanceId ?? [])
  return new Set([...InstanceIds.filter((id) => ofStack.has(id)), ...launched])
}

/** Unattached volumes that carry the cluster's tag: its agents created them, and they outlive the instances. */
export async function strayVolumes(aws: Aws, cluster: string): Promise<string[]> {
  const Filters = [
    { Name: `tag:${CLUSTER_TAG}`, Values: [cluster] },
    { Name: 'status', Values: ['available'] },
  ]
  const { Volumes } = await ec2(aws).send(new DescribeVolumesCommand({ Filters }))
  return (Volumes ?? []).flatMap(({ VolumeId }) => (VolumeId ? [VolumeId] : []))
}
