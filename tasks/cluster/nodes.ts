import { type Instance, instancesOf } from '../aws/instances.ts'
import { describeStack, isOwnStack, listResources, type Stack } from '../aws/stack/stack.ts'
import { Failure } from '../base/failure.ts'
import { type DcosNode, dcosNodes, type Role } from '../dcos/nodes.ts'
import { knownToken, masterAt } from './access/token.ts'
import type { Use } from './context.ts'
import { urlOf } from './health.ts'
import { gapText, orGap, type PermissionGap } from './permission-gap.ts'

/** A node of the cluster, as DC/OS and EC2 know it. */
export interface ClusterNode extends DcosNode {
  /** From 1 on, among those of its role in the order of their addresses: `agent 3`. */
  number: number
  /** Undefined if it has none, or if EC2 may not be asked. */
  publicAddress: string | undefined
  instance: string | undefined
  image: string | undefined
  /** The Auto Scaling group that launched it. */
  group: string | undefined
  /** The pool it belongs to, for the agents of agents.pools. */
  pool: string | undefined
  /** As DC/OS reports it, else `not in DC/OS` and the state of the EC2 instance. */
  state: string
}

export interface Found {
  nodes: ClusterNode[]
  stack: Stack
  /** The masters' address; undefined while the stack has no output for it. */
  url: string | undefined
  /** What could not be listed, so this may be incomplete. */
  unseen: string[]
}

/**
 * The nodes of the cluster in whatever state it is, since they matter most when something is wrong. So this needs no more than a
 * stack of ours, and combines what DC/OS and EC2 know. Throws NOT_UP if there is no stack.
 */
export async function findNodes(use: Use): Promise<Found> {
  const stack = await ownStack(use)
  const [launched, known] = await Promise.all([fromEc2(use, stack), fromDcos(use, stack)])
  const nodes = merged(known.nodes, launched.instances)
  return { nodes, stack, url: known.url, unseen: [...launched.unseen, ...known.unseen] }
}

async function ownStack(use: Use): Promise<Stack> {
  const { name } = use.config.cluster
  const stack = await describeStack(use.aws, name)
  if (stack && isOwnStack(stack, name)) return stack
  const where = `stack ${name} in ${use.aws.region}`
  throw new Failure('NOT_UP', {
    message: `${use.entry.name} needs a cluster, and there is none`,
    cause: stack ? `the ${where} is not ours` : `there is no ${where}`,
    next: 'npx task bootstrap',
  })
}

/** An instance, and the resource of the stack that launched it. */
export type Launched = Instance & { resource: string }

async function fromEc2(use: Use, stack: Stack): Promise<{ instances: Launched[]; unseen: string[] }> {
  const gaps: PermissionGap[] = []
  const looking = async () => {
    const resources = await listResources(use.aws, stack.arn)
    const groups = resources.filter(({ type }) => type === 'AWS::AutoScaling::AutoScalingGroup')
    const paths = new Map(groups.map(({ path, physicalId }) => [physicalId, path]))
    const instances = await instancesOf(use.aws, [...paths.keys()])
    return instances.map((one) => ({ ...one, resource: paths.get(one.group) ?? '' }))
  }
  const instances = await orGap('the instances', looking(), (gap) => gaps.push(gap))
  return { instances, unseen: gaps.map(gapText) }
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
    return { nodes, url, unseen: unseen.map(reason) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { nodes: [], url, unseen: [reason(error)] }
  }
}

function reason({ message, why }: Failure): string {
  return [message, why].filter(Boolean).join(': ')
}

/** Every node once, also one that only DC/OS or only EC2 knows. */
export function merged(known: readonly DcosNode[], instances: readonly Launched[]): ClusterNode[] {
  const strangers = instances.filter(({ privateIp }) => !known.some(({ address }) => address === privateIp))
  const nodes = [
    ...known.map((node) => {
      const instance = instances.find(({ privateIp }) => privateIp === node.address)
      return { ...node, state: node.state ?? 'unknown', ...placeOf(instance, node.zone) }
    }),
    ...strangers.map((instance) => ({
      role: roleOf(instance.resource),
      address: instance.privateIp,
      leader: false,
      agentId: undefined,
      load: undefined,
      // The bootstrap node is not part of DC/OS.
      state: roleOf(instance.resource) === 'bootstrap' ? instance.state : `not in DC/OS (${instance.state})`,
      ...placeOf(instance, undefined),
    })),
  ]
  return numbered(nodes)
}

function placeOf(instance: Launched | undefined, zone: string | undefined) {
  return {
    zone: instance?.zone || zone,
    publicAddress: instance?.publicIp,
    instance: instance?.id,
    image: instance?.image || undefined,
    group: instance?.group,
    pool: instance?.pool,
  }
}

/** The templates of the DC/OS family name their groups MasterServerGroup, SlaveServerGroup and PublicSlaveServerGroup. */
function roleOf(resource: string): Role {
  if (/bootstrap/i.test(resource)) return 'bootstrap'
  if (/master/i.test(resource)) return 'master'
  return /public/i.test(resource) ? 'public' : 'agent'
}

export const roles: Role[] = ['master', 'agent', 'public', 'bootstrap']

function numbered(nodes: Omit<ClusterNode, 'number'>[]): ClusterNode[] {
  return roles.flatMap((role) =>
    nodes
      .filter((node) => node.role === role)
      .sort((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }))
      .map((node, index) => ({ ...node, number: index + 1 })),
  )
}
