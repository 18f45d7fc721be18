import { closure } from '../graph.ts'
import type { AnyTask } from '../task.ts'

/** A place in a column: a task's, or one that an edge on its way to a farther column goes through. */
export interface Slot {
  task: AnyTask | undefined
  column: number
  row: number
}

export interface Layers {
  columns: Slot[][]
  /** Each from what is needed to what needs it, through the slots between them. */
  edges: Slot[][]
}

/** Lays tasks out in columns, each behind those of what it needs. They come in order of dependency. */
export function layered(tasks: readonly AnyTask[]): Layers {
  const columns: Slot[][] = []
  const put = (task: AnyTask | undefined, column: number): Slot => {
    columns[column] ??= []
    const slot = { task, column, row: columns[column].length }
    columns[column].push(slot)
    return slot
  }
  const depths = depthsOf(tasks)
  const slots = new Map(tasks.map((task) => [task, put(task, depths.get(task)!)]))
  const edges = tasks.flatMap((task) =>
    neededDirectly(task).map((need) => {
      const [from, to] = [slots.get(need)!, slots.get(task)!]
      const between = Array.from({ length: to.column - from.column - 1 }, (_, index) =>
        put(undefined, from.column + index + 1),
      )
      return [from, ...between, to]
    }),
  )
  return { columns, edges }
}

/** As far to the left as its needs let it; what needs nothing stands right before the first that needs it. */
function depthsOf(tasks: readonly AnyTask[]): Map<AnyTask, number> {
  const depths = new Map<AnyTask, number>()
  for (const task of tasks)
    depths.set(task, Math.max(-1, ...Object.values(task.needs).map((need) => depths.get(need)!)) + 1)
  for (const task of tasks) {
    const users = tasks.filter((other) => Object.values(other.needs).includes(task))
    if (Object.keys(task.needs).length === 0 && users.length > 0)
      depths.set(task, Math.min(...users.map((user) => depths.get(user)!)) - 1)
  }
  return depths
}

/** What it needs but for what follows from its other needs. */
export function neededDirectly(task: AnyTask): AnyTask[] {
  const needs = Object.values(task.needs)
  return needs.filter((need) => !needs.some((other) => other !== need && closure([other]).includes(need)))
}
