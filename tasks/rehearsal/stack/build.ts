import type { Phase } from '../state/entries.ts'
import { seconds } from './durations.ts'
import type { Failing } from './failing.ts'
import { capacityOf, GROUP, INSTANCE, launchGroup, launchInstance } from './fleet.ts'
import { type Model, STACK_TYPE } from './model.ts'
import type { Nest } from './nest.ts'
import type { Happening, Recorder } from './recorder.ts'
import { awaitSignals, type Signal, signalPolicy } from './signals.ts'
import type { Incarnation, Machine } from './timeline.ts'

/** The result of creating or changing one resource, if nothing else fails meanwhile. */
export interface Work {
  endsAt: number
  /** Why it failed. */
  failed?: string | undefined
  /** The phase in which it was configured to fail. */
  struck?: Phase | undefined
  happenings: Happening[]
  incarnation?: Incarnation | undefined
  machines: Machine[]
  /** Machines that are terminated, and when. */
  stopped: { machine: Machine; at: number }[]
  /** What holds once it has succeeded. */
  complete?: () => void
  /** Its part elsewhere is rolled back: it never began. */
  undo?: (() => void) | undefined
}

export interface Site {
  model: Model
  recorder: Recorder
  failing: Failing
  /** The signals sent by SignalResource. */
  signals: (Signal & { resource: string })[]
  nest: Nest
  /** Whether a bucket of that name exists already. */
  taken: (bucket: string, at: number) => boolean
}

/** Services whose resources take a list as Tags; a mapping instead is the usual mistake. */
const LISTED_TAGS = /^AWS::(AutoScaling|EC2|ElasticLoadBalancing|ElasticLoadBalancingV2|IAM|S3)::/

function mistyped(id: string, type: string, { Tags }: Record<string, unknown>): string | undefined {
  if (Tags === undefined || Array.isArray(Tags) || !LISTED_TAGS.test(type)) return undefined
  return `Properties validation failed for resource ${id} with message:\n#/Tags: expected type: JSONArray, found: JSONObject`
}

/** Creates one resource: in progress, initiated with its physical id, then its signals if it waits for any, then done or failed. */
export function build(
  site: Site,
  id: string,
  startsAt: number,
  /** A replacement is created as part of an update; its events are an update's. */
  replaces?: { reason: string },
): Work {
  const { model, recorder, failing } = site
  const resource = model.resources.get(id)!
  const type = resource.Type
  const physicalId = model.physicalId(id)
  const properties = model.properties(id)
  const told = JSON.stringify(properties)
  const phase: Phase = replaces ? 'update' : 'create'
  const prefix = replaces ? 'UPDATE' : 'CREATE'
  const [low, high] = seconds.creation(type)
  const duration = recorder.span(low, high, id, 'create')
  const initiatedAt = startsAt + Math.min(duration * 0.4, recorder.span(0.6, 2.4, id, 'initiate'))
  const happen = (at: number, status: string, physical: string, reason?: string): Happening => ({
    at,
    resource: id,
    physicalId: physical,
    type,
    status,
    properties: told,
    ...(reason === undefined ? {} : { reason }),
  })
  const happenings = [
    happen(startsAt, `${prefix}_IN_PROGRESS`, '', replaces?.reason),
    happen(initiatedAt, `${prefix}_IN_PROGRESS`, physicalId, 'Resource creation Initiated'),
  ]
  const machines =
    type === GROUP
      ? launchGroup(model, recorder, id, 0, capacityOf(properties), initiatedAt)
      : type === INSTANCE
        ? [launchInstance(model, recorder, id, initiatedAt)]
        : []
  const within = type === STACK_TYPE ? site.nest.create(model, id, initiatedAt) : undefined
  const policy = signalPolicy(model, id)
  const fault = failing.find(id, phase)
  let endsAt = within?.endsAt ?? startsAt + duration
  let failed = failing.reason(fault) ?? within?.failed
  if (policy) {
    const outcome = awaitSignals(
      site,
      id,
      { ...policy, fault, outside: model.specification.signals === 'outside' },
      machines,
      initiatedAt,
    )
    for (const { at, text } of outcome.received)
      happenings.push(happen(at, `${prefix}_IN_PROGRESS`, physicalId, text))
    // Late signals of a group are reported with an update's text, even during its creation.
    if (outcome.late) happenings.push(happen(outcome.endsAt, 'UPDATE_IN_PROGRESS', physicalId, outcome.late))
    endsAt = Math.max(endsAt, outcome.endsAt)
    // A given reason takes precedence over the one from the signals.
    if (outcome.failed !== undefined) failed = fault?.reason ?? outcome.failed
  }
  const conflict =
    type === 'AWS::S3::Bucket' && properties.BucketName !== undefined && site.taken(physicalId, initiatedAt)
  if (conflict) failed ??= `${physicalId} already exists`
  failed ??= mistyped(id, type, properties)
  endsAt += recorder.span(0.2, 1.5, id, 'settle')
  const made = !conflict && within?.id !== ''
  const struck = fault && failed !== undefined ? phase : undefined
  happenings.push({
    ...happen(
      endsAt,
      `${prefix}_${failed === undefined ? 'COMPLETE' : 'FAILED'}`,
      made ? physicalId : '',
      failed,
    ),
    struck,
  })
  const incarnation = made
    ? {
        resource: id,
        physicalId,
        type,
        from: initiatedAt,
        properties,
        deletionPolicy: resource.DeletionPolicy,
        replacePolicy: resource.UpdateReplacePolicy,
      }
    : undefined
  return { endsAt, failed, struck, happenings, incarnation, machines, stopped: [], undo: within?.undo }
}
