import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Master } from './http.ts'
import { type Fields, fieldsOf, listIn, optionalText } from './shape.ts'

const OPERATOR = '/mesos/api/v1'
const SLAVES = '/mesos/slaves'
const STATE = '/mesos/state'
const SCHEDULE = '/mesos/maintenance/schedule'
const STATUS = '/mesos/maintenance/status'
const DOWN = '/mesos/machine/down'

/** How long a task may take to stop by itself before Mesos kills it. */
const GRACE_SECONDS = 120
const POLL_MS = 3_000
/** How long services may take to move; after this they will not. */
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
 * (DC/OS 2.0) drain it; older versions put the machine into maintenance, which ends its tasks at once. Throws DCOS_UNHEALTHY if that
 * does not finish, DCOS_…, AUTH_NEEDED.
 */
export async function drainAgent(master: Master, agent: Agent, { clock, signal }: Waiting): Promise<void> {
  const reply = await master.ask('POST', OPERATOR, {
    type: 'DRAIN_AGENT',
    drain_agent: {
      agent_id: { value: agent.id },
      // Which form of a duration it reads depends on the version; Mesos ignores fields it does not know.
      max_grace_period: { seconds: GRACE_SECONDS, nanoseconds: GRACE_SECONDS * 1e9 },
      // It does not return: its instance is terminated.
      mark_gone: true,
    },
  })
  // Mesos drops the name of a call that it does not know (validation.cpp), and answers others with 400, too.
  if (reply.status === 501 || /Expecting 'type'|convert JSON into Call/.test(reply.text))
    await takeDown(master, agent, clock)
  else if (reply.status === 400 && /Unknown agent/i.test(reply.text)) return
  else if (reply.status !== 200 && reply.status !== 202) master.accepted(OPERATOR, reply)
  const end = clock.now() + DEADLINE_MS
  while (!(await isDrained(master, agent))) {
    if (clock.now() >= end) {
      throw new Failure('DCOS_UNHEALTHY', {
        message: `agent ${agent.address} still runs tasks ${DEADLINE_MS / 60_000} minutes after draining began`,
        cause: 'its services have not started them elsewhere: the other agents may not have the resources',
        next: 'npx task nodes shows what is in use; then run the same command again',
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

/**
 * Adds the machine to the maintenance schedule, keeping what others have scheduled, and takes it down. An earlier run may have done
 * either: Mesos refuses to do it again.
 */
async function takeDown(master: Master, { address }: Agent, clock: Clock): Promise<void> {
  const machine = { hostname: address, ip: address }
  const { windows = [] } = fieldsOf(await master.get(SCHEDULE)) as { windows?: { machine_ids?: Fields[] }[] }
  const isScheduled = windows.some(({ machine_ids = [] }) => machine_ids.some(({ ip }) => ip === address))
  const unavailability = { start: { nanoseconds: clock.now() * 1e6 } }
  if (!isScheduled)
    await send(master, SCHEDULE, { windows: [...windows, { machine_ids: [machine], unavailability }] })
  const { down_machines = [] } = fieldsOf(await master.get(STATUS)) as { down_machines?: Fields[] }
  if (!down_machines.some(({ ip }) => ip === address)) await send(master, DOWN, [machine])
}

async function send(master: Master, path: string, body: unknown): Promise<void> {
  const reply = await master.ask('POST', path, body)
  if (reply.status !== 200) master.accepted(path, reply)
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
