import type { Report } from '../runner/task.ts'
import type { Closing } from '../runner/taskfile.ts'
import type { Context } from './context.ts'

/** The state of the cluster after a run, and what to do next. Nothing if DC/OS was not checked, or there was nothing to delete. */
export function closing(
  { cloud, config }: Pick<Context, 'cloud' | 'config'>,
  { deleted, retained, url }: Report,
  way: 'up' | 'down',
): Closing | undefined {
  const subject = `Cluster ${config.cluster.name}`
  const rehearsed = cloud.onThisMachine ? ' (rehearsed)' : ''
  if (way === 'down') {
    if (deleted.length === 0) return undefined
    const rest = retained.length > 0 ? 'what was kept is listed above' : 'nothing is left of it'
    return {
      said: `${subject} is deleted${rehearsed}; ${rest}.`,
      next: ['npx task bootstrap', 'npx task clusters'],
    }
  }
  if (url === null) return undefined
  return {
    said: `${subject} is up${rehearsed}.`,
    // A rehearsed one responds only while a task, such as the dashboard, serves it.
    ...(cloud.onThisMachine ? {} : { url }),
    next: ['npx task dashboard', 'npx task dcos -- node', 'npx task destroy'],
  }
}
