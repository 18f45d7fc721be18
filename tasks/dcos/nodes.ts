import { Failure } from '../base/failure.ts'
import { EXHIBITOR, type Master } from './http.ts'
import type { Fields } from './shape.ts'
import { fieldsOf, listIn, optionalText } from './shape.ts'

const SUMMARY = '/mesos/state-summary'
const NODES = '/system/health/v1/nodes'
/** The states in which a task uses its agent's resources. */
const LIVE = ['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING']

/** The bootstrap node, unknown to DC/OS, built its packages and serves them. */
export type Role = 'master' | 'agent' | 'public' | 'bootstrap'

/** A node as DC/OS reports it. What it does not report, or not without a token, is undefined. */
export interface DcosNode {
  role: Role
  /** In the cluster's network; also its name in DC/OS. */
  address: string
  /** Whether it is the leading Mesos master. */
  leader: boolean
  /** `healthy` or `unhealthy`, else what Exhibitor or Mesos calls it: `serving`, `active` … */
  state: string | undefined
  zone: string | undefined
  /** Mesos's id of an agent. */
  agentId: string | undefined
  /** The tasks on an agent, and the resources in use. */
  load: { tasks: number; cpus: [used: number, all: number]; mem: [used: number, all: number] } | undefined
}

/** The nodes of a cluster, as far as DC/OS reports them, and why it reported no more. Three parallel requests. */
export async function dcosNodes(master: Master): Promise<{ nodes: DcosNode[]; unseen: Failure[] }> {
  const unseen: Failure[] = []
  const seen = (path: string) =>
    master.get(path).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error
      unseen.push(error)
      return undefined
    })
  const asked = seen(EXHIBITOR)
  const [summary, health] = await Promise.all([seen(SUMMARY), seen(NODES)])
  // Exhibitor's answer may take long; where the others find nobody, it will not come.
  const nobody = unseen.length > 1 && unseen.every(({ code }) => code === 'DCOS_UNREACHABLE')
  const servers = nobody ? undefined : await asked
  const masters = servers === undefined ? [] : listIn(servers, master.url + EXHIBITOR)
  const slaves = summary === undefined ? [] : listIn(summary, master.url + SUMMARY, 'slaves')
  // Before it has asked the nodes for the first time, dcos-diagnostics has no list of them.
  const isListed = health !== undefined && fieldsOf(health).nodes !== null
  const checked = isListed ? listIn(health, master.url + NODES, 'nodes') : []
  // Exhibitor's own leader is ZooKeeper's, which need not be that of Mesos.
  const leader = optionalText(fieldsOf(summary).hostname) ?? masters.find(leads)?.hostname
  const healthOf = new Map(checked.map((one) => [String(one.host_ip), one]))
  const nodes = [
    ...masters.map((one) => fromExhibitor(one, leader)),
    ...slaves.map(fromMesos),
    ...checked.map(fromHealth),
  ]
  // An agent that Mesos has lost is known only by its health.
  const known = new Map<string, DcosNode>()
  for (const node of nodes) if (!known.has(node.address)) known.set(node.address, node)
  for (const node of known.values()) node.state = healthText(healthOf.get(node.address)) ?? node.state
  return { nodes: [...known.values()], unseen }
}

function leads(server: Fields): boolean {
  return server.isLeader === true
}

function fromExhibitor(server: Fields, leader: unknown): DcosNode {
  return {
    ...bare('master', String(server.hostname)),
    leader: server.hostname === leader,
    state: optionalText(server.description),
  }
}

function fromMesos(slave: Fields): DcosNode {
  const role = fieldsOf(slave.attributes).public_ip === 'true' ? 'public' : 'agent'
  // The address in a Mesos process id, `slave(1)@10.0.0.5:5051`, for a host with another name.
  const address = /@(.+):\d+$/.exec(String(slave.pid))?.[1] ?? String(slave.hostname)
  const { zone } = fieldsOf(fieldsOf(slave.domain).fault_domain)
  return {
    ...bare(role, address),
    zone: optionalText(fieldsOf(zone).name),
    agentId: optionalText(slave.id),
    state: slave.active === false ? 'inactive' : 'active',
    load: loadOf(slave),
  }
}

function fromHealth({ host_ip, role }: Fields): DcosNode {
  const known = role === 'master' ? 'master' : role === 'agent_public' ? 'public' : 'agent'
  return bare(known, String(host_ip))
}

function bare(role: Role, address: string): DcosNode {
  const unknown = { state: undefined, zone: undefined, agentId: undefined, load: undefined }
  return { role, address, leader: false, ...unknown }
}

function healthText(checked: Fields | undefined): string | undefined {
  return checked && (checked.health === 0 ? 'healthy' : 'unhealthy')
}

function loadOf(slave: Fields): NonNullable<DcosNode['load']> {
  const [used, all] = [fieldsOf(slave.used_resources), fieldsOf(slave.resources)]
  const both = (name: string): [number, number] => [Number(used[name] ?? 0), Number(all[name] ?? 0)]
  const tasks = LIVE.reduce((sum, state) => sum + Number(slave[state] ?? 0), 0)
  return { tasks, cpus: both('cpus'), mem: both('mem') }
}
