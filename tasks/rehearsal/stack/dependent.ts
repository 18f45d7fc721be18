import type { World } from '../state/world.ts'
import type { Incarnation } from './timeline.ts'

/** Appended by EC2's handlers to what the service refused. */
const SERVICE = '(Service: Ec2, Status Code: 400)'

/** Why EC2 will not remove a part of a network at that time: what was created in it outside of the stack still uses it. */
export function dependent(
  world: World,
  { type, physicalId }: Incarnation,
  at: number,
): { message: string; code: string } | undefined {
  const words = refusals[type]
  if (!words) return undefined
  for (const { resource, from, until } of world.loose.values()) {
    if (from > at || (until !== undefined && until <= at)) continue
    const uses = [resource.vpc, resource.subnet, ...(resource.groups ?? [])]
    if (uses.includes(physicalId)) {
      return { message: `${words(physicalId)} ${SERVICE}`, code: 'InvalidRequest' }
    }
  }
  return undefined
}

/** EC2's text of a DependencyViolation. */
const refusals: Record<string, (id: string) => string> = {
  'AWS::EC2::SecurityGroup': (id) => `resource ${id} has a dependent object`,
  'AWS::EC2::Subnet': (id) => `The subnet '${id}' has dependencies and cannot be deleted.`,
  'AWS::EC2::VPC': (id) => `The vpc '${id}' has dependencies and cannot be deleted.`,
}
