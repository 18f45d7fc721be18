import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Master } from './http.ts'
import { fieldsOf, listIn, optionalText } from './shape.ts'

const OPERATOR = '/mesos/api/v1'
const SLAVES = '/mesos/slaves'
const STATE = '/mesos/state'
const SCHEDULE = '/mesos/maintenance/schedule'
const DOWN = '/mesos/machine/down'

/** So long a task may take to end by itself before Mesos kills it. */
const GRACE_SECONDS = 120
const POLL_MS = 3_000
/** Services may take their time to move; after this long they do not. */
const DEADLINE_MS = 15 * 60_000

interface Agent {
  /** Mesos's id. */
  id: string
  address: string
}

interface Waiting {
  clock: Clock
  signal: AbortSignal
}

/**
 * Has Mesos move all tasks off an agent, and waits until none is left: its services start them elsewhere. Mesos 1.9 and later
 * (DC/OS 2.0) drains, older ones take a machine down for maintenance, which ends its tasks at once. Throws DCOS_UNHEALTHY where that does
 * not come to an end, DCOS_…, AUTH_NEEDED.
 */
export async function drainAgent(master: Master, agent: Agent, { clock, signal }: Waiting): Promise<void> {
  const reply = await master.ask('POST', OPERATOR, {
    type: 'DRAIN_AGENT',
    drain_agent: {
      agent_id: { value: agent.id },
      // A duration is told in one or the other by version; Mesos passes over what it does not know.
      max_grace_period: { seconds: GRACE_SECONDS, nanoseconds: GRACE_SECONDS * 1e9 },
      // It does not come back: its instance is ended.
      mark_gone: true,
    },
  })
  // Mesos answers a call that it does not know with 400 or 501; what else is no yes is an error as everywhere.
  if (reply.status === 400 || reply.status === 501) await takeDown(master, agent, clock)
  else if (reply.status !== 200 && reply.status !== 202) master.accepted(OPERATOR, reply)
  const end = clock.now() + DEADLINE_MS
  while (!(await isDrained(master, agent))) {
    if (clock.now() >= end) {
      throw new Failure('DCOS_UNHEALTHY', {
        message: `agent ${agent.address} still runs tasks ${DEADLINE_MS / 60_000} minutes after it was drained`,
        cause: 'its services have not started them elsewhere: there may be no room for them',
        next: 'npx task nodes shows what is taken; then run the same line again',
      })
    }
    await clock.sleep(POLL_MS, signal)
  }
}

/** Gone, or drained and empty (Mesos, "Performing node maintenance"). */
async function isDrained(master: Master, { id }: Agent): Promise<boolean> {
  const slaves = listIn(await master.get(SLAVES), master.url + SLAVES, 'slaves')
  const slave = slaves.find((one) => one.id === id)
  return slave === undefined || fieldsOf(slave.drain_info).state === 'DRAINED'
}

/** Schedules the machine beside what others have scheduled, and takes it down. */
async function takeDown(master: Master, { address }: Agent, clock: Clock): Promise<void> {
  const machine = { hostname: address, ip: address }
  const { windows = [] } = fieldsOf(await master.get(SCHEDULE)) as { windows?: unknown[] }
  const unavailability = { start: { nanoseconds: clock.now() * 1e6 } }
  for (const [path, body] of [
    [SCHEDULE, { windows: [...windows, { machine_ids: [machine], unavailability }] }],
    [DOWN, [machine]],
  ] as const) {
    const reply = await master.ask('POST', path, body)
    if (reply.status !== 200) master.accepted(path, reply)
  }
}

/** The names of the tasks that run on each agent, by Mesos's id of it. */
export async function tasksOnAgents(master: Master): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const framework of listIn(await master.get(STATE), master.url + STATE, 'frameworks'))
    for (const task of listIn(framework, master.url + STATE, 'tasks')) {
      const agent = String(task.slave_id)
      const name = optionalText(task.name) ?? String(task.id)
      found.set(agent, [...(found.get(agent) ?? []), name])
    }
  return found
}
