import type { StackEvent } from './events.ts'
import { deletionTime } from './usual.ts'

/** How long resources of a type took to create in this user's earlier runs: the last few, in milliseconds, newest last. */
export type Durations = Record<string, number[]>

/** A resource of the template, and what it must wait for. */
export interface Node {
  logicalId: string
  type: string
  needs: string[]
}

/** What is expected of an operation, in milliseconds. */
export interface Expected {
  /** Until its end. */
  left: number
  /** From now to the time at which a resource under way comes to its end, past or to come, that is nearest. */
  next: number
}

/** So many of the last durations of a type are remembered: the world changes, and a median needs a few. */
const REMEMBERED = 9

/** When an operation takes this much longer than was estimated at its start, that is said. */
export const OVERDUE = 1.25

/** Adds what the events of a creation teach. `between` measures on the pipeline's clock. */
export function learn(
  known: Durations,
  events: StackEvent[],
  between: (from: Date, to: Date) => number,
): Durations {
  const learned: Durations = { ...known }
  const started = new Map<string, Date>()
  for (const event of events) {
    if (event.root) continue
    if (event.status === 'CREATE_IN_PROGRESS' && !started.has(event.logicalId))
      started.set(event.logicalId, event.at)
    const start = started.get(event.logicalId)
    if (event.status !== 'CREATE_COMPLETE' || !start) continue
    learned[event.type] = [...(learned[event.type] ?? []), Math.round(between(start, event.at))].slice(
      -REMEMBERED,
    )
  }
  return learned
}

/**
 * What to expect of a creation under way, in milliseconds; undefined when nothing is known of one of the types that
 * are still to come. What is left is the longest way through the template, each resource with the median of its type.
 * `nodes` come in any order; `begun` tells for each resource under way how long ago it began, `done` which have ended.
 */
export function expect(
  nodes: Node[],
  durations: Durations,
  begun: Map<string, number>,
  done: Set<string>,
): Expected | undefined {
  const finish = new Map<string, number>()
  const distances: number[] = []
  for (const node of inOrder(nodes)) {
    if (done.has(node.logicalId)) {
      finish.set(node.logicalId, 0)
      continue
    }
    const usual = median(durations[node.type])
    if (usual === undefined) return undefined
    const since = begun.get(node.logicalId)
    const start = Math.max(0, ...node.needs.map((need) => finish.get(need) ?? 0))
    // What nothing holds back has begun, even where its first event has not been seen.
    if (since !== undefined || start === 0) distances.push(Math.abs(usual - (since ?? 0)))
    finish.set(node.logicalId, start + Math.max(0, usual - (since ?? 0)))
  }
  // With nothing under way, the stack itself is about to end.
  return { left: Math.max(0, ...finish.values()), next: distances.length > 0 ? Math.min(...distances) : 0 }
}

/**
 * What to expect of a deletion under way, in milliseconds: of the resources by their types. In which order they go is not
 * known here, so what is left is at least that of those under way, and those after them.
 */
export function expectDeletion(
  types: ReadonlyMap<string, string>,
  begun: ReadonlyMap<string, number>,
  done: ReadonlySet<string>,
): Expected {
  const time = (type: string | undefined) => deletionTime(type ?? '')
  const running = [...begun].map(([id, since]) => time(types.get(id)) - since)
  const waiting = [...types].filter(([id]) => !begun.has(id) && !done.has(id))
  return {
    left: Math.max(0, ...running) + Math.max(0, ...waiting.map(([, type]) => time(type))),
    next: running.length > 0 ? Math.min(...running.map(Math.abs)) : 0,
  }
}

/** Each node after those it needs. A template is small enough to look at it as often as it is deep. */
function inOrder(nodes: Node[]): Node[] {
  const known = new Set(nodes.map((node) => node.logicalId))
  const placed = new Set<string>()
  const order: Node[] = []
  for (let before = -1; order.length > before; ) {
    before = order.length
    for (const node of nodes) {
      if (placed.has(node.logicalId) || node.needs.some((need) => known.has(need) && !placed.has(need)))
        continue
      placed.add(node.logicalId)
      order.push(node)
    }
  }
  return order
}

function median(values: number[] | undefined): number | undefined {
  if (!values || values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}
