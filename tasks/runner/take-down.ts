import { consent } from './consent.ts'
import type { Event } from './events.ts'
import { Failure, failureOf } from './failure.ts'
import { closure, dependents } from './graph.ts'
import { type Equip, inspect, whyOf } from './inspect.ts'
import type { Outcome } from './outcome.ts'
import { schedule } from './schedule.ts'
import type { AnyTask, Tools } from './task.ts'
import type { DownSteps } from './taskfile.ts'

export interface TakeDownOptions {
  concurrency: number
  keepGoing: boolean
  dryRun: boolean
  signal: AbortSignal
}

/** Undoes every task the goal needs, each after those that stand on it; then proves that nothing is left. */
export async function takeDown(
  goal: AnyTask,
  steps: DownSteps<Tools>,
  use: Tools,
  options: TakeDownOptions,
  equip: Equip,
  emit: (event: Event) => void,
  outcome: Outcome,
): Promise<void> {
  const tasks = closure([goal])
  if (options.dryRun) {
    const findings = await inspect(tasks, equip, options.signal)
    for (const [task, finding] of [...findings].reverse()) {
      const undoable = (await task.load()).undo !== undefined
      const standing =
        undoable && (finding.state === 'done' || (finding.state === 'todo' && finding.standing))
      if (standing) outcome.would.push(task.name)
      emit({
        event: 'log',
        task: task.name,
        message: standing ? `would undo: ${whyOf(finding)}` : `nothing to undo: ${whyOf(finding)}`,
      })
    }
    return
  }
  const confirmed = await steps.confirm(use)
  await undoAll(tasks, options, equip, emit, outcome)
  if (outcome.failed.length === 0 && !options.signal.aborted) await steps.prove(use, confirmed)
}

/** Undoes single tasks (`--undo`), unless others still stand on them. */
export async function undoGoals(
  goals: AnyTask[],
  all: AnyTask[],
  use: Tools,
  options: TakeDownOptions,
  equip: Equip,
  emit: (event: Event) => void,
  outcome: Outcome,
): Promise<void> {
  await refuseIfStoodOn(goals, all, equip, options.signal)
  if (options.dryRun) {
    for (const goal of goals) {
      outcome.would.push(goal.name)
      emit({ event: 'log', task: goal.name, message: 'would be undone' })
    }
    return
  }
  const names = goals.map((goal) => goal.name).join(', ')
  if (!(await consent(`Undo ${names}?`, use))) {
    throw new Failure('CONFIRMATION_NEEDED', {
      message: `${names} not undone: nobody said yes`,
      next: `npx task ${goals.map((goal) => goal.name).join(' ')} --undo --yes`,
    })
  }
  await undoAll(goals, options, equip, emit, outcome)
}

async function undoAll(
  tasks: AnyTask[],
  options: TakeDownOptions,
  equip: Equip,
  emit: (event: Event) => void,
  outcome: Outcome,
): Promise<void> {
  const undo = async (task: AnyTask): Promise<boolean> => {
    const started = performance.now()
    try {
      const steps = await task.load()
      if (steps.undo) emit({ event: 'start', task: task.name, why: 'undo' })
      const undone = await steps.undo?.(equip(task.name) as never)
      if (undone === undefined) {
        outcome.skipped.push(task.name)
        emit({ event: 'skip', task: task.name, why: 'nothing to undo' })
        return true
      }
      outcome.undone.push(task.name)
      emit({ event: 'done', task: task.name, ms: Math.round(performance.now() - started), message: undone })
      return true
    } catch (thrown) {
      outcome.fail(task.name, failureOf(thrown, options.signal))
      return false
    }
  }
  const reversed = [...tasks].reverse()
  await schedule(
    reversed,
    (task) => tasks.filter((other) => Object.values(other.needs).includes(task)),
    undo,
    options,
  )
}

async function refuseIfStoodOn(
  goals: AnyTask[],
  all: AnyTask[],
  equip: Equip,
  signal: AbortSignal,
): Promise<void> {
  const above = new Set(
    goals.flatMap((goal) => dependents(goal, all)).filter((task) => !goals.includes(task)),
  )
  if (above.size === 0) return
  const findings = await inspect(closure(above), equip, signal)
  for (const [task, finding] of [...findings].reverse()) {
    if (!above.has(task)) continue
    if (finding.state === 'unknown') throw finding.failure
    const standing = finding.state === 'done' || (finding.state === 'todo' && finding.standing)
    const undoable = (await task.load()).undo !== undefined
    if (standing && undoable) {
      throw new Failure('LOCKED', {
        message: `${goals.map((goal) => goal.name).join(', ')} cannot be undone: ${task.name} still stands on it`,
        cause: whyOf(finding),
        next: `npx task ${task.name} --undo first, or npx task destroy for all of it`,
      })
    }
  }
}
