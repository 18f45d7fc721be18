import type { Application, ClusterDoor, RehearsedCluster } from '../cluster.ts'
import type { Answer, Ask } from './answer.ts'
import { json, objectIn } from './answer.ts'
import { absoluteId, complaints } from './definition.ts'
import { uuidOf } from './identity.ts'
import { masterId } from './mesos.ts'
import type { Placement } from './placement.ts'
import { instancesOf, place, resourcesOf } from './placement.ts'

const MARATHON_VERSION = '1.11.24'
const APPS = /^\/v2\/apps(?:\/(.+?))?\/?$/

/** Everything below /service/marathon; `path` is what follows it, `now` is in milliseconds since 1970. */
export async function marathon(
  door: ClusterDoor,
  cluster: RehearsedCluster,
  ask: Ask,
  path: string,
  now: number,
): Promise<Answer> {
  const placement = place(cluster, now)
  const reading = ask.method === 'GET' || ask.method === 'HEAD'
  const apps = APPS.exec(path)
  if (apps) {
    if (reading) return readApps(cluster, placement, apps[1])
    return changeApps(door, cluster, ask, apps[1], now)
  }
  if (!reading) return json({ message: 'HTTP method not allowed' }, 405)
  if (path === '/v2/info') return json(info(cluster))
  if (path === '/v2/deployments') return json(deployments(cluster, placement))
  if (path === '/v2/queue') return json({ queue: queue(cluster, placement) })
  if (path === '/ping') return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'pong' }
  return json({ message: 'HTTP 404 Not Found' }, 404)
}

function readApps(cluster: RehearsedCluster, placement: Placement, id: string | undefined): Answer {
  if (!id) return json({ apps: cluster.apps.map((app) => present(app, placement)) })
  const app = find(cluster, id)
  return app ? json({ app: present(app, placement) }) : unknownApp(id)
}

async function changeApps(
  door: ClusterDoor,
  cluster: RehearsedCluster,
  ask: Ask,
  id: string | undefined,
  now: number,
): Promise<Answer> {
  if (ask.method === 'DELETE' && id) {
    const app = find(cluster, id)
    if (!app) return unknownApp(id)
    await door.removeApplication(app.id)
    return deployed(`remove ${app.id}`, now)
  }
  if (ask.method === 'POST' && !id) return create(door, cluster, objectIn(ask.body), now)
  if (ask.method === 'PUT' && id) return update(door, cluster, id, objectIn(ask.body), now)
  return json({ message: 'HTTP method not allowed' }, 405)
}

async function create(
  door: ClusterDoor,
  cluster: RehearsedCluster,
  definition: Record<string, unknown> | undefined,
  now: number,
): Promise<Answer> {
  if (!definition) return json({ message: 'Invalid JSON' }, 400)
  const details = complaints(definition)
  if (details.length > 0) return json({ message: 'Object is not valid', details }, 422)
  const id = absoluteId(String(definition.id))
  if (find(cluster, id)) return json({ message: `An app with id [${id}] already exists.` }, 409)
  const app = { id, acceptedAt: new Date(now).toISOString(), definition: { ...definition, id } }
  await door.addApplication(app)
  // As in Marathon, nothing of it is placed yet when it is accepted.
  const answer = present(app, { tasks: [], on: new Map(), waiting: new Map() })
  return json(answer, 201, { 'marathon-deployment-id': deploymentId(app), location: `/v2/apps${id}` })
}

/** A PUT names what changes; the rest stays. An application that is not there yet is made by it. */
async function update(
  door: ClusterDoor,
  cluster: RehearsedCluster,
  id: string,
  change: Record<string, unknown> | undefined,
  now: number,
): Promise<Answer> {
  if (!change) return json({ message: 'Invalid JSON' }, 400)
  const old = find(cluster, id)
  if (!old) return create(door, cluster, { ...change, id }, now)
  const definition = { ...old.definition, ...change, id: old.id }
  const details = complaints(definition)
  if (details.length > 0) return json({ message: 'Object is not valid', details }, 422)
  const app = { id: old.id, acceptedAt: new Date(now).toISOString(), definition }
  await door.removeApplication(old.id)
  await door.addApplication(app)
  return json({ version: app.acceptedAt, deploymentId: deploymentId(app) })
}

function find(cluster: RehearsedCluster, id: string): Application | undefined {
  return cluster.apps.find((app) => app.id === absoluteId(id))
}

function unknownApp(id: string): Answer {
  return json({ message: `App '${absoluteId(id)}' does not exist` }, 404)
}

function deployed(what: string, now: number): Answer {
  const version = new Date(now).toISOString()
  return json({ version, deploymentId: uuidOf('deployment', what, version) })
}

/** An application is deployed by one deployment, which is over when all of it runs. */
function deploymentId(app: Application): string {
  return uuidOf('deployment', app.id, app.acceptedAt)
}

function runningOf(app: Application, { tasks }: Placement): number {
  return tasks.filter((task) => task.app.id === app.id && task.running).length
}

/** An application as Marathon shows it: its definition with the defaults filled in, and how it fares. */
function present(app: Application, placement: Placement): object {
  const instances = instancesOf(app)
  const tasksRunning = runningOf(app, placement)
  const placed = placement.tasks.filter((task) => task.app.id === app.id).length
  const checked = Array.isArray(app.definition.healthChecks) ? tasksRunning : 0
  return {
    ...resourcesOf(app),
    instances,
    labels: {},
    env: {},
    dependencies: [],
    role: 'slave_public',
    ...app.definition,
    id: app.id,
    version: app.acceptedAt,
    versionInfo: { lastScalingAt: app.acceptedAt, lastConfigChangeAt: app.acceptedAt },
    tasksStaged: placed - tasksRunning,
    tasksRunning,
    tasksHealthy: checked,
    tasksUnhealthy: 0,
    deployments: tasksRunning < instances ? [{ id: deploymentId(app) }] : [],
  }
}

function deployments(cluster: RehearsedCluster, placement: Placement): object[] {
  return cluster.apps
    .filter((app) => runningOf(app, placement) < instancesOf(app))
    .map((app) => ({
      id: deploymentId(app),
      version: app.acceptedAt,
      affectedApps: [app.id],
      affectedPods: [],
      steps: [
        { actions: [{ action: 'StartApplication', app: app.id }] },
        { actions: [{ action: 'ScaleApplication', app: app.id }] },
      ],
      currentActions: [{ action: 'ScaleApplication', app: app.id, readinessCheckResults: [] }],
      currentStep: 2,
      totalSteps: 2,
    }))
}

/** What waits for an agent with room. */
function queue(cluster: RehearsedCluster, placement: Placement): object[] {
  return cluster.apps
    .filter((app) => placement.waiting.has(app.id))
    .map((app) => ({
      count: placement.waiting.get(app.id),
      delay: { timeLeftSeconds: 0, overdue: true },
      since: app.acceptedAt,
      processedOffersSummary: {
        processedOffersCount: cluster.agents.length,
        unusedOffersCount: cluster.agents.length,
      },
      role: 'slave_public',
      app: present(app, placement),
    }))
}

function info(cluster: RehearsedCluster): object {
  const host = cluster.masters[0]?.host ?? ''
  return {
    name: 'marathon',
    version: MARATHON_VERSION,
    buildref: 'rehearsal',
    elected: true,
    leader: `${host}:8080`,
    frameworkId: `${masterId(cluster)}-0001`,
    marathon_config: { master: 'zk://zk-1.zk:2181/mesos', framework_name: 'marathon', hostname: host },
    zookeeper_config: { zk: 'zk://zk-1.zk:2181/marathon' },
  }
}
