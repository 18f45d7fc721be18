import { uuid } from '../state/chance.ts'
import { seconds } from './durations.ts'
import { capacityOf, GROUP, INSTANCE, launchGroup, launchInstance } from './fleet.ts'
import type { Model } from './model.ts'
import type { Happening, Recorder } from './recorder.ts'
import { awaitSignals, type Signal, signalPolicy } from './signals.ts'
import type { Incarnation, Machine } from './timeline.ts'

/** What comes of creating or changing one resource, if nothing else fails meanwhile. */
export interface Work {
  endsAt: number
  /** Why it failed. */
  failed?: string | undefined
  happenings: Happening[]
  incarnation?: Incarnation | undefined
  /** The predecessor that it replaces. */
  replaces?: Incarnation | undefined
  machines: Machine[]
  /** Machines that go, and when. */
  stopped: { machine: Machine; at: number }[]
}

export interface Site {
  model: Model
  recorder: Recorder
  /** Resources that were told to fail, with the reason if one was given. */
  faults: Record<string, string>
  /** What was sent by SignalResource. */
  signals: (Signal & { resource: string })[]
  /** Whether a bucket of that name exists already. */
  taken: (bucket: string, at: number) => boolean
}

/** Creates one resource: in progress, initiated with its physical id, then its signals if it waits for any, then done or failed. */
export function build(
  site: Site,
  id: string,
  startsAt: number,
  why?: { status: string; reason: string },
): Work {
  const { model, recorder } = site
  const resource = model.resources.get(id)!
  const type = resource.Type
  const physicalId = model.physicalId(id)
  const properties = model.properties(id)
  const told = JSON.stringify(properties)
  const prefix = why?.status ?? 'CREATE'
  const [low, high] = seconds.creation(type)
  const duration = recorder.span(low, high, id, 'create')
  const initiatedAt = startsAt + Math.min(duration * 0.4, recorder.span(0.6, 2.4, id, 'initiate'))
  const happen = (at: number, status: string, physical: string, reason?: string): Happening => ({
    at,
    resource: id,
    physicalId: physical,
    type,
    status: `${prefix}_${status}`,
    properties: told,
    ...(reason === undefined ? {} : { reason }),
  })
  const happenings = [
    happen(startsAt, 'IN_PROGRESS', '', why?.reason),
    happen(initiatedAt, 'IN_PROGRESS', physicalId, 'Resource creation Initiated'),
  ]
  const machines =
    type === GROUP
      ? launchGroup(model, recorder, id, 0, capacityOf(properties), initiatedAt)
      : type === INSTANCE
        ? [launchInstance(model, recorder, id, initiatedAt)]
        : []
  const policy = signalPolicy(model, id)
  let endsAt = startsAt + duration
  let failed: string | undefined = site.faults[id]
  if (policy) {
    const outcome = awaitSignals(site, id, policy, machines, initiatedAt)
    happenings.push(...outcome.received.map(({ at, text }) => happen(at, 'IN_PROGRESS', physicalId, text)))
    endsAt = Math.max(endsAt, outcome.endsAt)
    // A reason that was given goes before the one that the signals give.
    failed = failed || (outcome.failed ?? failed)
  }
  if (failed === '')
    failed = handlerMessage('Rehearsed failure', 'GeneralServiceException', model.stack.id, id)
  const conflict =
    type === 'AWS::S3::Bucket' && properties.BucketName !== undefined && site.taken(physicalId, initiatedAt)
  if (conflict) failed ??= `${physicalId} already exists`
  endsAt += recorder.span(0.2, 1.5, id, 'settle')
  happenings.push(happen(endsAt, failed === undefined ? 'COMPLETE' : 'FAILED', physicalId, failed))
  const incarnation = conflict
    ? undefined
    : {
        resource: id,
        physicalId,
        type,
        from: initiatedAt,
        properties,
        deletionPolicy: resource.DeletionPolicy,
      }
  return { endsAt, failed, happenings, incarnation, machines, stopped: [] }
}

/** The words in which CloudFormation passes on what a service refused. */
export function handlerMessage(message: string, code: string, ...words: string[]): string {
  return `Resource handler returned message: "${message}" (RequestToken: ${uuid('token', ...words)}, HandlerErrorCode: ${code})`
}
