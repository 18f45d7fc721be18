import type { UpdateStack } from '../state/entries.ts'
import { build, type Site, type Work } from './build.ts'
import { change } from './change.ts'
import { compare, type ResourceChange } from './changes.ts'
import { finishUpdate } from './clean-up.ts'
import { runJobs } from './jobs.ts'
import { failedTo } from './messages.ts'
import type { Model } from './model.ts'
import type { Ground } from './remove.ts'
import { settleWorks } from './settle.ts'
import { type Stable, takeBack } from './take-back.ts'
import { standing, type Timeline } from './timeline.ts'

const REPLACED = 'Requested update requires the creation of a new physical resource; hence creating one.'

/** Writes a whole update into the timeline, its rollback included. Returns whether it ended, failed, or was rolled back. */
export function updateStack(
  site: Site,
  before: Model,
  stable: Stable,
  entry: UpdateStack & { at: number },
  ground: Ground,
): 'complete' | 'failed' | 'rolled back' | 'stuck' {
  const { model, recorder } = site
  recorder.writeStack(entry.at, 'UPDATE_IN_PROGRESS', 'User Initiated')
  const changes = compare(before, model, conditions(recorder.timeline))
  const jobs = changes
    .filter(({ action }) => action !== 'Remove')
    .map((one) => ({
      id: one.id,
      needs: model.dependencies(one.id),
      run: (startsAt: number) =>
        one.replaces && entry.disableRollback && !entry.part
          ? refuse(site, one, startsAt)
          : work(site, one, startsAt),
    }))
  const begins = entry.at + recorder.span(2, 5, 'begin')
  const works = runJobs(jobs, begins, (id) => recorder.span(0.2, 1.5, id, 'gap'))
  const { failed, endsAt } = settleWorks(site, works, 'UPDATE')
  const at = Math.max(endsAt, begins) + recorder.span(0.5, 2, 'verdict')
  if (failed.length === 0) {
    recorder.timeline.outputs.push({ at, outputs: model.outputs() })
    if (entry.part) recorder.writeStack(at, 'UPDATE_COMPLETE')
    else finishUpdate(site, ground, at)
    return 'complete'
  }
  const reason = failedTo('update', failed)
  if (entry.disableRollback) {
    recorder.writeStack(at, 'UPDATE_FAILED', reason)
    return 'failed'
  }
  const how = { reason, retainExceptOnCreate: entry.retainExceptOnCreate }
  return takeBack({ ...site, model: stable.model }, stable, at, ground, how) ? 'rolled back' : 'stuck'
}

/** The state of a resource: it is good, has to be updated again, or does not exist. */
export function conditions(timeline: Timeline): (id: string) => 'well' | 'failed' | 'missing' {
  const last = new Map<string, string>()
  for (const { resource, status, aside } of timeline.events) if (!aside) last.set(resource, status)
  const there = new Set(standing(timeline).map(({ resource }) => resource))
  return (id) => {
    if (!there.has(id) || last.get(id) === 'CREATE_FAILED') return 'missing'
    return last.get(id) === 'UPDATE_FAILED' ? 'failed' : 'well'
  }
}

function work(site: Site, one: ResourceChange, startsAt: number): Work {
  if (one.action === 'Add') return build(site, one.id, startsAt)
  if (one.replaces) return build(site, one.id, startsAt, { reason: REPLACED })
  return change(site, one, startsAt)
}

/** Nothing is replaced without rollback (AWS: "Stack failure options"). */
function refuse({ recorder, model }: Site, { id, type }: ResourceChange, startsAt: number): Work {
  const endsAt = startsAt + recorder.span(0.5, 2, id, 'refuse')
  const { physicalId } = standing(recorder.timeline).findLast(({ resource }) => resource === id)!
  const failed = 'Replacement type updates not supported on stack with disable-rollback.'
  const properties = JSON.stringify(model.properties(id))
  const one = { resource: id, physicalId, type, properties }
  const happenings = [
    { ...one, at: startsAt, status: 'UPDATE_IN_PROGRESS' },
    { ...one, at: endsAt, status: 'UPDATE_FAILED', reason: failed },
  ]
  return { endsAt, failed, happenings, machines: [], stopped: [] }
}
