import { Failure } from '../../base/failure.ts'
import { table } from '../../base/table.ts'
import type { Master } from '../http.ts'
import type { Fields } from '../shape.ts'
import { fieldsOf, listIn, optionalText } from '../shape.ts'
import type { Command } from './command.ts'
import { prettyJson } from './json.ts'

const STATE = '/mesos/master/state'
const SUMMARY = '/mesos/master/state-summary'
const MASTERS = '/mesos_dns/v1/hosts/master.mesos'
const ADDRESSES = '/net/v1/nodes'
const OPERATOR = '/mesos/api/v1'

const HEADER = ['HOSTNAME', 'IP', 'PUBLIC IP(S)', 'ID', 'TYPE', 'STATUS', 'REGION', 'ZONE']
/** The counts of an agent's tasks by state, in the order of the dcos CLI's JSON. */
const TASK_STATES = [
  'ERROR',
  'FAILED',
  'FINISHED',
  'KILLED',
  'KILLING',
  'LOST',
  'RUNNING',
  'STAGING',
  'STARTING',
]

export const nodeList: Command = {
  name: 'node list',
  summary: 'Show all nodes in the cluster',
  options: ['json'],
  async run(master, { json }) {
    const [state, summary, masters, addresses, statuses] = await Promise.all([
      master.get(STATE).then(fieldsOf),
      // The counts of tasks, which only JSON shows.
      json ? master.get(SUMMARY).then((answer) => listIn(answer, master.url + SUMMARY, 'slaves')) : [],
      master.get(MASTERS).then((answer) => listIn(answer, master.url + MASTERS)),
      publicAddresses(master),
      agentStatuses(master),
    ])
    const summaries = new Map(summary.map((one) => [one.id, one]))
    const agents = listIn(state, master.url + STATE, 'slaves').map((slave) => {
      const listed = agent(slave, addresses, statuses.get(String(slave.id)) ?? '')
      return json ? allFacts(slave, summaries.get(slave.id) ?? {}, listed) : listed
    })
    const nodes = [...agents, ...masters.map((host) => masterNode(host, state, addresses))]
    return json ? prettyJson(nodes) : table(HEADER, nodes.map(row))
  },
}

/** Public addresses by private address. Optional: the list is still useful without them. */
async function publicAddresses(master: Master): Promise<Map<string, unknown>> {
  try {
    const nodes = listIn(await master.get(ADDRESSES), master.url + ADDRESSES)
    return new Map(nodes.map((node) => [String(node.private_ip), node.public_ips]))
  } catch (error) {
    if (error instanceof Failure) return new Map()
    throw error
  }
}

/** The state of each agent by its id: active, deactivated, or draining. */
async function agentStatuses(master: Master): Promise<Map<string, string>> {
  const answer = fieldsOf(await master.post(OPERATOR, { type: 'GET_AGENTS' }))
  // Mesos leaves an empty list out.
  const agents = listIn({ agents: [], ...fieldsOf(answer.get_agents) }, master.url + OPERATOR, 'agents')
  return new Map(
    agents.map(({ agent_info, drain_info, deactivated, active }) => {
      const id = fieldsOf(fieldsOf(agent_info).id).value
      const drained = optionalText(fieldsOf(drain_info).state)
      const status = deactivated === true ? 'DEACTIVATED' : active === true ? 'ACTIVE' : 'UNKNOWN'
      return [String(id), drained && drained !== 'UNKNOWN' ? drained : status]
    }),
  )
}

/** What the list shows of an agent. */
function agent(slave: Fields, addresses: Map<string, unknown>, status: string): Fields {
  const { region, zone } = faultDomain(slave)
  return {
    attributes: slave.attributes,
    hostname: slave.hostname,
    public_ips: addresses.get(agentAddress(slave)) ?? null,
    id: slave.id,
    pid: slave.pid,
    region,
    type: 'agent',
    zone,
    status,
  }
}

/** What the dcos CLI's JSON form shows of an agent, in its order. */
function allFacts(slave: Fields, counts: Fields, listed: Fields): Fields {
  return {
    ...Object.fromEntries(TASK_STATES.map((state) => [`TASK_${state}`, counts[`TASK_${state}`] ?? 0])),
    TASK_UNREACHABLE: counts.TASK_UNREACHABLE ?? 0,
    active: slave.active,
    attributes: slave.attributes,
    capabilities: slave.capabilities,
    domain: slave.domain,
    framework_ids: slave.framework_ids ?? null,
    hostname: listed.hostname,
    public_ips: listed.public_ips,
    id: listed.id,
    pid: listed.pid,
    port: slave.port,
    region: listed.region,
    registered_time: slave.registered_time,
    resources: resources(slave.resources),
    used_resources: resources(slave.used_resources),
    offered_resources: resources(slave.offered_resources),
    reserved_resources: Object.fromEntries(
      Object.entries(fieldsOf(slave.reserved_resources)).map(([role, some]) => [role, resources(some)]),
    ),
    unreserved_resources: resources(slave.unreserved_resources),
    type: listed.type,
    version: slave.version,
    zone: listed.zone,
    status: listed.status,
  }
}

function masterNode(host: Fields, state: Fields, addresses: Map<string, unknown>): Fields {
  const { region, zone } = faultDomain(state)
  // Mesos gives id and zone of the leading master only; all masters are in one region.
  const leads = host.ip === state.hostname
  return {
    host: host.host,
    ip: host.ip,
    public_ips: addresses.get(String(host.ip)) ?? null,
    type: leads ? 'master (leader)' : 'master (standby)',
    region,
    zone: leads ? zone : '',
    id: leads ? state.id : '',
    pid: leads ? state.pid : '',
    version: leads ? state.version : '',
  }
}

function row(node: Fields): string[] {
  const isMaster = node.host !== undefined
  const isPublic = fieldsOf(node.attributes).public_ip === 'true'
  const publicIps = Array.isArray(node.public_ips) ? node.public_ips.join(', ') : ''
  const unknown = isMaster ? 'N/A' : ''
  return [
    String(node.host ?? node.hostname),
    String(node.ip ?? agentAddress(node)),
    publicIps,
    optionalText(node.id) ?? unknown,
    isPublic ? 'agent (public)' : String(node.type),
    optionalText(node.status) ?? '',
    optionalText(node.region) ?? unknown,
    optionalText(node.zone) ?? unknown,
  ]
}

/** The address in a Mesos process id, `slave(1)@10.0.0.5:5051`. */
function agentAddress(slave: Fields): string {
  return /@(.+):\d+$/.exec(String(slave.pid))?.[1] ?? ''
}

function faultDomain(node: Fields): { region: string; zone: string } {
  const { region, zone } = fieldsOf(fieldsOf(node.domain).fault_domain)
  return { region: optionalText(fieldsOf(region).name) ?? '', zone: optionalText(fieldsOf(zone).name) ?? '' }
}

function resources(value: unknown): Fields {
  const { cpus = 0, disk = 0, gpus = 0, mem = 0, ports = '' } = fieldsOf(value)
  return { cpus, disk, gpus, mem, ports }
}
