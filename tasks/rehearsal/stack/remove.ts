import type { Phase, ResourceFault } from '../state/entries.ts'
import { seconds } from './durations.ts'
import { type Job, runJobs } from './jobs.ts'
import { handlerMessage } from './messages.ts'
import { STACK_TYPE } from './model.ts'
import type { Nest, Nested } from './nest.ts'
import type { Happening, Recorder } from './recorder.ts'
import type { Incarnation, Machine } from './timeline.ts'

/** What a stack's resources depend on, and what is in them. */
export interface Ground {
  /** What each resource was made after: it goes before them. */
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
  /** Decides what is left behind on purpose. */
  keeps: (incarnation: Incarnation) => boolean
  /** What cannot be removed is left behind: by FORCE_DELETE_STACK without a failure, by a cleanup after one. */
  leaves?: 'forced' | 'failed'
  /** The removal says nothing about the logical resource: a successor has taken its place. */
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
  // Of one logical resource there may be several: they are told apart by their physical ids.
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

/** What failed before there was anything of it is gone at once. */
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

/** The machines of a group or an instance go with it. */
function stop(machines: readonly Machine[], incarnation: Incarnation, at: number): void {
  for (const machine of machines) {
    const own = machine.group === undefined ? machine.id : machine.group
    if (own === incarnation.physicalId && machine.terminatedAt === undefined) machine.terminatedAt = at
  }
}
