import type { CreateStack } from '../state/entries.ts'
import { build, type Site, type Work } from './build.ts'
import { SECONDS_UNTIL_MASTERS_ANSWER } from './durations.ts'
import { GROUP } from './fleet.ts'
import { runJobs } from './jobs.ts'
import { failedTo } from './messages.ts'
import { type Ground, removeAll } from './remove.ts'
import { roleOf } from './roles.ts'
import { settleWorks } from './settle.ts'
import { standing } from './timeline.ts'

/** Writes a whole creation into the timeline: to its end, or to its failure and what happens to the rest. */
export function createStack(site: Site, entry: CreateStack & { at: number }, ground: Ground): void {
  const { model, recorder } = site
  const { at, missingKey } = entry
  recorder.writeStack(at, 'CREATE_IN_PROGRESS', 'User Initiated')
  if (missingKey) {
    const reason = `Parameter validation failed: parameter value ${missingKey.value} for parameter name ${missingKey.parameter} does not exist.`
    fail(site, entry, ground, at + recorder.span(1, 3, 'parameters'), reason)
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
  const { done, failed, endsAt, late } = settleWorks(site, works, 'CREATE', limit)
  for (const [id, work] of done) writeMasters(site, id, work)
  if (late) fail(site, entry, ground, endsAt, 'Stack creation time exceeded the specified timeout.')
  else if (failed.length > 0) fail(site, entry, ground, endsAt, failedTo('create', failed))
  else {
    const end = Math.max(endsAt, begins) + recorder.span(0.5, 2, 'end')
    recorder.timeline.outputs.push({ at: end, outputs: model.outputs() })
    recorder.writeStack(end, 'CREATE_COMPLETE')
  }
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

function fail(site: Site, entry: CreateStack, ground: Ground, from: number, reason: string): void {
  const at = from + site.recorder.span(0.3, 1.5, 'verdict')
  if (entry.onFailure === 'DO_NOTHING') {
    site.recorder.writeStack(at, 'CREATE_FAILED', reason)
    return
  }
  const verb = entry.onFailure === 'DELETE' ? 'DELETE' : 'ROLLBACK'
  const asked = `${reason} ${verb === 'DELETE' ? 'Delete' : 'Rollback'} requested by user.`
  rollBackCreation(site, ground, at, {
    verb,
    reason: asked,
    retainExceptOnCreate: entry.retainExceptOnCreate,
  })
}

/** Removes what a creation created. */
export function rollBackCreation(
  { recorder, failing }: Pick<Site, 'recorder' | 'failing'>,
  ground: Ground,
  at: number,
  how: { verb: 'ROLLBACK' | 'DELETE'; reason: string; retainExceptOnCreate: boolean },
): void {
  recorder.turnBack(at, how.verb === 'DELETE' ? 'DELETE_STACK' : 'ROLLBACK')
  recorder.writeStack(at, `${how.verb}_IN_PROGRESS`, how.reason)
  const { endsAt, failed } = removeAll(
    {
      recorder,
      ground,
      fault: (resource) => failing.find(resource, 'rollback'),
      reason: (fault) => failing.reason(fault),
      keeps: ({ deletionPolicy }) => deletionPolicy === 'Retain' && !how.retainExceptOnCreate,
    },
    standing(recorder.timeline),
    at + recorder.span(1, 4, 'rollback'),
  )
  const end = endsAt + recorder.span(0.3, 1.5, 'rolled back')
  if (failed.length > 0) recorder.writeStack(end, `${how.verb}_FAILED`, failedTo('delete', failed))
  else recorder.writeStack(end, `${how.verb}_COMPLETE`)
}
