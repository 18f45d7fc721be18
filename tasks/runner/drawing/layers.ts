import { closure } from '../graph.ts'
import type { AnyTask } from '../task.ts'

/** A place in a column: for a task, or for an edge that passes through to a later column. */
export interface Slot {
  task: AnyTask | undefined
  column: number
  row: number
}

export interface Layers {
  columns: Slot[][]
  /** Each from a dependency to its dependent, through the slots in between. */
  edges: Slot[][]
}

/** Arranges tasks in columns, each after its dependencies. `tasks` are in dependency order. */
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

/** As far left as its needs allow; a task without needs goes right before its first dependent. */
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

/** Its needs, without those implied by its other needs. */
export function neededDirectly(task: AnyTask): AnyTask[] {
  const needs = Object.values(task.needs)
  return needs.filter((need) => !needs.some((other) => other !== need && closure([other]).includes(need)))
}
