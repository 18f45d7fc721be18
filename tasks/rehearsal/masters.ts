import { type Cloud, family } from './cloud.ts'
import type { Application, ClusterDoor, RehearsedCluster, RehearsedNode } from './cluster.ts'
import { type OpenMaster, serveAmongSiblings } from './siblings.ts'
import { SECONDS_UNTIL_MASTERS_ANSWER } from './stack/durations.ts'
import { GROUP } from './stack/fleet.ts'
import { roleOf } from './stack/roles.ts'
import { countUntil, type Machine } from './stack/timeline.ts'
import { uuid } from './state/chance.ts'
import type { StackRecord, World } from './state/world.ts'

/** The last open-source release of DC/OS. */
const VERSION = '2.2.1'

/** Serves the master of the cluster whose load balancer has this address, unless a sibling process already does. */
export async function openMaster(cloud: Cloud, url: string): Promise<OpenMaster> {
  const port = Number(new URL(url).port || 80)
  const owner = cloud.log.read().ports.get(port)
  if (!owner) throw new Error(`no rehearsed load balancer listens on ${url}`)
  const door = doorOf(cloud, owner.stack)
  const { serveMaster } = await import('./master/serve.ts')
  return serveAmongSiblings(() => serveMaster(door, port), port, clusterId(owner.stack))
}

function clusterId(stack: string): string {
  return uuid('cluster', stack)
}

/** The cluster on a stack's instances, at the moment of each request. */
export function doorOf(cloud: Cloud, stack: string): ClusterDoor {
  return {
    read: async () => {
      const world = cloud.log.read()
      const record = world.stacks.get(stack)
      return record && readCluster(cloud, world, record, cloud.log.now(world))
    },
    addApplication: async (application) => {
      cloud.log.commit(() => ({ change: { type: 'AddApplication', stack, application }, answer: undefined }))
    },
    drain: async (host) => {
      cloud.log.commit(() => ({ change: { type: 'DrainAgent', stack, host }, answer: undefined }))
    },
    removeApplication: async (id) => {
      cloud.log.commit(() => ({
        change: { type: 'RemoveApplication', stack, application: id },
        answer: undefined,
      }))
    },
  }
}

function readCluster(
  cloud: Cloud,
  world: World,
  record: StackRecord,
  now: number,
): RehearsedCluster | undefined {
  if (cloud.status(world, record, now) === 'DELETE_COMPLETE') return undefined
  const specification = cloud.specification(world, record, now)
  if (!specification) return undefined
  cloud.timeline(world, record)
  const timelines = family(record).map((one) => cloud.timeline(world, one))
  const all = timelines.flatMap(({ machines }) => machines).filter(({ group }) => group !== undefined)
  const running = all.filter(
    (machine) =>
      machine.bootedAt <= now && (machine.terminatedAt === undefined || machine.terminatedAt > now),
  )
  const agents = all.filter(({ resource }) => roleOf(resource).startsWith('agent'))
  const nodes = running.flatMap((machine) => nodesOf(machine, record.region, agents.indexOf(machine)))
  const drained = record.entries.flatMap((entry) => (entry.type === 'DrainAgent' ? [entry] : []))
  const masters = nodes.filter(({ role }) => role === 'master')
  const oauth = { ...defaultsOf(cloud, specification.template), ...specification.parameters }.OAuthEnabled
  const answersAfter = (SECONDS_UNTIL_MASTERS_ANSWER * 1000) / specification.speed
  const completed = timelines.some(({ events }) =>
    events
      .slice(0, countUntil(events, now - answersAfter))
      .some(
        (event) =>
          event.type === GROUP && roleOf(event.resource) === 'master' && event.status === 'CREATE_COMPLETE',
      ),
  )
  return {
    name: record.name,
    id: clusterId(record.id),
    version: VERSION,
    up: completed && masters.length > 0,
    oauth: oauth === 'true',
    masters,
    agents: nodes.filter(
      ({ host, role, since }) =>
        role !== 'master' && !drained.some((entry) => entry.host === host && entry.at >= since),
    ),
    apps: applicationsOf(record),
  }
}

/** The DC/OS node that a machine is; the bootstrap node is none. */
function nodesOf(machine: Machine, region: string, number: number): (RehearsedNode & { since: number })[] {
  const role = roleOf(machine.resource)
  if (role === 'bootstrap') return []
  const { id: instance, privateIp: host, publicIp = host, zone } = machine
  return [{ instance, host, publicIp, role, region, zone, number, since: machine.launchedAt }]
}

function applicationsOf(record: StackRecord): Application[] {
  const applications = new Map<string, Application>()
  for (const entry of record.entries) {
    if (entry.type === 'AddApplication') applications.set(entry.application.id, entry.application)
    else if (entry.type === 'RemoveApplication') applications.delete(entry.application)
  }
  return [...applications.values()]
}

function defaultsOf(cloud: Cloud, template: string): Record<string, string> {
  const declared = Object.entries(cloud.template(template).Parameters ?? {})
  return Object.fromEntries(declared.map(([name, { Default }]) => [name, String(Default ?? '')]))
}
