import { isCancelled } from '../../aws/stack/cause.ts'
import type { Node } from '../../aws/stack/estimate.ts'
import { type StackEvent, signalIn } from '../../aws/stack/events.ts'
import type { PartChange } from '../../runner/task.ts'

/** What a stack's events say of its resources, for whoever draws the run. `nodes`: what each of them waits for. */
export function partsOf(
  events: readonly StackEvent[],
  nodes: readonly Node[] = [],
): { parts?: PartChange[] } {
  const parts = events.filter((event) => !event.root).flatMap((event) => partOf(event, nodes) ?? [])
  return parts.length > 0 ? { parts } : {}
}

/** CREATE_IN_PROGRESS, UPDATE_COMPLETE_CLEANUP… , DELETE_SKIPPED (CloudFormation, ResourceStatus). */
const STATUS = /^([A-Z]+).*_(IN_PROGRESS|COMPLETE|FAILED|SKIPPED)$/

/**
 * In progress, and yet nothing begins: a beginning is told twice, as it is decided and as the request for it was taken; and a
 * creation that waits in vain for its signals says so as an update.
 */
const NO_BEGINNING = / Initiated$|^Failed to receive /

function partOf(event: StackEvent, nodes: readonly Node[]): PartChange | undefined {
  const [, verb, end] = STATUS.exec(event.status) ?? []
  if (verb === undefined || NO_BEGINNING.test(event.reason)) return undefined
  const { logicalId, reason, type } = event
  const state = stateOf(event, end)
  const after = verb === 'DELETE' ? neededBy(logicalId, nodes) : needsOf(logicalId, nodes)
  return {
    part: logicalId,
    kind: type.replace(/^AWS::/, ''),
    action: verb.toLowerCase(),
    state,
    at: event.at.toISOString(),
    // Of a beginning CloudFormation only says that it begins.
    ...(reason && state !== 'begin' ? { reason } : {}),
    ...(state === 'begin' && after ? { after } : {}),
  }
}

function needsOf(logicalId: string, nodes: readonly Node[]): string[] | undefined {
  const node = nodes.find((one) => one.logicalId === logicalId)
  return node && [...node.needs]
}

/** What must go before it. What nothing needs has waited for something else: for a failure, or for the request. */
function neededBy(logicalId: string, nodes: readonly Node[]): string[] | undefined {
  const others = nodes.filter(({ needs }) => needs.includes(logicalId)).map((node) => node.logicalId)
  return others.length > 0 ? others : undefined
}

function stateOf(event: StackEvent, end: string | undefined): PartChange['state'] {
  if (signalIn(event)) return 'signal'
  if (end === 'IN_PROGRESS') return 'begin'
  if (end !== 'FAILED') return 'done'
  return isCancelled(event) ? 'cancel' : 'fail'
}
