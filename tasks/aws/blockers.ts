import {
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2'
import type { Aws } from './clients.ts'
import { ec2 } from './ec2.ts'
import { CLUSTER_TAG } from './ownership.ts'

/**
 * What stands in a VPC beside the stack, in the user's words: load balancers and security groups that the cluster's own
 * agents (or somebody by hand) made there. CloudFormation only says that the VPC "has dependencies".
 */
export async function blockersIn(aws: Aws, vpc: string, ofStack: ReadonlySet<string>): Promise<string[]> {
  const Filters = [{ Name: 'vpc-id', Values: [vpc] }]
  const [interfaces, groups] = await Promise.all([
    ec2(aws).send(new DescribeNetworkInterfacesCommand({ Filters })),
    ec2(aws).send(new DescribeSecurityGroupsCommand({ Filters })),
  ])
  const found = new Set<string>()
  for (const one of interfaces.NetworkInterfaces ?? []) {
    // The interfaces of a load balancer are described as "ELB NAME" (classic) or "ELB app/NAME/ID", "ELB net/NAME/ID".
    const balancer = /^ELB (?:(?:app|net|gwy)\/)?([^/]+)/.exec(one.Description ?? '')?.[1]
    if (balancer) found.add(`load balancer ${balancer}`)
    else if (one.Attachment?.InstanceId) found.add(`instance ${one.Attachment.InstanceId}`)
    else
      found.add(
        `network interface ${one.NetworkInterfaceId}${one.Description ? ` (${one.Description})` : ''}`,
      )
  }
  for (const { GroupId, GroupName } of groups.SecurityGroups ?? []) {
    // Every VPC has a default group, which goes with it.
    if (GroupId && GroupName !== 'default' && !ofStack.has(GroupId))
      found.add(`security group ${GroupId} (${GroupName})`)
  }
  return [...found]
}

/** Volumes that carry the cluster's tag and are attached to nothing: made by its agents, they outlive the instances. */
export async function strayVolumes(aws: Aws, cluster: string): Promise<string[]> {
  const Filters = [
    { Name: `tag:${CLUSTER_TAG}`, Values: [cluster] },
    { Name: 'status', Values: ['available'] },
  ]
  const { Volumes } = await ec2(aws).send(new DescribeVolumesCommand({ Filters }))
  return (Volumes ?? []).flatMap(({ VolumeId }) => (VolumeId ? [VolumeId] : []))
}
