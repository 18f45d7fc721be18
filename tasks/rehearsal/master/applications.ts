import type { Application, ClusterDoor, RehearsedCluster } from '../cluster.ts'
import { absoluteId } from './definition.ts'
import type { Placement } from './placement.ts'

/** What a request works with. */
export interface Scene {
  cluster: RehearsedCluster
  placement: Placement
  now: number
}

/** An application replaces the one with its id. */
export async function replace(door: ClusterDoor, app: Application): Promise<void> {
  await door.removeApplication(app.id)
  await door.addApplication(app)
}

/** Adds applications that were checked before; returns them as Marathon keeps them. */
export async function addApplications(
  door: ClusterDoor,
  definitions: Record<string, unknown>[],
  now: number,
): Promise<Application[]> {
  const acceptedAt = new Date(now).toISOString()
  const apps = definitions.map((definition) => {
    const id = absoluteId(String(definition.id))
    return { id, acceptedAt, definition: { ...definition, id } }
  })
  for (const app of apps) await replace(door, app)
  return apps
}
