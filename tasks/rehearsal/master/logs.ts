import type { RehearsedCluster } from '../cluster.ts'
import type { Answer } from './answer.ts'
import { agentId } from './mesos.ts'

/** dcos-log: `/system/v1/logs/v1/range/` on the leader, `/system/v1/agent/ID/logs/v1/range/` on an agent; a task's path follows. */
const LOGS =
  /^\/system\/v1\/(?:agent\/([^/]+)\/)?(?:leader\/(?:mesos|marathon)\/)?logs\/v1\/(range|stream)\/(.*)$/
const UNITS = {
  master: 'dcos-mesos-master',
  agent: 'dcos-mesos-slave',
  agent_public: 'dcos-mesos-slave-public',
}

/** The journal of a node, a few lines as plain text; undefined if the path is no log, 404 for an unknown node. */
export function logs(cluster: RehearsedCluster, path: string, now: number): Answer | undefined {
  const asked = LOGS.exec(path)
  if (!asked) return undefined
  const [, agent, how, task] = asked
  const node =
    agent === undefined ? cluster.masters[0] : cluster.agents.find((one) => agentId(cluster, one) === agent)
  const plain = { 'content-type': 'text/plain' }
  if (!node) return { status: 404, headers: plain, body: `agent ${agent} not found` }
  const at = new Date(now).toISOString()
  const unit = UNITS[node.role]
  const words = task
    ? ['Executing pre-exec command', 'the rehearsed task runs; it prints nothing else']
    : ['Started.', 'registered', 'a rehearsed node has no journal; this is all it says']
  if (how === 'stream') {
    // A journal that ends at once: nothing else happens on a rehearsed node.
    const fields = (MESSAGE: string) => ({ _HOSTNAME: node.host, SYSLOG_IDENTIFIER: unit, MESSAGE })
    const entries = words.map(
      (text) => `data: ${JSON.stringify({ fields: fields(text), realtime_timestamp: now * 1000 })}\n\n`,
    )
    return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: entries.join('') }
  }
  const lines = words.map((text) => `${at} ${node.host} ${task ? 'stdout' : unit}: ${text}\n`)
  return { status: 200, headers: plain, body: lines.join('') }
}
