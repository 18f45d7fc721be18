import type { UpdateStack } from '../state/entries.ts'
import { build, type Site, type Work } from './build.ts'
import { change } from './change.ts'
import { compare, type ResourceChange } from './changes.ts'
import { runJobs } from './jobs.ts'
import { failedTo } from './messages.ts'
import { type Model, STACK_TYPE } from './model.ts'
import { type Ground, removeAll } from './remove.ts'
import { settleWorks } from './settle.ts'
import { type Incarnation, standing, type Timeline } from './timeline.ts'

const REPLACED = 'Requested update requires the creation of a new physical resource; hence creating one.'

/** The last state a stack was well in: what an update that fails is taken back to. */
export interface Stable {
  model: Model
  /** The entry that specified it. */
  entry: number
  /** When the first update after it began. */
  since: number
  /** What stood then, with its properties of then. */
  incarnations: ReadonlyMap<Incarnation, Record<string, unknown>>
  /** Resources that are as they were then, as far as the rollback has got. */
  restored: Set<string>
}

/** Writes a whole update into the timeline, its rollback included. Answers whether it ended, failed, or was taken back. */
export function updateStack(
  site: Site,
  before: Model,
  stable: Stable,
  entry: UpdateStack & { at: number },
  ground: Ground,
): 'complete' | 'failed' | 'taken back' | 'stuck' {
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
  return takeBack({ ...site, model: stable.model }, stable, at, ground, how) ? 'taken back' : 'stuck'
}

/** What is known of a resource: it is well, it has to be done again, or it is not there. */
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

/** Nothing is replaced where nothing would be taken back (AWS: "Stack failure options"). */
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

/** The cleanup of an update that has succeeded. */
export function finishUpdate(site: Site, ground: Ground, at: number): void {
  const { model, recorder, nest } = site
  const current = new Set(model.sorted.map((id) => model.physicalId(id)))
  const there = standing(recorder.timeline)
  const obsolete = there.filter(({ physicalId }) => !current.has(physicalId))
  const nested = there.filter(({ type, physicalId }) => type === STACK_TYPE && current.has(physicalId))
  cleanUp(
    site,
    ground,
    obsolete,
    at,
    'UPDATE_COMPLETE',
    ({ resource, deletionPolicy, replacePolicy }) =>
      (model.resources.has(resource) ? replacePolicy : deletionPolicy)?.startsWith('Retain') ?? false,
    Math.max(at, ...nested.map(({ physicalId }) => nest.cleanUp(physicalId, at).endsAt)),
  )
}

/** The cleanup that ends an update or its rollback: what was replaced or is no longer named goes. */
function cleanUp(
  { recorder, failing, model }: Site,
  ground: Ground,
  obsolete: Incarnation[],
  at: number,
  status: 'UPDATE_COMPLETE' | 'UPDATE_ROLLBACK_COMPLETE',
  keeps: (incarnation: Incarnation) => boolean,
  /** Something else that is waited for. */
  notBefore = at,
): void {
  recorder.writeStack(at, `${status}_CLEANUP_IN_PROGRESS`)
  const { endsAt, failed } = removeAll(
    {
      recorder,
      ground,
      fault: (resource) => failing.find(resource, recorder.phase === 'rollback' ? 'rollback' : 'delete'),
      reason: (fault) => failing.reason(fault),
      keeps,
      leaves: 'failed',
      aside: ({ resource }) => model.resources.has(resource),
    },
    obsolete,
    at + recorder.span(0.5, 2, 'cleanup'),
  )
  const left = `${status === 'UPDATE_COMPLETE' ? 'Update' : 'Rollback'} successful. One or more resources could not be deleted.`
  const end = Math.max(endsAt, notBefore) + recorder.span(0.3, 1.5, 'cleaned')
  recorder.writeStack(end, status, failed.length > 0 ? left : undefined)
}

interface TakingBack {
  reason: string
  /** Resources that are left as they are. */
  skip?: readonly string[] | undefined
  retainExceptOnCreate?: boolean | undefined
}

/**
 * Takes an update back to what was stable: what was changed is changed back, what was added goes. Answers whether that
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
  const end = Math.max(endsAt, begins) + recorder.span(0.5, 2, 'taken back')
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

/** Changes a resource back; where a successor was made, the old one simply counts again. */
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
