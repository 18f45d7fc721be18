import { type Filter, paginateDescribeInstances, type Instance as SdkInstance } from '@aws-sdk/client-ec2'
import type { Aws } from './clients.ts'
import { ec2 } from './ec2.ts'
import { tagValue } from './ownership.ts'

/** What Auto Scaling marks the instances with that it launches (its User Guide, "Tag lifecycle"). */
export const GROUP_TAG = 'aws:autoscaling:groupName'

/** The states of an instance that is not terminated, nor about to be. */
const ALIVE = ['pending', 'running', 'stopping', 'stopped']

export interface Instance {
  id: string
  /** `pending`, `running`, `stopping`, `stopped`. */
  state: string
  privateAddress: string | undefined
  publicAddress: string | undefined
  zone: string | undefined
  image: string | undefined
  /** The Auto Scaling group that launched it. */
  group: string | undefined
}

/** The ids of the instances that these Auto Scaling groups launched and that are not terminated. */
export async function launchedBy(aws: Aws, groups: readonly string[]): Promise<string[]> {
  return (await instancesOf(aws, groups, [])).map(({ id }) => id)
}

/** The instances that these Auto Scaling groups launched, and those of these ids, that are not terminated. */
export async function instancesOf(
  aws: Aws,
  groups: readonly string[],
  ids: readonly string[],
): Promise<Instance[]> {
  const questions = [
    ...(groups.length > 0 ? [{ Name: `tag:${GROUP_TAG}`, Values: [...groups] }] : []),
    ...(ids.length > 0 ? [{ Name: 'instance-id', Values: [...ids] }] : []),
  ]
  const found = (await Promise.all(questions.map((question) => ask(aws, question)))).flat()
  // Judged again here: an emulator may not know the filter.
  return found.filter(({ group, id }) => ids.includes(id) || (group !== undefined && groups.includes(group)))
}

async function ask(aws: Aws, question: Filter): Promise<Instance[]> {
  const Filters = [question, { Name: 'instance-state-name', Values: ALIVE }]
  const found: Instance[] = []
  for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2(aws) }, { Filters })) {
    for (const one of Reservations.flatMap(({ Instances = [] }) => Instances))
      if (one.InstanceId) found.push(instanceFrom(one.InstanceId, one))
  }
  return found
}

function instanceFrom(id: string, one: SdkInstance): Instance {
  return {
    id,
    state: one.State?.Name ?? '',
    privateAddress: one.PrivateIpAddress || undefined,
    publicAddress: one.PublicIpAddress || undefined,
    zone: one.Placement?.AvailabilityZone || undefined,
    image: one.ImageId || undefined,
    group: tagValue(one.Tags, GROUP_TAG),
  }
}
