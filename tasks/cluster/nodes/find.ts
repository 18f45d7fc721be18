import { type Instance, instancesOf } from '../../aws/instances.ts'
import {
  describeStack,
  isOwnStack,
  listResources,
  type Stack,
  type StackResource,
} from '../../aws/stack/stack.ts'
import { Failure } from '../../base/failure.ts'
import { type DcosNode, dcosNodes, type Load, type Role } from '../../dcos/nodes.ts'
import { knownToken, masterAt } from '../access/token.ts'
import type { Use } from '../context.ts'
import { urlOf } from '../health.ts'
import { gapText, orGap, type PermissionGap } from '../permission-gap.ts'

/** A node of the cluster, as EC2 and DC/OS tell of it together. */
export interface ClusterNode {
  /** By which the commands take it: `master 1`, `agent 3`. */
  name: string
  role: Role
  leader: boolean
  /** The private address. */
  address: string
  publicAddress: string | null
  zone: string | null
  /** EC2's id of the instance. */
  instance: string | null
  image: string | null
  /** An agent's id in Mesos. */
  id: string | null
  /** As DC/OS says, else as EC2 says of the instance. */
  state: string
  health: 'healthy' | 'unhealthy' | 'unknown'
  load: Load | null
}

export interface Found {
  nodes: ClusterNode[]
  stack: Stack
  /** Where the masters answer; undefined while the stack does not say. */
  url: string | undefined
  /** What could not be asked, so that this may not be all. */
  unseen: string[]
}

/**
 * The nodes of the cluster. Not by the check of `wait`: it is where something is amiss that one wants to see them. Throws NOT_UP when
 * there is no stack.
 */
export async function findNodes(use: Use): Promise<Found> {
  const stack = await ownStack(use)
  const [launched, told] = await Promise.all([fromEc2(use, stack), fromDcos(use, stack)])
  const nodes = merged(launched.instances, told.nodes)
  return { nodes, stack, url: told.url, unseen: [...launched.unseen, ...told.unseen] }
}

async function ownStack(use: Use): Promise<Stack> {
  const { name } = use.config.cluster
  const stack = await describeStack(use.aws, name)
  if (stack && isOwnStack(stack, name)) return stack
  throw new Failure('NOT_UP', {
    message: `${use.entry.name} needs a cluster, and there is none`,
    cause: stack
      ? `the stack ${name} in ${use.aws.region} is not ours`
      : `there is no stack ${name} in ${use.aws.region}`,
    next: 'npx task bootstrap',
  })
}

/** An instance, and the resource of the stack that launched it. */
export type Launched = Instance & { resource: string }

async function fromEc2(use: Use, stack: Stack): Promise<{ instances: Launched[]; unseen: string[] }> {
  const gaps: PermissionGap[] = []
  const looking = async () => {
    const resources = await listResources(use.aws, stack.arn)
    const ofType = (type: string) => resources.filter((one) => one.type === type && one.physicalId)
    const groups = ofType('AWS::AutoScaling::AutoScalingGroup')
    const single = ofType('AWS::EC2::Instance')
    const instances = await instancesOf(use.aws, ids(groups), ids(single))
    const byId = new Map([...groups, ...single].map(({ path, physicalId }) => [physicalId, path]))
    return instances.map((one) => ({ ...one, resource: byId.get(one.group ?? '') ?? byId.get(one.id) ?? '' }))
  }
  const instances = await orGap('instances', looking(), (gap) => gaps.push(gap))
  return { instances, unseen: gaps.map(gapText) }
}

function ids(resources: StackResource[]): string[] {
  return resources.map(({ physicalId }) => physicalId)
}

async function fromDcos(
  use: Use,
  stack: Stack,
): Promise<{ nodes: DcosNode[]; url: string | undefined; unseen: string[] }> {
  let url: string | undefined
  try {
    url = urlOf(use, stack.outputs)
    await use.cloud.reach(url)
    const { nodes, unseen } = await dcosNodes(masterAt(use, url, await knownToken(use)))
    return { nodes, url, unseen: unseen.map(said) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { nodes: [], url, unseen: [said(error)] }
  }
}

function said({ message, why }: Failure): string {
  return [message, why].filter(Boolean).join(': ')
}

/** Every node once: what only one side knows of too, for that is what one looks for when something is amiss. */
export function merged(instances: readonly Launched[], told: readonly DcosNode[]): ClusterNode[] {
  const nodes = told.map((node) =>
    joined(
      node,
      instances.find((one) => one.privateAddress === node.address),
    ),
  )
  for (const one of instances) {
    if (told.some(({ address }) => address === one.privateAddress)) continue
    nodes.push(joined(undefined, one))
  }
  const order: Role[] = ['master', 'agent', 'agent_public']
  nodes.sort(
    (a, b) =>
      order.indexOf(a.role) - order.indexOf(b.role) || byNumber(a.address).localeCompare(byNumber(b.address)),
  )
  const counts = { master: 0, agent: 0 }
  for (const node of nodes) {
    const kind = node.role === 'master' ? 'master' : 'agent'
    counts[kind]++
    node.name = `${kind} ${counts[kind]}`
  }
  return nodes
}

function joined(node: DcosNode | undefined, one: Launched | undefined): ClusterNode {
  return {
    name: '',
    role: node?.role ?? roleOf(one?.resource ?? ''),
    leader: node?.leader ?? false,
    address: node?.address ?? one?.privateAddress ?? '',
    publicAddress: one?.publicAddress ?? null,
    zone: one?.zone ?? null,
    instance: one?.id ?? null,
    image: one?.image ?? null,
    id: node?.id ?? null,
    state: node?.state ?? one?.state ?? 'unknown',
    health: node?.health ?? 'unknown',
    load: node?.load ?? null,
  }
}

/** The templates of the DC/OS family name their groups MasterServerGroup, SlaveServerGroup and PublicSlaveServerGroup. */
function roleOf(resource: string): Role {
  if (/master/i.test(resource)) return 'master'
  return /public/i.test(resource) ? 'agent_public' : 'agent'
}

/** An IPv4 address whose order as a text is that of its numbers. */
function byNumber(address: string): string {
  return address
    .split('.')
    .map((part) => part.padStart(3, '0'))
    .join('.')
}
