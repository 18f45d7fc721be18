import type { Application, ClusterDoor, RehearsedCluster } from '../cluster.ts'
import type { Answer, Ask } from './answer.ts'
import { json, objectIn } from './answer.ts'
import { addApplications, replace, type Scene } from './applications.ts'
import { absoluteId, complaints } from './definition.ts'
import { groups } from './groups.ts'
import { uuidOf } from './identity.ts'
import { deploymentId, deployments, info, present, queue, tasks } from './marathon-answers.ts'
import { type Placement, place } from './placement.ts'

const APPS = /^\/v2\/apps(?:\/(.+?))?\/?$/
const GROUPS = /^\/v2\/groups(?:\/(.+?))?\/?$/
/** The part of an application that is requested. */
const PART = /^(.+)\/(versions|tasks|restart)(?:\/([^/]+))?$/

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
    const [, id, part, which] = PART.exec(apps[1] ?? '') ?? []
    if (id && part) return partOf(door, { cluster, placement, now }, ask.method, [id, part, which])
    if (reading) return readApps(cluster, placement, apps[1])
    return changeApps(door, cluster, ask, apps[1], now)
  }
  const group = GROUPS.exec(path)
  if (group) return groups(door, { cluster, placement, now }, ask, absoluteId(group[1] ?? ''))
  if (!reading) return json({ message: 'HTTP method not allowed' }, 405)
  if (path === '/v2/info') return json(info(cluster))
  if (path === '/v2/deployments') return json(deployments(cluster, placement))
  if (path === '/v2/tasks') return json({ tasks: tasks(cluster, placement) })
  if (path === '/v2/leader') return json({ leader: `${cluster.masters[0]?.host ?? ''}:8080` })
  if (path === '/v2/plugins') return json({ plugins: [] })
  // No pods: an empty list, as of a Marathon that has none.
  if (/^\/v2\/pods(\/::status)?$/.test(path)) return json([])
  if (path === '/v2/queue') return json({ queue: queue(cluster, placement) })
  if (path === '/ping') return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'pong' }
  return json({ message: 'HTTP 404 Not Found' }, 404)
}

/** The versions of an application, its tasks, and its restart. Only the running version is kept. */
async function partOf(
  door: ClusterDoor,
  { cluster, now, placement }: Scene,
  method: string,
  [id, part, which]: (string | undefined)[],
): Promise<Answer> {
  const app = find(cluster, id!)
  if (!app) return unknownApp(id!)
  if (part === 'restart' && method === 'POST' && !which) {
    const again = { ...app, acceptedAt: new Date(now).toISOString() }
    await replace(door, again)
    return json({ version: again.acceptedAt, deploymentId: deploymentId(again) })
  }
  if (part === 'tasks' && method === 'DELETE' && !which) {
    const killed = tasks(cluster, placement, app.id)
    // Marathon starts others instead.
    await replace(door, { ...app, acceptedAt: new Date(now).toISOString() })
    return json({ tasks: killed })
  }
  if (method !== 'GET') return json({ message: 'HTTP method not allowed' }, 405)
  if (part === 'tasks') return json({ tasks: tasks(cluster, placement, app.id) })
  if (part !== 'versions') return json({ message: 'HTTP 404 Not Found' }, 404)
  if (!which) return json({ versions: [app.acceptedAt] })
  if (which === app.acceptedAt) return json(present(app, placement))
  return json({ message: `App '${app.id}' does not exist in version ${which}` }, 404)
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
  const [app] = (await addApplications(door, [definition], now)) as [Application]
  // As in Marathon, nothing of it has been placed when it is accepted.
  const answer = present(app, { tasks: [], on: new Map(), waiting: new Map() })
  return json(answer, 201, { 'marathon-deployment-id': deploymentId(app), location: `/v2/apps${id}` })
}

/** A PUT contains what changes; the rest stays. It creates an application that does not exist yet. */
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
  const [app] = (await addApplications(door, [definition], now)) as [Application]
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
