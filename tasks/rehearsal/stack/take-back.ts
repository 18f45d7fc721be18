import type { Site, Work } from './build.ts'
import { change } from './change.ts'
import { cleanUp } from './clean-up.ts'
import { runJobs } from './jobs.ts'
import { failedTo } from './messages.ts'
import type { Model } from './model.ts'
import type { Recorder } from './recorder.ts'
import type { Ground } from './remove.ts'
import { settleWorks } from './settle.ts'
import { type Incarnation, standing } from './timeline.ts'

/** The last good state of a stack: what a failed update is rolled back to. */
export interface Stable {
  model: Model
  /** The entry that specified it. */
  entry: number
  /** When the first update after it began. */
  since: number
  /** What existed then, with the properties it had. */
  incarnations: ReadonlyMap<Incarnation, Record<string, unknown>>
  /** Resources that are back in that state, as far as the rollback has got. */
  restored: Set<string>
}

interface TakingBack {
  reason: string
  /** Resources that are left as they are. */
  skip?: readonly string[] | undefined
  retainExceptOnCreate?: boolean | undefined
}

/**
 * Rolls an update back to the stable state: what was changed is changed back, what was added is removed. Returns whether that
 * succeeded. `site.model` is the stable one.
 */
export function takeBack(
  site: Site,
  stable: Stable,
  at: number,
  ground: Ground,
  { reason, skip = [], retainExceptOnCreate = false }: TakingBack,
): boolean {
  const { recorder, model } = site
  const { timeline } = recorder
  recorder.turnBack(at)
  recorder.writeStack(at, 'UPDATE_ROLLBACK_IN_PROGRESS', reason)
  const touched = new Set<string>()
  for (const event of timeline.events) if (event.at >= stable.since) touched.add(event.resource)
  const begins = at + recorder.span(1, 4, 'back')
  const old = new Map(
    [...stable.incarnations.keys()].map((incarnation) => [incarnation.resource, incarnation]),
  )
  const jobs = model.sorted
    .filter((id) => touched.has(id) && old.has(id) && !stable.restored.has(id))
    .map((id) => ({
      id,
      needs: model.dependencies(id),
      run: (startsAt: number) => restore(site, stable, old.get(id)!, startsAt, skip.includes(id)),
    }))
  const works = runJobs(jobs, begins, (id) => recorder.span(0.2, 1.5, id, 'gap'))
  const { done, failed, endsAt } = settleWorks(site, works, 'UPDATE')
  for (const [id] of done) stable.restored.add(id)
  const end = Math.max(endsAt, begins) + recorder.span(0.5, 2, 'rolled back')
  if (failed.length > 0) {
    recorder.writeStack(end, 'UPDATE_ROLLBACK_FAILED', failedTo('update', failed))
    return false
  }
  const added = standing(timeline).filter((incarnation) => !stable.incarnations.has(incarnation))
  cleanUp(
    site,
    ground,
    added,
    end,
    'UPDATE_ROLLBACK_COMPLETE',
    ({ deletionPolicy }) => deletionPolicy === 'Retain' && !retainExceptOnCreate,
  )
  return true
}

/** Changes a resource back; if a replacement was created, the old one becomes current again. */
function restore(site: Site, stable: Stable, old: Incarnation, startsAt: number, skipped: boolean): Work {
  const { resource: id, type, physicalId } = old
  const replaced = standing(site.recorder.timeline).some(
    (other) => other.resource === id && !stable.incarnations.has(other),
  )
  const failing = site.failing.find(id, 'rollback') !== undefined
  if (!skipped && (failing || !replaced)) return change(site, { id, type }, startsAt, 'rollback')
  const properties = JSON.stringify(old.properties)
  const happenings = [{ at: startsAt, resource: id, physicalId, type, status: 'UPDATE_COMPLETE', properties }]
  return { endsAt: startsAt, happenings, machines: [], stopped: [] }
}

/** When an update is cancelled, what is in progress fails. */
export function cancelWorks(recorder: Recorder, at: number): void {
  const last = new Map(recorder.timeline.events.map((event) => [event.resource, event]))
  for (const { resource, physicalId, type, status, properties } of last.values()) {
    if (physicalId === recorder.stack.id || !status.endsWith('_IN_PROGRESS')) continue
    const verb = status.startsWith('CREATE') ? 'CREATE' : 'UPDATE'
    const reason = `Resource ${verb === 'CREATE' ? 'creation' : 'update'} cancelled`
    const when = at + recorder.span(0.1, 0.8, resource, 'cancel')
    recorder.write({ at: when, resource, physicalId, type, status: `${verb}_FAILED`, reason, properties })
  }
}
