import type { UpdateStack } from '../state/entries.ts'
import { build, type Site, type Work } from './build.ts'
import { change } from './change.ts'
import { compare, type ResourceChange } from './changes.ts'
import { settleWorks } from './create.ts'
import { runJobs } from './jobs.ts'
import type { Model } from './model.ts'
import { type Removal, removeAll } from './remove.ts'
import { type Incarnation, standing } from './timeline.ts'

const REPLACED = 'Requested update requires the creation of a new physical resource; hence creating one.'

/** Writes a whole update into the timeline. Answers whether it ended well, so that the new model is the stack's. */
export function updateStack(
  site: Site,
  before: Model,
  entry: UpdateStack & { at: number },
  removal: Pick<Removal, 'holds' | 'dependencies'>,
): boolean {
  const { model, recorder } = site
  const { timeline } = recorder
  recorder.writeStack(entry.at, 'UPDATE_IN_PROGRESS', 'User Initiated')
  const existing = standing(timeline)
  const names = new Set(existing.map(({ resource }) => resource))
  const changes = compare(before, model, (id) => names.has(id))
  const jobs = changes
    .filter(({ action }) => action !== 'Remove')
    .map((one) => ({
      id: one.id,
      needs: model.dependencies(one.id),
      run: (startsAt: number) => work(site, one, startsAt),
    }))
  const begins = entry.at + recorder.span(2, 5, 'begin')
  const works = runJobs(jobs, begins, (id) => recorder.span(0.2, 1.5, id, 'gap'))
  const { failed, endsAt } = settleWorks(site, works, 'UPDATE')
  const at = Math.max(endsAt, begins) + recorder.span(0.5, 2, 'verdict')
  const gone = new Set(
    changes.filter(({ action, replaces }) => action === 'Remove' || replaces).map(({ id }) => id),
  )
  if (failed.length === 0) {
    recorder.timeline.outputs.push({ at, outputs: model.outputs() })
    const obsolete = existing.filter(({ resource }) => gone.has(resource))
    finish(site, removal, obsolete, at, 'UPDATE_COMPLETE', changes)
    return true
  }
  const reason = `The following resource(s) failed to update: [${failed.join(', ')}].`
  if (entry.disableRollback) {
    recorder.writeStack(at, 'UPDATE_FAILED', reason)
    return true
  }
  recorder.writeStack(at, 'UPDATE_ROLLBACK_IN_PROGRESS', reason)
  takeBack(site, before, changes, works, existing, at, removal)
  return false
}

function work(site: Site, one: ResourceChange, startsAt: number): Work {
  if (one.action === 'Add') return build(site, one.id, startsAt)
  if (one.replaces) return build(site, one.id, startsAt, { status: 'UPDATE', reason: REPLACED })
  return change(site, one, startsAt)
}

/** The cleanup that ends an update: what was replaced or is no longer named goes. */
function finish(
  site: Site,
  removal: Pick<Removal, 'holds' | 'dependencies'>,
  obsolete: Incarnation[],
  at: number,
  status: string,
  changes: ResourceChange[],
): void {
  const { recorder } = site
  recorder.writeStack(at, `${status}_CLEANUP_IN_PROGRESS`)
  const removed = new Set(changes.filter(({ action }) => action === 'Remove').map(({ id }) => id))
  let endsAt = at
  for (const aside of [true, false]) {
    const part = obsolete.filter(({ resource }) => removed.has(resource) !== aside)
    const result = removeAll(
      {
        recorder,
        ...removal,
        keeps: ({ deletionPolicy }) => deletionPolicy?.startsWith('Retain') ?? false,
        force: true,
        aside,
      },
      part,
      at + recorder.span(0.5, 2, 'cleanup'),
    )
    if (part.length > 0) endsAt = Math.max(endsAt, result.endsAt)
  }
  recorder.writeStack(endsAt + recorder.span(0.3, 1.5, 'cleaned'), status)
}

/** An update that failed: what was changed is changed back, what was added goes. */
function takeBack(
  site: Site,
  before: Model,
  changes: ResourceChange[],
  works: ReadonlyMap<string, Work>,
  existing: Incarnation[],
  at: number,
  removal: Pick<Removal, 'holds' | 'dependencies'>,
): void {
  const { recorder } = site
  recorder.phase = 'rollback'
  let endsAt = at
  const begun = changes.filter(({ id, action }) => action === 'Modify' && works.has(id))
  for (const { id, type, replaces } of begun) {
    if (replaces) continue
    if (
      !recorder.timeline.events.some(
        (event) => event.resource === id && event.status.startsWith('UPDATE') && event.at <= at,
      )
    )
      continue
    const work = change(
      { ...site, model: before, faults: {} },
      { id, type, action: 'Modify', replaces, properties: [] },
      at + recorder.span(1, 4, id, 'back'),
    )
    for (const happening of work.happenings) recorder.write(happening)
    recorder.timeline.machines.push(...work.machines)
    for (const { machine, at: gone } of work.stopped) machine.terminatedAt = gone
    endsAt = Math.max(endsAt, work.endsAt)
  }
  const added = standing(recorder.timeline).filter((incarnation) => !existing.includes(incarnation))
  finish(
    site,
    removal,
    added,
    endsAt + recorder.span(0.5, 2, 'taken back'),
    'UPDATE_ROLLBACK_COMPLETE',
    changes,
  )
}
