import { handlerMessage } from './build.ts'
import { seconds } from './durations.ts'
import { type Job, runJobs } from './jobs.ts'
import type { Happening, Recorder } from './recorder.ts'
import type { Incarnation, Machine } from './timeline.ts'

export interface Removal {
  recorder: Recorder
  /** What each resource stood on: it goes before them. */
  dependencies: (resource: string) => readonly string[]
  /** Whether something still lies in a bucket at that time. */
  holds: (bucket: string, at: number) => boolean
  /** Decides what is left behind on purpose. */
  keeps: (incarnation: Incarnation) => boolean
  /** FORCE_DELETE_STACK: what cannot be deleted is left behind. */
  force?: boolean
  /** The removal says nothing about the logical resource: a successor has taken its place. */
  aside?: boolean
}

interface Outcome {
  endsAt: number
  failed?: string | undefined
  incarnation: Incarnation
  happenings: Happening[]
}

const BUCKET = 'AWS::S3::Bucket'

/** Removes physical resources, dependants first. What cannot be removed keeps what it stands on. */
export function removeAll(
  removal: Removal,
  incarnations: readonly Incarnation[],
  startsAt: number,
): { endsAt: number; failed: string[] } {
  const { recorder } = removal
  const jobs = incarnations.map(
    (incarnation): Job<Outcome> => ({
      id: incarnation.resource,
      needs: incarnations
        .filter((other) => removal.dependencies(other.resource).includes(incarnation.resource))
        .map((other) => other.resource),
      run: (at) => remove(removal, incarnation, at),
    }),
  )
  let endsAt = startsAt
  const failed: string[] = []
  for (const outcome of runJobs(jobs, startsAt, (id) => recorder.span(0.3, 1.5, id, 'delete gap')).values()) {
    for (const happening of outcome.happenings) recorder.write(happening)
    endsAt = Math.max(endsAt, outcome.endsAt)
    if (outcome.failed !== undefined) failed.push(outcome.incarnation.resource)
  }
  return { endsAt, failed }
}

function remove(removal: Removal, incarnation: Incarnation, at: number): Outcome {
  const { recorder } = removal
  const { resource, physicalId, type } = incarnation
  const happen = (when: number, status: string, reason?: string): Happening => ({
    at: when,
    resource,
    physicalId,
    type,
    status,
    properties: JSON.stringify(incarnation.properties),
    ...(reason === undefined ? {} : { reason }),
    ...(removal.aside ? { aside: true } : {}),
  })
  if (removal.keeps(incarnation)) {
    incarnation.retained = at
    return { endsAt: at, incarnation, happenings: [happen(at, 'DELETE_SKIPPED')] }
  }
  const [low, high] = seconds.deletion(type)
  const endsAt = at + recorder.span(low, high, resource, physicalId, 'delete')
  const begin = happen(at, 'DELETE_IN_PROGRESS')
  if (type === BUCKET && removal.holds(physicalId, endsAt)) {
    if (removal.force) {
      incarnation.retained = endsAt
      return { endsAt, incarnation, happenings: [begin, happen(endsAt, 'DELETE_SKIPPED')] }
    }
    const failed = handlerMessage(
      'The bucket you tried to delete is not empty (Service: S3, Status Code: 409)',
      'GeneralServiceException',
      recorder.stack.id,
      physicalId,
    )
    return { endsAt, failed, incarnation, happenings: [begin, happen(endsAt, 'DELETE_FAILED', failed)] }
  }
  incarnation.until = endsAt
  stop(recorder.timeline.machines, incarnation, endsAt - (endsAt - at) * 0.2)
  return { endsAt, incarnation, happenings: [begin, happen(endsAt, 'DELETE_COMPLETE')] }
}

/** The machines of a group or an instance go with it. */
function stop(machines: readonly Machine[], incarnation: Incarnation, at: number): void {
  for (const machine of machines) {
    const own = machine.group === undefined ? machine.id : machine.group
    if (own === incarnation.physicalId && machine.terminatedAt === undefined) machine.terminatedAt = at
  }
}
