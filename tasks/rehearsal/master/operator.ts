import type { ClusterDoor, RehearsedCluster, RehearsedNode } from '../cluster.ts'
import type { Answer, Ask } from './answer.ts'
import { json, objectIn } from './answer.ts'
import { agentId, agentPid, MESOS_VERSION } from './mesos.ts'
import { bytes, message, whole } from './protobuf.ts'

const PROTOBUF = 'application/x-protobuf'
/** mesos.v1.master.Call.Type and Response.Type of GET_AGENTS (include/mesos/v1/master/master.proto). */
const CALL_GET_AGENTS = 10
const RESPONSE_GET_AGENTS = 9
/** A Call that has only its type: field 1, a varint. */
const GET_AGENTS_CALL = whole(1, CALL_GET_AGENTS)

/** POST /mesos/api/v1, of Mesos' operator API: what `dcos node list` requests, as JSON and protobuf, and the call to drain an agent. */
export async function operator(door: ClusterDoor, cluster: RehearsedCluster, ask: Ask): Promise<Answer> {
  const call = objectIn(ask.body)
  if (call?.type === 'DRAIN_AGENT') {
    const { agent_id } = (call.drain_agent ?? {}) as { agent_id?: { value?: string } }
    const agent = cluster.agents.find((one) => agentId(cluster, one) === agent_id?.value)
    if (!agent) return { status: 400, headers: {}, body: 'Agent is not registered' }
    await door.drain(agent.host)
    return { status: 200, headers: {}, body: '' }
  }
  const inProtobuf = String(ask.headers['content-type'] ?? '').startsWith(PROTOBUF)
  const asked = inProtobuf ? ask.body.equals(GET_AGENTS_CALL) : call?.type === 'GET_AGENTS'
  if (!asked)
    return { status: 501, headers: {}, body: 'A rehearsed master answers only GET_AGENTS and DRAIN_AGENT.' }
  if (String(ask.headers.accept ?? '').includes(PROTOBUF)) {
    return { status: 200, headers: { 'content-type': PROTOBUF }, body: agentsAsProtobuf(cluster) }
  }
  return json({
    type: 'GET_AGENTS',
    // Without agents Mesos leaves the list out.
    get_agents:
      cluster.agents.length > 0
        ? { agents: cluster.agents.map((agent) => agentAsJson(cluster, agent)), recovered_agents: [] }
        : {},
  })
}

function agentAsJson(cluster: RehearsedCluster, agent: RehearsedNode): object {
  return {
    agent_info: {
      hostname: agent.host,
      id: { value: agentId(cluster, agent) },
      domain: { fault_domain: { region: { name: agent.region }, zone: { name: agent.zone } } },
    },
    active: true,
    deactivated: false,
    version: MESOS_VERSION,
    pid: agentPid(agent),
  }
}

/** mesos.v1.master.Response: the field numbers are those of master.proto and mesos.proto. */
function agentsAsProtobuf(cluster: RehearsedCluster): Buffer {
  const agents = cluster.agents.map((agent) => {
    const faultDomain = message(bytes(1, bytes(1, agent.region)), bytes(2, bytes(1, agent.zone)))
    const info = message(
      bytes(1, agent.host),
      bytes(6, bytes(1, agentId(cluster, agent))),
      bytes(10, bytes(1, faultDomain)),
    )
    const fields = [bytes(1, info), whole(2, true), bytes(3, MESOS_VERSION), bytes(4, agentPid(agent))]
    return bytes(1, message(...fields, whole(12, false)))
  })
  return message(whole(1, RESPONSE_GET_AGENTS), bytes(10, message(...agents)))
}
