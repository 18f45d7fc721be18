import { bucketsAmong, ownBuckets } from '../aws/buckets.ts'
import { launchedBy } from '../aws/instances.ts'
import { ownKeyPairs } from '../aws/key-pairs.ts'
import { keptByTemplate } from '../aws/stack/retention.ts'
import {
  describeStack,
  isOwnStack,
  listResources,
  type Stack,
  type StackResource,
} from '../aws/stack/stack.ts'
import type { Surveyed } from '../runner/taskfile.ts'
import type { Inventory } from './contents.ts'
import type { Use } from './context.ts'
import { orGap, type PermissionGap } from './permission-gap.ts'

/**
 * The same in words, by the task that undoes it. `closely`: for a user who decides by it, with what takes further calls:
 * how many instances there are, and what the template would keep.
 */
export async function worded(use: Use, seen: Inventory, closely: boolean): Promise<Surveyed['found']> {
  const { buckets, keyPairs, resources, stack } = seen
  const looked = closely ? resources.filter(({ type }) => type === 'AWS::S3::Bucket') : []
  const [kept, about] = await Promise.all([
    keptByTemplate(use.aws, looked),
    stack ? stackText(use, stack, resources, closely) : '',
  ])
  return {
    stack: [
      ...(stack ? [{ id: stack.arn, text: about }] : []),
      ...buckets.map((bucket) => ({
        id: `s3://${bucket}`,
        text: `bucket ${bucket}${kept.has(bucket) ? ' (which the template would keep)' : ''}`,
      })),
    ],
    keypair: keyPairs.map(({ id, name }) => ({ id, text: `key pair ${name} (${id})` })),
  }
}

/** The stack, and what in it matters most to the user who is asked. */
async function stackText(
  use: Use,
  stack: Stack,
  resources: readonly StackResource[],
  closely: boolean,
): Promise<string> {
  const idsOfType = (wanted: string) =>
    resources.filter(({ type }) => type === wanted).map(({ physicalId }) => physicalId)
  const groups = idsOfType('AWS::AutoScaling::AutoScalingGroup')
  // For information only: without the permission, the rest is shown.
  const launched = closely ? await launchedBy(use.aws, groups).catch(() => []) : []
  const instances = closely ? [...idsOfType('AWS::EC2::Instance'), ...launched] : []
  const facts = [
    counted(resources.length, 'resource'),
    counted(groups.length, 'group'),
    counted(instances.length, 'instance'),
    stack.terminationProtection ? 'termination protection is on' : '',
  ].filter((fact) => fact !== '')
  return `stack ${stack.name}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`
}

function counted(count: number, thing: string): string {
  return count === 0 ? '' : `${count} ${thing}${count === 1 ? '' : 's'}`
}

/** The name of a stack's resources in the message that they cannot be listed. */
export const HELD = "the stack's resources"

type StackLook = Pick<Inventory, 'stack' | 'foreign' | 'resources' | 'buckets'>

/** The stack with its resources, and the buckets, requested in parallel. */
export async function lookAtStack(use: Use, note: (unseen: PermissionGap) => void): Promise<StackLook> {
  const { name } = use.config.cluster
  const lookInside = async () => {
    const stack = await describeStack(use.aws, name)
    if (!stack || !isOwnStack(stack, name)) return { stack: undefined, foreign: stack, resources: [] }
    const resources = await orGap(HELD, listResources(use.aws, stack.arn), note)
    return { stack, foreign: undefined, resources }
  }
  const inside = lookInside()
  const held = inside.then(({ resources }) => bucketsAmong(resources))
  const [seen, known, tagged] = await Promise.all([
    inside,
    held,
    orGap('buckets', ownBuckets(use.aws, name, held), note),
  ])
  return { ...seen, buckets: [...new Set([...known, ...tagged])] }
}

/** Everything, requested in parallel. */
export async function takeInventory(
  use: Use,
  lookForKeyPairs = ownKeyPairs(use.aws, use.config.cluster.name),
): Promise<Inventory> {
  const unseen: PermissionGap[] = []
  const [looked, keyPairs] = await Promise.all([lookAtStack(use, (one) => unseen.push(one)), lookForKeyPairs])
  return { ...looked, keyPairs, unseen }
}
