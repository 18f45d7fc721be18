import { type Instance, instancesOf } from '../aws/instances.ts'
import { describeStack, listResources } from '../aws/stack/stack.ts'
import { Failure } from '../base/failure.ts'
import { fieldsOf, listIn, optionalText } from '../dcos/shape.ts'
import { knownToken, masterAt } from './access/token.ts'
import type { Use } from './context.ts'
import { orGap, type PermissionGap } from './permission-gap.ts'

const EXHIBITOR = '/exhibitor/exhibitor/v1/cluster/status'
const SUMMARY = '/mesos/state-summary'
const NODES = '/system/health/v1/nodes'

export type Role = 'master' | 'agent' | 'public'

/** A node of the cluster, as DC/OS and EC2 know it. */
export interface ClusterNode {
  role: Role
  /** From 1 on, among those of its role in the order of their addresses: `agent 3`. */
  number: number
  /** In the cluster's network, which is also its name in DC/OS. */
  address: string
  /** Undefined where it has none, or where EC2 may not be asked. */
  publicAddress: string | undefined
  zone: string
  instance: string | undefined
  image: string | undefined
  /** `healthy`, `unhealthy`, or what is known otherwise. */
  state: string
  leader: boolean
  /** Mesos's id of an agent. */
  agentId: string | undefined
  /** What runs on an agent, and what of it is taken. */
  load: { tasks: number; cpus: [used: number, all: number]; mem: [used: number, all: number] } | undefined
}

/**
 * Every node of a cluster that answers at `url`: five requests. What EC2 knows is left out where that may not be asked, which is noted. Throws
 * DCOS_…, AUTH_NEEDED.
 */
export async function readNodes(
  use: Use,
  url: string,
  note: (gap: PermissionGap) => void,
): Promise<ClusterNode[]> {
  const master = masterAt(use, url, await knownToken(use))
  const [masters, agents, health, instances] = await Promise.all([
    master.get(EXHIBITOR).then((answer) => listIn(answer, url + EXHIBITOR)),
    master.get(SUMMARY).then((answer) => listIn(answer, url + SUMMARY, 'slaves')),
    // An extra: without it the nodes are still worth listing.
    master.get(NODES).then((answer) => listIn(answer, url + NODES, 'nodes'), onlyFailures),
    orGap('the instances', launched(use), note),
  ])
  const healthOf = new Map(
    health.map((one) => [String(one.host_ip), one.health === 0 ? 'healthy' : 'unhealthy']),
  )
  const byAddress = new Map(instances.map((one) => [one.privateIp, one]))
  const nodes = [
    ...masters.map((one) => ({
      role: 'master' as const,
      address: String(one.hostname),
      leader: one.isLeader === true,
      zone: '',
      agentId: undefined,
      load: undefined,
      // Exhibitor's own word, `serving`, where nothing else is known.
      state: optionalText(one.description) ?? 'unknown',
    })),
    ...agents.map((one) => ({
      role: fieldsOf(one.attributes).public_ip === 'true' ? ('public' as const) : ('agent' as const),
      address: String(one.hostname),
      leader: false,
      zone: zoneOf(one),
      agentId: optionalText(one.id),
      load: loadOf(one),
      state: one.active === true ? 'active' : 'inactive',
    })),
  ]
  return numbered(nodes).map((node) => {
    const instance = byAddress.get(node.address)
    return {
      ...node,
      state: healthOf.get(node.address) ?? node.state,
      zone: instance?.zone || node.zone,
      publicAddress: instance?.publicIp,
      instance: instance?.id,
      image: instance?.image,
    }
  })
}

function onlyFailures(error: unknown): Record<string, unknown>[] {
  if (error instanceof Failure) return []
  throw error
}

/** The instances of the stack's Auto Scaling groups. */
async function launched(use: Use): Promise<Instance[]> {
  const stack = await describeStack(use.aws, use.config.cluster.name)
  if (!stack) return []
  const groups = (await listResources(use.aws, stack.arn)).filter(
    ({ type }) => type === 'AWS::AutoScaling::AutoScalingGroup',
  )
  return instancesOf(
    use.aws,
    groups.map(({ physicalId }) => physicalId),
  )
}

function zoneOf(agent: Record<string, unknown>): string {
  const { zone } = fieldsOf(fieldsOf(agent.domain).fault_domain)
  return optionalText(fieldsOf(zone).name) ?? ''
}

function loadOf(agent: Record<string, unknown>): NonNullable<ClusterNode['load']> {
  const [used, all] = [fieldsOf(agent.used_resources), fieldsOf(agent.resources)]
  const both = (name: string): [number, number] => [Number(used[name] ?? 0), Number(all[name] ?? 0)]
  const tasks = Number(agent.TASK_RUNNING ?? 0) + Number(agent.TASK_STAGING ?? 0)
  return { tasks, cpus: both('cpus'), mem: both('mem') }
}

const order: Role[] = ['master', 'agent', 'public']

function numbered<Node extends { role: Role; address: string }>(
  nodes: Node[],
): (Node & { number: number })[] {
  return order.flatMap((role) =>
    nodes
      .filter((node) => node.role === role)
      .sort((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }))
      .map((node, index) => ({ ...node, number: index + 1 })),
  )
}

/** `master`, `leader`, `agent 3`, `public 1`, an address or an instance's id: the node that is meant. Throws USAGE. */
export function findNode(nodes: ClusterNode[], words: readonly string[]): ClusterNode {
  const [name = 'leader', number = '1'] = words
  const wanted = name === 'public-agent' ? 'public' : name
  const found =
    wanted === 'leader'
      ? (nodes.find(({ leader }) => leader) ?? nodes[0])
      : (nodes.find((node) => node.role === wanted && node.number === Number(number)) ??
        nodes.find((node) => [node.address, node.publicAddress, node.instance].includes(wanted)))
  if (found && words.length <= 2) return found
  const counts = order.map((role) => `${nodes.filter((node) => node.role === role).length} × ${role}`)
  throw new Failure('USAGE', {
    message: `there is no node ${words.join(' ')}`,
    cause: `the cluster has ${counts.join(', ')}`,
    next: 'npx task nodes lists them; a node is master, leader, agent N, public N, or an address',
  })
}
