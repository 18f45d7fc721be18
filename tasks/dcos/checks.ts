import { type Master, NODE_CHECKS } from './http.ts'
import { fieldsOf } from './shape.ts'

/**
 * Which of its own checks a node fails, as DC/OS's upgrade asks before it goes on to the next: whether CockroachDB and the log of
 * Mesos are replicated is among those of a master, and in no other health report. The load balancer chooses the master. Empty if
 * there are none, or DC/OS is older than 1.12, which has no such service.
 */
export async function failingChecks(master: Master): Promise<string[]> {
  const reply = await master.ask('POST', NODE_CHECKS)
  if (reply.status === 404) return []
  const { checks, status } = fieldsOf(master.accepted(NODE_CHECKS, reply))
  if (status === 0) return []
  const failing = Object.entries(fieldsOf(checks)).filter(([, check]) => fieldsOf(check).status !== 0)
  return failing.length > 0 ? failing.map(([name]) => name) : ['node checks']
}
