import {
  DescribeInstanceTypesCommand,
  paginateDescribeInstances,
  paginateDescribeInstanceTypeOfferings,
} from '@aws-sdk/client-ec2'
import type { Aws } from './clients.ts'
import { ec2 } from './ec2.ts'

export interface InstanceType {
  name: string
  vCpus: number
  architectures: string[]
}

/** EC2's description of these types; those that do not exist are left out. */
export async function findInstanceTypes(aws: Aws, names: string[]): Promise<InstanceType[]> {
  const unknown = new Set<string>()
  for (;;) {
    const wanted = names.filter((name) => !unknown.has(name))
    if (wanted.length === 0) return []
    try {
      const { InstanceTypes = [] } = await ec2(aws).send(
        new DescribeInstanceTypesCommand({ InstanceTypes: wanted as never[] }),
      )
      return InstanceTypes.map(({ InstanceType, ProcessorInfo, VCpuInfo }) => ({
        name: InstanceType ?? '',
        vCpus: VCpuInfo?.DefaultVCpus ?? 0,
        architectures: ProcessorInfo?.SupportedArchitectures ?? [],
      }))
    } catch (error) {
      const { message, name } = error as Error
      if (name !== 'InvalidInstanceType') throw error
      // "The following supplied instance types do not exist: [m9.huge]"
      const named = wanted.filter((one) => message.includes(one))
      for (const one of named.length > 0 ? named : wanted) unknown.add(one)
    }
  }
}

/** The zones of the region that offer each of these types, in alphabetical order. */
export async function zonesOffering(aws: Aws, names: string[]): Promise<Map<string, string[]>> {
  const offered = new Map<string, string[]>(names.map((name) => [name, []]))
  const Filters = [{ Name: 'instance-type', Values: names }]
  const pages = paginateDescribeInstanceTypeOfferings(
    { client: ec2(aws) },
    { LocationType: 'availability-zone', Filters },
  )
  for await (const { InstanceTypeOfferings = [] } of pages) {
    for (const { InstanceType = '', Location = '' } of InstanceTypeOfferings)
      offered.get(InstanceType)?.push(Location)
  }
  for (const zones of offered.values()) zones.sort()
  return offered
}

/** How many on-demand instances of each type run in the region, not counting those of one stack. */
export async function runningInstances(aws: Aws, exceptStack: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const Filters = [{ Name: 'instance-state-name', Values: ['pending', 'running'] }]
  for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2(aws) }, { Filters })) {
    for (const { InstanceLifecycle, InstanceType = '', Placement, Tags } of Reservations.flatMap(
      ({ Instances = [] }) => Instances,
    )) {
      if (InstanceLifecycle || Placement?.Tenancy === 'host') continue
      if (Tags?.some(({ Key, Value }) => Key === 'aws:cloudformation:stack-name' && Value === exceptStack))
        continue
      counts.set(InstanceType, (counts.get(InstanceType) ?? 0) + 1)
    }
  }
  return counts
}
