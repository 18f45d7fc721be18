import type { CreateStack } from '../state/entries.ts'
import { build, type Site, type Work } from './build.ts'
import { SECONDS_UNTIL_MASTERS_ANSWER } from './durations.ts'
import { GROUP } from './fleet.ts'
import { runJobs } from './jobs.ts'
import { type Removal, removeAll } from './remove.ts'
import { roleOf } from './roles.ts'
import { standing } from './timeline.ts'

/** Writes a whole creation into the timeline: to its end, or to its failure and what then becomes of the rest. */
export function createStack(
  site: Site,
  entry: CreateStack & { at: number },
  removal: Pick<Removal, 'holds' | 'dependencies'>,
): void {
  const { model, recorder } = site
  const { at, missingKey } = entry
  recorder.writeStack(at, 'CREATE_IN_PROGRESS', 'User Initiated')
  if (missingKey) {
    const reason = `Parameter validation failed: parameter value ${missingKey.value} for parameter name ${missingKey.parameter} does not exist.`
    fail(site, entry, removal, at + recorder.span(1, 3, 'parameters'), reason)
    return
  }
  const jobs = model.sorted.map((id) => ({
    id,
    needs: model.dependencies(id),
    run: (startsAt: number) => build(site, id, startsAt),
  }))
  const begins = at + recorder.span(2, 5, 'begin')
  const works = runJobs(jobs, begins, (id) => recorder.span(0.2, 1.5, id, 'gap'))
  const limit = entry.timeoutMinutes
    ? at + recorder.span(entry.timeoutMinutes * 60, entry.timeoutMinutes * 60)
    : undefined
  const { failed, endsAt, late } = settleWorks(site, works, 'CREATE', limit)
  if (late) {
    fail(site, entry, removal, endsAt, 'Stack creation time exceeded the specified timeout.')
  } else if (failed.length > 0) {
    fail(site, entry, removal, endsAt, `The following resource(s) failed to create: [${failed.join(', ')}].`)
  } else {
    const end = endsAt + recorder.span(0.5, 2, 'end')
    recorder.timeline.outputs.push({ at: end, outputs: model.outputs() })
    recorder.writeStack(end, 'CREATE_COMPLETE')
  }
}

/**
 * Writes what was worked on until the first failure; what was still in progress then is cancelled, what had not begun
 * never begins.
 */
export function settleWorks(
  site: Site,
  works: ReadonlyMap<string, Work & { startsAt: number }>,
  verb: 'CREATE' | 'UPDATE',
  limit?: number,
): { failed: string[]; endsAt: number; late: boolean } {
  const { recorder } = site
  const all = [...works]
  const firstFailure = Math.min(
    ...all.map(([, work]) => (work.failed === undefined ? Number.POSITIVE_INFINITY : work.endsAt)),
  )
  const end = Math.max(...all.map(([, work]) => work.endsAt), 0)
  const late = limit !== undefined && limit < Math.min(firstFailure, end)
  const cut = late ? limit : firstFailure
  const failed: string[] = []
  let endsAt = 0
  for (const [id, work] of all) {
    if (work.startsAt > cut) continue
    for (const happening of work.happenings) if (happening.at <= cut) recorder.write(happening)
    const { incarnation } = work
    if (incarnation && incarnation.from <= cut) recorder.timeline.incarnations.push(incarnation)
    recorder.timeline.machines.push(...work.machines.filter((machine) => machine.launchedAt <= cut))
    for (const { machine, at } of work.stopped) if (at <= cut) machine.terminatedAt = at
    if (work.endsAt <= cut) {
      endsAt = Math.max(endsAt, work.endsAt)
      if (work.failed !== undefined) failed.unshift(id)
      else writeMasters(site, id, work)
      continue
    }
    const at = cut + recorder.span(0.05, 0.8, id, 'cancel')
    endsAt = Math.max(endsAt, at)
    failed.push(id)
    const last = work.happenings.filter((happening) => happening.at <= cut).at(-1)!
    const status = last.status.startsWith('CREATE') ? 'CREATE_FAILED' : 'UPDATE_FAILED'
    recorder.write({
      ...last,
      at,
      status,
      reason: `Resource ${verb === 'CREATE' ? 'creation' : 'update'} cancelled`,
    })
  }
  return { failed, endsAt: Math.max(endsAt, late ? limit : 0), late }
}

/** Exhibitor on the masters keeps its ensemble's configuration in the bucket that their user data names. */
function writeMasters(site: Site, id: string, work: Work): void {
  const { model, recorder } = site
  if (work.incarnation?.type !== GROUP || roleOf(id) !== 'master' || work.machines.length === 0) return
  const at = work.endsAt + recorder.span(SECONDS_UNTIL_MASTERS_ANSWER / 2, SECONDS_UNTIL_MASTERS_ANSWER / 2)
  const servers = work.machines.map((machine, index) => `${index + 1}\\:${machine.privateIp}`).join(',')
  for (const resource of model.foundations(id)) {
    if (model.resources.get(resource)!.Type !== 'AWS::S3::Bucket') continue
    const text = `com.netflix.exhibitor.servers-spec=${servers}\ncom.netflix.exhibitor.zookeeper-data-directory=/var/lib/dcos/exhibitor/zookeeper/snapshot\n`
    recorder.timeline.objects.push({ at, bucket: model.physicalId(resource), key: model.stack.name, text })
  }
}

function fail(
  site: Site,
  entry: CreateStack,
  removal: Pick<Removal, 'holds' | 'dependencies'>,
  from: number,
  reason: string,
): void {
  const { recorder } = site
  const at = from + recorder.span(0.3, 1.5, 'verdict')
  if (entry.onFailure === 'DO_NOTHING') {
    recorder.writeStack(at, 'CREATE_FAILED', reason)
    return
  }
  const deleting = entry.onFailure === 'DELETE'
  const status = deleting ? 'DELETE' : 'ROLLBACK'
  recorder.writeStack(
    at,
    `${status}_IN_PROGRESS`,
    `${reason} ${deleting ? 'Delete' : 'Rollback'} requested by user.`,
  )
  recorder.phase = 'rollback'
  const { endsAt, failed } = removeAll(
    {
      recorder,
      ...removal,
      keeps: ({ deletionPolicy }) => deletionPolicy === 'Retain' && !entry.retainExceptOnCreate,
    },
    standing(recorder.timeline),
    at + recorder.span(1, 4, 'rollback'),
  )
  const end = endsAt + recorder.span(0.3, 1.5, 'rolled back')
  if (failed.length > 0) {
    recorder.writeStack(
      end,
      `${status}_FAILED`,
      `The following resource(s) failed to delete: [${failed.join(', ')}].`,
    )
  } else recorder.writeStack(end, `${status}_COMPLETE`)
}
