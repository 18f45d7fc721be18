import { isCancelled } from '../../aws/stack/cause.ts'
import type { Node } from '../../aws/stack/estimate.ts'
import { type StackEvent, signalIn } from '../../aws/stack/events.ts'
import type { PartChange } from '../../runner/task.ts'

/** The changes of resources in a stack's events, for the display of the run. `nodes`: what each of them waits for. */
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
 * In progress, but nothing begins: the beginning is reported twice, when it is decided and when the request was accepted; and a
 * creation that waits in vain for its signals reports that as an update.
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
    // For a beginning CloudFormation only says that it begins.
    ...(reason && state !== 'begin' ? { reason } : {}),
    ...(state === 'begin' && after ? { after } : {}),
  }
}

function needsOf(logicalId: string, nodes: readonly Node[]): string[] | undefined {
  const node = nodes.find((one) => one.logicalId === logicalId)
  return node && [...node.needs]
}

/** What must be deleted before it. What no resource needs has waited for something else: a failure, or the request. */
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
