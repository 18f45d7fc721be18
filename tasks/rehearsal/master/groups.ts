import type { Application, ClusterDoor } from '../cluster.ts'
import type { Answer, Ask } from './answer.ts'
import { json, objectIn } from './answer.ts'
import { addApplications, type Scene } from './applications.ts'
import { absoluteId, complaints } from './definition.ts'
import { uuidOf } from './identity.ts'
import { present } from './marathon-answers.ts'
import { instancesOf } from './placement.ts'

/** /v2/groups: a group exists if there are applications below its path. */
export async function groups(door: ClusterDoor, scene: Scene, ask: Ask, id: string): Promise<Answer> {
  const below = appsBelow(scene, id)
  const exists = id === '/' || below.length > 0
  const body = objectIn(ask.body)
  if (ask.method === 'POST' && id === '/') return create(door, scene, body)
  if (ask.method === 'PUT') return update(door, scene, id, below, body)
  if (!exists) return json({ message: `Group '${id}' does not exist` }, 404)
  if (ask.method === 'GET') return json(groupOf(scene, id))
  if (ask.method !== 'DELETE') return json({ message: 'HTTP method not allowed' }, 405)
  for (const app of below) await door.removeApplication(app.id)
  return deployed(id, scene.now)
}

function appsBelow({ cluster }: Pick<Scene, 'cluster'>, id: string): Application[] {
  const prefix = id === '/' ? '/' : `${id}/`
  return cluster.apps.filter((app) => app.id.startsWith(prefix))
}

function groupOf(scene: Scene, id: string): object {
  const depth = id === '/' ? 1 : id.split('/').length
  const below = appsBelow(scene, id)
  const direct = below.filter((app) => app.id.split('/').length === depth + 1)
  const deeper = below
    .filter((app) => !direct.includes(app))
    .map((app) =>
      app.id
        .split('/')
        .slice(0, depth + 1)
        .join('/'),
    )
  return {
    id,
    apps: direct.map((app) => present(app, scene.placement)),
    groups: [...new Set(deeper)].map((group) => groupOf(scene, group)),
    pods: [],
    dependencies: [],
    version:
      below
        .map(({ acceptedAt }) => acceptedAt)
        .sort()
        .at(-1) ?? new Date(0).toISOString(),
  }
}

async function create(
  door: ClusterDoor,
  scene: Scene,
  body: Record<string, unknown> | undefined,
): Promise<Answer> {
  if (!body || typeof body.id !== 'string') return json({ message: 'Invalid JSON' }, 400)
  const id = absoluteId(body.id)
  if (appsBelow(scene, id).length > 0)
    return json({ message: `Group ${id} is already created. Use PUT to change this group.` }, 409)
  return put(door, scene, id, body, 201)
}

async function update(
  door: ClusterDoor,
  scene: Scene,
  id: string,
  below: Application[],
  body: Record<string, unknown> | undefined,
): Promise<Answer> {
  if (!body) return json({ message: 'Invalid JSON' }, 400)
  if (typeof body.scaleBy !== 'number') return put(door, scene, id, body, 200)
  if (below.length === 0) return json({ message: `Group '${id}' does not exist` }, 404)
  const factor = body.scaleBy
  const scaled = below.map((app) => ({ ...app.definition, instances: Math.ceil(instancesOf(app) * factor) }))
  await addApplications(door, scaled, scene.now)
  return deployed(id, scene.now)
}

async function put(
  door: ClusterDoor,
  { now }: Scene,
  id: string,
  body: Record<string, unknown>,
  status: number,
): Promise<Answer> {
  const apps = appsIn(body, id)
  const details = apps.flatMap((app) => complaints(app))
  if (details.length > 0) return json({ message: 'Object is not valid', details }, 422)
  await addApplications(door, apps, now)
  return deployed(id, now, status)
}

/** The applications of a group and of its subgroups; their ids may be relative to it. */
function appsIn({ apps, groups }: Record<string, unknown>, id: string): Record<string, unknown>[] {
  const list = (value: unknown) => (Array.isArray(value) ? (value as Record<string, unknown>[]) : [])
  const within = (name: unknown) => (String(name).startsWith('/') ? String(name) : `${id}/${name}`)
  return [
    ...list(apps).map((app) => ({ ...app, id: absoluteId(within(app.id)) })),
    ...list(groups).flatMap((group) => appsIn(group, absoluteId(within(group.id)))),
  ]
}

function deployed(id: string, now: number, status = 200): Answer {
  const version = new Date(now).toISOString()
  return json({ version, deploymentId: uuidOf('deployment', id, version) }, status)
}
