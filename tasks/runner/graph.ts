import type { AnyTask, Needs } from './task.ts'

/**
 * Every task the goals need, including the goals, each after its dependencies. Written without recursion: a chain of ten
 * thousand tasks must not overflow the stack.
 */
export function closure(goals: Iterable<AnyTask>): AnyTask[] {
  const order: AnyTask[] = []
  const seen = new Set<AnyTask>()
  const stack: { task: AnyTask; expanded: boolean }[] = [...goals]
    .reverse()
    .map((task) => ({ task, expanded: false }))
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (top.expanded) {
      order.push(top.task)
      continue
    }
    if (seen.has(top.task)) continue
    seen.add(top.task)
    stack.push({ task: top.task, expanded: true })
    for (const need of Object.values(top.task.needs).reverse())
      if (!seen.has(need)) stack.push({ task: need, expanded: false })
  }
  return order
}

/** The tasks among `all` that depend on `task`, directly or indirectly. */
export function dependents(task: AnyTask, all: AnyTask[]): AnyTask[] {
  const reached = new Set<AnyTask>([task])
  // `all` is in dependency order, so one pass finds them.
  for (const candidate of all)
    if (Object.values(candidate.needs).some((need) => reached.has(need))) reached.add(candidate)
  reached.delete(task)
  return [...reached]
}

/** The values of a task's needs, under the names it gave them; unknown ones are left out. */
export function valuesOf(needs: Needs, known: Map<AnyTask, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(needs)
      .filter(([, need]) => known.has(need))
      .map(([name, need]) => [name, known.get(need)]),
  )
}
