import { Failure } from '../base/failure.ts'
import type { Master } from './http.ts'
import type { Fields } from './shape.ts'
import { fieldsOf, listIn, optionalText } from './shape.ts'

const EXHIBITOR = '/exhibitor/exhibitor/v1/cluster/status'
const SUMMARY = '/mesos/state-summary'
const NODES = '/system/health/v1/nodes'

/** The states of a task that takes resources of its agent. */
const LIVE_TASKS = ['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING']

export type Role = 'master' | 'agent' | 'agent_public'

export interface Load {
  tasks: number
  /** Used, and in all; memory in MiB, as Mesos counts. */
  cpus: { used: number; total: number }
  mem: { used: number; total: number }
}

/** A node as DC/OS tells of it. What it does not tell, or not to somebody without a token, is undefined. */
export interface DcosNode {
  /** The private address, by which the nodes of a cluster know each other. */
  address: string
  role: Role
  /** Whether it is the leading master of Mesos. */
  leader: boolean
  /** Of an agent: its id in Mesos. */
  id: string | undefined
  /** `serving` and the like for a master (Exhibitor), `active` or `inactive` for an agent (Mesos). */
  state: string | undefined
  health: 'healthy' | 'unhealthy' | undefined
  load: Load | undefined
}

/** The nodes of a cluster, as far as DC/OS tells of them, and why it does not tell more. */
export async function dcosNodes(master: Master): Promise<{ nodes: DcosNode[]; unseen: Failure[] }> {
  const unseen: Failure[] = []
  const orNothing = async <Value>(asked: Promise<Value>, nothing: Value) => {
    try {
      return await asked
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      unseen.push(error)
      return nothing
    }
  }
  const [servers, summary, health] = await Promise.all([
    orNothing(list(master, EXHIBITOR), []),
    orNothing(master.get(SUMMARY).then(fieldsOf), undefined),
    orNothing(list(master, NODES, 'nodes'), []),
  ])
  const slaves = summary ? listIn(summary, master.url + SUMMARY, 'slaves') : []
  const known = new Map<string, DcosNode>()
  const add = (node: DcosNode) => node.address && known.set(node.address, node)
  for (const { health: state, host_ip, role } of health) {
    add({
      ...bare(String(host_ip), roleOf(role)),
      health: state === 0 ? 'healthy' : 'unhealthy',
    })
  }
  const leader = leaderAmong(servers, summary)
  for (const { description, hostname } of servers) {
    const address = String(hostname)
    add({
      ...(known.get(address) ?? bare(address, 'master')),
      leader: address === leader,
      state: optionalText(description),
    })
  }
  for (const slave of slaves) {
    const address = addressOf(slave)
    const role = fieldsOf(slave.attributes).public_ip === 'true' ? 'agent_public' : 'agent'
    add({
      ...(known.get(address) ?? bare(address, role)),
      id: optionalText(slave.id),
      state: slave.active === false ? 'inactive' : 'active',
      load: loadOf(slave),
    })
  }
  return { nodes: [...known.values()], unseen }
}

async function list(master: Master, path: string, key?: string): Promise<Fields[]> {
  return listIn(await master.get(path), master.url + path, key)
}

function bare(address: string, role: Role): DcosNode {
  return { address, role, leader: false, id: undefined, state: undefined, health: undefined, load: undefined }
}

function roleOf(role: unknown): Role {
  return role === 'master' || role === 'agent_public' ? role : 'agent'
}

/** Mesos names its leader; whoever may not ask it learns only who leads ZooKeeper, which is often the same. */
function leaderAmong(servers: Fields[], summary: Fields | undefined): string | undefined {
  return (
    optionalText(summary?.hostname) ??
    optionalText(servers.find(({ isLeader }) => isLeader === true)?.hostname)
  )
}

/** The address in a Mesos process id, `slave(1)@10.0.0.5:5051`, else the name of the host. */
function addressOf({ hostname, pid }: Fields): string {
  return /@(.+):\d+$/.exec(String(pid))?.[1] ?? String(hostname)
}

function loadOf(slave: Fields): Load {
  const used = fieldsOf(slave.used_resources)
  const total = fieldsOf(slave.resources)
  const share = (name: string) => ({ used: Number(used[name] ?? 0), total: Number(total[name] ?? 0) })
  return {
    tasks: LIVE_TASKS.reduce((sum, state) => sum + Number(slave[state] ?? 0), 0),
    cpus: share('cpus'),
    mem: share('mem'),
  }
}
