import type { StackEvent } from './events.ts'
import { deletionTime } from './usual.ts'

/** How long resources of a type took to create in this user's earlier runs: the last few, in milliseconds, newest last. */
export type Durations = Record<string, number[]>

/** A resource of the template, and what it waits for. */
export interface Node {
  logicalId: string
  type: string
  needs: string[]
}

/** What is expected of an operation, in milliseconds. */
export interface Expected {
  /** Until its end. */
  left: number
  /** Between now and the nearest expected end, past or future, of a resource in progress. */
  next: number
}

/** How many of the last durations of a type are kept: durations change, and a median needs a few. */
const REMEMBERED = 9

/** An operation that takes this many times its initial estimate is reported as overdue. */
export const OVERDUE = 1.25

/** Adds the durations in a creation's events. `between` measures on the pipeline's clock. */
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
 * What to expect of a creation in progress, in milliseconds; undefined if the duration of one of the remaining types is
 * unknown. What is left is the longest path through the template, each resource with the median of its type.
 * `nodes` are in any order; `begun` is how long ago each resource in progress began, `done` are those that have ended.
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
    // A resource that waits for nothing has begun, even if its first event has not been seen.
    if (since !== undefined || start === 0) distances.push(Math.abs(usual - (since ?? 0)))
    finish.set(node.logicalId, start + Math.max(0, usual - (since ?? 0)))
  }
  // With nothing in progress, the stack itself is about to end.
  return { left: Math.max(0, ...finish.values()), next: distances.length > 0 ? Math.min(...distances) : 0 }
}

/**
 * What to expect of a deletion in progress, in milliseconds, given the types of the resources. Their order is not known here,
 * so what is left is that of the slowest one in progress, and then of the slowest one waiting.
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
