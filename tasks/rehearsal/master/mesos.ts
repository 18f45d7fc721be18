import type { RehearsedCluster, RehearsedNode } from '../cluster.ts'
import { uuidOf } from './identity.ts'
import type { Placed, Placement, Resources } from './placement.ts'
import { AGENT_RESOURCES, addUp, resourcesOf } from './placement.ts'

/** The Mesos version in DC/OS 2.x. */
export const MESOS_VERSION = '1.11.0'
const MASTER_PORT = 5050
const AGENT_PORT = 5051
/** The ports of an agent that Mesos offers to tasks (MESOS_RESOURCES of DC/OS). */
const AGENT_PORTS = '[1025-2180, 2182-3887, 3889-5049, 5052-8079, 8082-8180, 8182-32000]'

/** The leading master's id, which is also the prefix of the ids of agents and frameworks. */
export function masterId(cluster: RehearsedCluster): string {
  const known = masterIds.get(cluster) ?? uuidOf(cluster.id, 'mesos-master')
  masterIds.set(cluster, known)
  return known
}

/** Every agent's id begins with it. */
const masterIds = new WeakMap<RehearsedCluster, string>()

export function agentId(cluster: RehearsedCluster, agent: RehearsedNode): string {
  return `${masterId(cluster)}-S${agent.number}`
}

export function agentPid(agent: RehearsedNode): string {
  return `slave(1)@${agent.host}:${AGENT_PORT}`
}

function marathonFramework(cluster: RehearsedCluster): string {
  return `${masterId(cluster)}-0001`
}

/** GET /mesos/master/state: everything that the CLI and the dashboard read of it. */
export function state(cluster: RehearsedCluster, placement: Placement): object {
  const leader = cluster.masters[0]
  const agents = cluster.agents.length
  return {
    version: MESOS_VERSION,
    id: masterId(cluster),
    pid: `master@${leader?.host ?? '127.0.0.1'}:${MASTER_PORT}`,
    hostname: leader?.host ?? '',
    leader: `master@${leader?.host ?? '127.0.0.1'}:${MASTER_PORT}`,
    cluster: cluster.name,
    activated_slaves: agents,
    deactivated_slaves: 0,
    unreachable_slaves: 0,
    ...(leader ? { domain: domain(leader) } : {}),
    slaves: slaves(cluster, placement),
    frameworks: frameworks(cluster, placement),
    completed_frameworks: [],
    recovered_slaves: [],
    unregistered_frameworks: [],
  }
}

/** GET /mesos/master/state-summary: agents and frameworks with counts of tasks instead of the tasks. */
export function stateSummary(cluster: RehearsedCluster, placement: Placement): object {
  return {
    hostname: cluster.masters[0]?.host ?? '',
    cluster: cluster.name,
    slaves: slaves(cluster, placement).map((slave, index) => ({
      ...slave,
      ...counts(placement.on.get(cluster.agents[index]!) ?? []),
      framework_ids: [marathonFramework(cluster)],
    })),
    frameworks: frameworks(cluster, placement).map(({ tasks: its, ...framework }) => ({
      ...framework,
      ...counts(placement.tasks),
      slave_ids: [...new Set(its.map((task) => task.slave_id))],
    })),
  }
}

/** The agents in the form of GET /mesos/master/slaves. */
export function slaves(cluster: RehearsedCluster, placement: Placement) {
  return cluster.agents.map((agent) => {
    const used = addUp((placement.on.get(agent) ?? []).map((task) => resourcesOf(task.app)))
    const total = { ...AGENT_RESOURCES, ports: AGENT_PORTS }
    const isPublic = agent.role === 'agent_public'
    return {
      id: agentId(cluster, agent),
      hostname: agent.host,
      port: AGENT_PORT,
      pid: agentPid(agent),
      active: true,
      deactivated: false,
      version: MESOS_VERSION,
      attributes: isPublic ? { public_ip: 'true' } : {},
      capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT', 'AGENT_DRAINING'],
      domain: domain(agent),
      registered_time: 0,
      resources: total,
      used_resources: used,
      offered_resources: NOTHING,
      reserved_resources: isPublic ? { slave_public: total } : {},
      unreserved_resources: isPublic ? NOTHING : total,
    }
  })
}

const NOTHING: Resources = { cpus: 0, mem: 0, disk: 0, gpus: 0 }

function frameworks(cluster: RehearsedCluster, { tasks }: Placement) {
  const used = addUp(tasks.map((task) => resourcesOf(task.app)))
  const host = cluster.masters[0]?.host ?? ''
  return [
    {
      id: marathonFramework(cluster),
      name: 'marathon',
      pid: `scheduler-${uuidOf(cluster.id, 'marathon')}@${host}:15101`,
      active: true,
      connected: true,
      recovered: false,
      checkpoint: true,
      capabilities: ['PARTITION_AWARE', 'REGION_AWARE'],
      failover_timeout: 604800,
      hostname: host,
      principal: 'dcos_marathon',
      registered_time: 0,
      role: 'slave_public',
      user: 'root',
      webui_url: `http://${host}:8080`,
      resources: used,
      used_resources: used,
      offered_resources: NOTHING,
      offers: [],
      tasks: tasks.map((task) => mesosTask(cluster, task)),
      completed_tasks: [],
      executors: [],
    },
  ]
}

function mesosTask(cluster: RehearsedCluster, task: Placed) {
  const state = task.running ? 'TASK_RUNNING' : 'TASK_STAGING'
  const path = task.app.id.slice(1).split('/')
  return {
    id: task.id,
    name: path.reverse().join('.'),
    framework_id: marathonFramework(cluster),
    executor_id: '',
    slave_id: agentId(cluster, task.agent),
    state,
    resources: { ...resourcesOf(task.app), ports: '[]' },
    role: 'slave_public',
    labels: [],
    statuses: [{ state, timestamp: Date.parse(task.app.acceptedAt) / 1000 }],
  }
}

function counts(tasks: Placed[]): Record<string, number> {
  const running = tasks.filter((task) => task.running).length
  return {
    TASK_STAGING: tasks.length - running,
    TASK_STARTING: 0,
    TASK_RUNNING: running,
    TASK_KILLING: 0,
    TASK_FINISHED: 0,
    TASK_KILLED: 0,
    TASK_FAILED: 0,
    TASK_LOST: 0,
    TASK_ERROR: 0,
    TASK_UNREACHABLE: 0,
  }
}

function domain(node: RehearsedNode) {
  return { fault_domain: { region: { name: node.region }, zone: { name: node.zone } } }
}
