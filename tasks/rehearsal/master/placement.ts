import type { Application, RehearsedCluster, RehearsedNode } from '../cluster.ts'
import { uuidOf } from './identity.ts'

/** What an agent offers: an m5.large (2 vCPU, 8 GiB) minus what DC/OS reserves. */
export const AGENT_RESOURCES: Resources = { cpus: 2, mem: 6656, disk: 57344, gpus: 0 }

/** Marathon's defaults for values that an application does not set (appDefinition.raml). */
const DEFAULTS = { cpus: 1, mem: 128, disk: 0, gpus: 0, instances: 1 }

/** How long after its acceptance an application runs, in milliseconds. */
const STARTS_AFTER_MS = 1000

export interface Resources {
  cpus: number
  mem: number
  disk: number
  gpus: number
}

/** One instance of an application, on the agent that runs it. */
export interface Placed {
  app: Application
  id: string
  agent: RehearsedNode
  running: boolean
}

export interface Placement {
  tasks: Placed[]
  /** The same tasks by agent; every agent has an entry. */
  on: Map<RehearsedNode, Placed[]>
  /** How many instances of an application (by id) fit on no agent. */
  waiting: Map<string, number>
}

/** How many instances an application wants. */
export function instancesOf(app: Application): number {
  return amount(app, 'instances')
}

/** The resources that one instance of an application needs. */
export function resourcesOf(app: Application): Resources {
  return {
    cpus: amount(app, 'cpus'),
    mem: amount(app, 'mem'),
    disk: amount(app, 'disk'),
    gpus: amount(app, 'gpus'),
  }
}

export function addUp(parts: Resources[]): Resources {
  const sum = { cpus: 0, mem: 0, disk: 0, gpus: 0 }
  for (const part of parts) for (const name of resourceNames) sum[name] += part[name]
  return sum
}

/**
 * Where every application's instances run at `now` (milliseconds since 1970). Computed from the cluster alone, first
 * come first served, the emptiest agent first: so all processes that serve the cluster give the same answers.
 */
export function place(cluster: RehearsedCluster, now: number): Placement {
  const room = new Map(cluster.agents.map((agent) => [agent, { ...AGENT_RESOURCES }]))
  const tasks: Placed[] = []
  const on = new Map(cluster.agents.map((agent): [RehearsedNode, Placed[]] => [agent, []]))
  const waiting = new Map<string, number>()
  for (const app of cluster.apps) {
    const takes = resourcesOf(app)
    const instances = instancesOf(app)
    const agents = cluster.agents.filter((agent) => agent.role === wantedRole(app))
    for (let instance = 0; instance < instances; instance++) {
      const agent = roomiest(agents, room, takes)
      if (!agent) {
        waiting.set(app.id, instances - instance)
        break
      }
      const left = room.get(agent)!
      for (const name of resourceNames) left[name] -= takes[name]
      const running = now - Date.parse(app.acceptedAt) >= STARTS_AFTER_MS
      const task = { app, id: taskId(app, instance), agent, running }
      tasks.push(task)
      on.get(agent)!.push(task)
    }
  }
  return { tasks, on, waiting }
}

const resourceNames = ['cpus', 'mem', 'disk', 'gpus'] as const

function amount(app: Application, name: keyof typeof DEFAULTS): number {
  const value = app.definition[name]
  return typeof value === 'number' ? value : DEFAULTS[name]
}

/** Public agents run only what requests them by their Mesos role. */
function wantedRole(app: Application): RehearsedNode['role'] {
  const roles = app.definition.acceptedResourceRoles
  return Array.isArray(roles) && roles.includes('slave_public') ? 'agent_public' : 'agent'
}

function roomiest(
  agents: RehearsedNode[],
  room: Map<RehearsedNode, Resources>,
  takes: Resources,
): RehearsedNode | undefined {
  let best: RehearsedNode | undefined
  for (const agent of agents) {
    const left = room.get(agent)!
    if (resourceNames.some((name) => left[name] < takes[name])) continue
    if (!best || left.mem > room.get(best)!.mem) best = agent
  }
  return best
}

/** Marathon's form of a Mesos task id: the path with underscores, the instance, its incarnation. */
function taskId(app: Application, instance: number): string {
  const name = app.id.slice(1).replaceAll('/', '_')
  return `${name}.instance-${uuidOf(app.id, app.acceptedAt, String(instance))}._app.1`
}
