import { paginateDescribeInstances } from '@aws-sdk/client-ec2'
import type { Aws } from './clients.ts'
import { ec2 } from './ec2.ts'
import { POOL_TAG, tagValue } from './ownership.ts'

/** The tag that Auto Scaling sets on the instances it launches (its User Guide, "Tag lifecycle"). */
export const GROUP_TAG = 'aws:autoscaling:groupName'

export interface Instance {
  id: string
  /** The Auto Scaling group that launched it. */
  group: string
  privateIp: string
  /** Undefined if it has none. */
  publicIp: string | undefined
  zone: string
  image: string
  /** Its pool in `agents.pools`, if any. */
  pool: string | undefined
  /** `running`, `pending`, `stopping` or `stopped`. */
  state: string
}

/** The ids of the instances that these Auto Scaling groups launched and that are not terminated. */
export async function launchedBy(aws: Aws, groups: readonly string[]): Promise<string[]> {
  return (await instancesOf(aws, groups)).map(({ id }) => id)
}

/** The instances that these Auto Scaling groups launched and that are not terminated. */
export async function instancesOf(aws: Aws, groups: readonly string[]): Promise<Instance[]> {
  if (groups.length === 0) return []
  const Filters = [
    { Name: `tag:${GROUP_TAG}`, Values: [...groups] },
    { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
  ]
  const found: Instance[] = []
  for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2(aws) }, { Filters })) {
    // Checked again here: an emulator may not know the filter.
    for (const one of Reservations.flatMap(({ Instances = [] }) => Instances)) {
      const group = tagValue(one.Tags, GROUP_TAG) ?? ''
      if (!one.InstanceId || !groups.includes(group)) continue
      found.push({
        id: one.InstanceId,
        group,
        privateIp: one.PrivateIpAddress ?? '',
        publicIp: one.PublicIpAddress || undefined,
        zone: one.Placement?.AvailabilityZone ?? '',
        image: one.ImageId ?? '',
        pool: tagValue(one.Tags, POOL_TAG),
        state: one.State?.Name ?? '',
      })
    }
  }
  return found
}
