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
import type { Use } from './context.ts'
import { orGap, type PermissionGap } from './permission-gap.ts'

/** What there is of a cluster. */
export interface Inventory {
  /** Undefined also where the stack of that name is somebody else's. */
  stack: Stack | undefined
  foreign: Stack | undefined
  /** What the stack and those nested in it hold. */
  resources: StackResource[]
  buckets: string[]
  keyPairs: string[]
  /** What could not be looked at, so that this may not be all. */
  unseen: PermissionGap[]
}

/** Everything in it by its id. */
export function idsOf({ buckets, keyPairs, stack }: Inventory): string[] {
  return [...(stack ? [stack.arn] : []), ...buckets.map((bucket) => `s3://${bucket}`), ...keyPairs]
}

/** The same in words, by the task that undoes it. */
export async function worded(use: Use, seen: Inventory): Promise<Surveyed['found']> {
  const { buckets, keyPairs, resources, stack } = seen
  const [kept, about] = await Promise.all([
    keptByTemplate(
      use.aws,
      resources.filter(({ type }) => type === 'AWS::S3::Bucket'),
    ),
    stack ? stackText(use, stack, resources) : '',
  ])
  return {
    stack: [
      ...(stack ? [{ id: stack.arn, text: about }] : []),
      ...buckets.map((bucket) => ({
        id: `s3://${bucket}`,
        text: `s3://${bucket}${kept.has(bucket) ? ' (which the template would keep)' : ''}`,
      })),
    ],
    keypair: keyPairs.map((id) => ({ id, text: id })),
  }
}

/** The stack, and what in it matters most to whoever is asked. */
async function stackText(use: Use, stack: Stack, resources: readonly StackResource[]): Promise<string> {
  const idsOfType = (wanted: string) =>
    resources.filter(({ type }) => type === wanted).map(({ physicalId }) => physicalId)
  const groups = idsOfType('AWS::AutoScaling::AutoScalingGroup')
  // Only reported: without the permission the rest of it is.
  const launched = await launchedBy(use.aws, groups).catch(() => [])
  const instances = [...idsOfType('AWS::EC2::Instance'), ...launched]
  const facts = [
    counted(resources.length, 'resource'),
    counted(groups.length, 'group'),
    counted(instances.length, 'instance'),
    stack.terminationProtection ? 'termination protection is on' : '',
  ].filter((fact) => fact !== '')
  return facts.length > 0 ? `${stack.arn} (${facts.join(', ')})` : stack.arn
}

function counted(count: number, thing: string): string {
  return count === 0 ? '' : `${count} ${thing}${count === 1 ? '' : 's'}`
}

/** What a stack holds, as one speaks of it where it cannot be looked at. */
export const HELD = 'what the stack holds'

/** Three looks, side by side. */
export async function takeInventory(use: Use): Promise<Inventory> {
  const { name } = use.config.cluster
  const unseen: PermissionGap[] = []
  const note = (one: PermissionGap) => unseen.push(one)
  const lookIntoStack = async () => {
    const stack = await describeStack(use.aws, name)
    if (!stack || !isOwnStack(stack, name)) return { stack: undefined, foreign: stack, resources: [] }
    const resources = await orGap(HELD, listResources(use.aws, stack.arn), note)
    return { stack, foreign: undefined, resources }
  }
  const [inside, pairs, tagged] = await Promise.all([
    lookIntoStack(),
    ownKeyPairs(use.aws, name),
    orGap('buckets', ownBuckets(use.aws, name), note),
  ])
  const buckets = [...new Set([...bucketsAmong(inside.resources), ...tagged])]
  return { ...inside, buckets, keyPairs: pairs.map(({ id }) => id), unseen }
}
