import { paginateDescribeInstances } from '@aws-sdk/client-ec2'
import type { Aws } from './clients.ts'
import { ec2 } from './ec2.ts'
import { tagValue } from './ownership.ts'

/** What Auto Scaling marks the instances with that it launches (its User Guide, "Tag lifecycle"). */
export const GROUP_TAG = 'aws:autoscaling:groupName'

/** The ids of the instances that these Auto Scaling groups launched and that are not terminated. */
export async function launchedBy(aws: Aws, groups: readonly string[]): Promise<string[]> {
  if (groups.length === 0) return []
  const Filters = [
    { Name: `tag:${GROUP_TAG}`, Values: [...groups] },
    { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
  ]
  const found: string[] = []
  for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2(aws) }, { Filters })) {
    // Judged again here: an emulator may not know the filter.
    for (const { InstanceId, Tags } of Reservations.flatMap(({ Instances = [] }) => Instances))
      if (InstanceId && groups.includes(tagValue(Tags, GROUP_TAG) ?? '')) found.push(InstanceId)
  }
  return found
}
