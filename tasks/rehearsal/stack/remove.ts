import type { Phase, ResourceFault } from '../state/entries.ts'
import { seconds } from './durations.ts'
import { type Job, runJobs } from './jobs.ts'
import { handlerMessage } from './messages.ts'
import { STACK_TYPE } from './model.ts'
import type { Nest, Nested } from './nest.ts'
import type { Happening, Recorder } from './recorder.ts'
import type { Incarnation, Machine } from './timeline.ts'

/** The dependencies of a stack's resources, and their content. */
export interface Ground {
  /** What each resource was created after: it is removed before them. */
  dependencies: (resource: string) => readonly string[]
  /** Why the service will not remove a physical resource at that time. */
  hindrance: (incarnation: Incarnation, at: number) => { message: string; code: string } | undefined
  nest: Nest
}

export interface Removal {
  recorder: Recorder
  ground: Ground
  fault: (resource: string) => ResourceFault | undefined
  reason: (fault: ResourceFault | undefined) => string | undefined
  /** Decides what is retained. */
  keeps: (incarnation: Incarnation) => boolean
  /** What cannot be removed is retained: by FORCE_DELETE_STACK without a failure, by a cleanup after one. */
  leaves?: 'forced' | 'failed'
  /** The removal does not count for the logical resource: a replacement has taken over. */
  aside?: (incarnation: Incarnation) => boolean
}

interface Outcome {
  endsAt: number
  failed?: string | undefined
  incarnation: Incarnation
  happenings: Happening[]
}

/** Removes physical resources, dependants first. What cannot be removed keeps what it depends on. */
export function removeAll(
  removal: Removal,
  incarnations: readonly Incarnation[],
  startsAt: number,
): { endsAt: number; failed: string[] } {
  const { recorder, ground } = removal
  // One logical resource may have several: physical ids distinguish them.
  const jobs = incarnations.map(
    (incarnation): Job<Outcome> => ({
      id: keyOf(incarnation),
      needs: incarnations
        .filter((other) => ground.dependencies(other.resource).includes(incarnation.resource))
        .map(keyOf),
      run: (at) => remove(removal, incarnation, at),
    }),
  )
  let endsAt = startsAt
  const failed: string[] = []
  forgetUnmade(recorder, startsAt)
  for (const outcome of runJobs(jobs, startsAt, (id) => recorder.span(0.3, 1.5, id, 'delete gap')).values()) {
    for (const happening of outcome.happenings) recorder.write(happening)
    endsAt = Math.max(endsAt, outcome.endsAt)
    if (outcome.failed !== undefined) failed.push(outcome.incarnation.resource)
  }
  return { endsAt, failed }
}

/** What failed before anything of it existed is gone at once. */
function forgetUnmade(recorder: Recorder, at: number): void {
  const last = new Map(recorder.timeline.events.map((event) => [event.resource, event]))
  for (const { resource, physicalId, type, status, properties } of last.values()) {
    if (status !== 'CREATE_FAILED' || physicalId !== '') continue
    recorder.write({ at, resource, physicalId, type, status: 'DELETE_COMPLETE', properties })
  }
}

const keyOf = ({ resource, physicalId }: Incarnation) => `${resource} ${physicalId}`

function remove(removal: Removal, incarnation: Incarnation, at: number): Outcome {
  const { recorder } = removal
  const { resource, physicalId, type } = incarnation
  const happen = (when: number, status: string, reason?: string, struck?: Phase): Happening => ({
    at: when,
    resource,
    physicalId,
    type,
    status,
    properties: JSON.stringify(incarnation.properties),
    struck,
    ...(reason === undefined ? {} : { reason }),
    ...(removal.aside?.(incarnation) ? { aside: true } : {}),
  })
  if (removal.keeps(incarnation)) {
    incarnation.retained = at
    return { endsAt: at, incarnation, happenings: [happen(at, 'DELETE_SKIPPED')] }
  }
  const [low, high] = seconds.deletion(type)
  const within = type === STACK_TYPE ? nested(removal, incarnation, at) : undefined
  const endsAt = within?.endsAt ?? at + recorder.span(low, high, resource, physicalId, 'delete')
  const begin = happen(at, 'DELETE_IN_PROGRESS')
  const fault = removal.fault(resource)
  const failed = removal.reason(fault) ?? within?.failed ?? obstacleTo(removal, incarnation, endsAt)
  if (failed !== undefined) {
    if (removal.leaves !== undefined) incarnation.retained = endsAt
    if (removal.leaves === 'forced') {
      return { endsAt, incarnation, happenings: [begin, happen(endsAt, 'DELETE_SKIPPED', failed)] }
    }
    const struck = fault && (recorder.phase === 'rollback' ? 'rollback' : 'delete')
    const happenings = [begin, happen(endsAt, 'DELETE_FAILED', failed, struck)]
    return { endsAt, failed, incarnation, happenings }
  }
  incarnation.until = endsAt
  stop(recorder.timeline.machines, incarnation, endsAt - (endsAt - at) * 0.2)
  return { endsAt, incarnation, happenings: [begin, happen(endsAt, 'DELETE_COMPLETE')] }
}

function nested({ ground, leaves, recorder }: Removal, incarnation: Incarnation, at: number): Nested {
  const rollback = recorder.phase === 'rollback' ? { rollback: true } : {}
  return ground.nest.remove(incarnation, at, { force: leaves === 'forced', ...rollback })
}

function obstacleTo({ ground, recorder }: Removal, incarnation: Incarnation, at: number): string | undefined {
  const hindrance = ground.hindrance(incarnation, at)
  return (
    hindrance && handlerMessage(hindrance.message, hindrance.code, recorder.stack.id, incarnation.physicalId)
  )
}

/** The machines of a group or an instance are removed with it. */
function stop(machines: readonly Machine[], incarnation: Incarnation, at: number): void {
  for (const machine of machines) {
    const own = machine.group === undefined ? machine.id : machine.group
    if (own === incarnation.physicalId && machine.terminatedAt === undefined) machine.terminatedAt = at
  }
}
