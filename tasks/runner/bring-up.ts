import { Failure, failureOf } from '../base/failure.ts'
import { consent } from './consent.ts'
import type { Event } from './events.ts'
import { closure, valuesOf } from './graph.ts'
import { check, type Equip, type Finding, inspect } from './inspect.ts'
import type { Outcome } from './outcome.ts'
import { schedule } from './schedule.ts'
import type { AnyTask, Preview, Tools } from './task.ts'

export interface BringUpOptions {
  concurrency: number
  keepGoing: boolean
  dryRun: boolean
  /** Run the goals alone; what they need is only checked. */
  only: boolean
  /** Run the goals though their check says done. */
  force: boolean
  signal: AbortSignal
}

/** Checks each task the goals need, in order of dependency, and runs those that are not done. */
export async function bringUp(
  goals: AnyTask[],
  options: BringUpOptions,
  equip: Equip,
  emit: (event: Event) => void,
  outcome: Outcome,
): Promise<void> {
  const tasks = options.only ? goals : closure(goals)
  const values = new Map<AnyTask, unknown>()
  if (options.only) await checkNeeds(goals, options, equip, values)

  const execute = async (task: AnyTask): Promise<boolean> => {
    const use = equip(task.name)
    const started = performance.now()
    try {
      const finding = await check(task, use, values)
      if (finding.state === 'unknown' || finding.state === 'refused') throw finding.failure
      const after = options.dryRun ? wouldRunBefore(task, outcome) : ''
      if (finding.state === 'done') {
        values.set(task, finding.value)
        if (after) {
          emit({ event: 'log', task: task.name, message: `ok, looked at again ${after}: ${finding.why}` })
          return true
        }
        if (!(options.force && goals.includes(task))) {
          outcome.skipped.push(task.name)
          emit({ event: 'skip', task: task.name, why: finding.why, value: finding.value })
          return true
        }
      }
      const why = finding.state === 'done' ? `forced, though ${finding.why}` : finding.why
      if (options.dryRun) {
        outcome.would.push(task.name)
        emit({ event: 'log', task: task.name, message: `would run: ${why}${after && ` (${after})`}` })
        if (finding.state === 'todo') {
          await showPreview(finding, use, true)
          // What stands on it is judged by the value it has now.
          if (finding.value !== undefined) values.set(task, finding.value)
        }
        return true
      }
      if (finding.state === 'todo' && finding.ask) await getConsent(finding, finding.ask, use, options.signal)
      // A check takes a while: an interruption that came meanwhile counts.
      options.signal.throwIfAborted()
      emit({ event: 'start', task: task.name, why })
      const steps = await task.load()
      const found = finding.state === 'todo' ? finding.found : undefined
      const value = await steps.run(use as never, valuesOf(task.needs, values) as never, found as never)
      values.set(task, value)
      outcome.ran.push(task.name)
      emit({
        event: 'done',
        task: task.name,
        ms: Math.round(performance.now() - started),
        message: '',
        value,
      })
      return true
    } catch (thrown) {
      outcome.fail(task.name, failureOf(thrown, options.signal))
      return false
    }
  }
  await schedule(tasks, (task) => Object.values(task.needs), execute, options)
}

/** `after stack`, where what the task needs would run. */
function wouldRunBefore(task: AnyTask, outcome: Outcome): string {
  const names = Object.values(task.needs).flatMap(({ name }) => (outcome.would.includes(name) ? [name] : []))
  return names.length > 0 ? `after ${names.join(', ')}` : ''
}

type Todo = Extract<Finding, { state: 'todo' }>

/** Puts the task's question, with what running would do; throws the task's own refusal unless the answer is yes. */
async function getConsent(
  finding: Todo,
  ask: NonNullable<Todo['ask']>,
  use: Tools,
  signal: AbortSignal,
): Promise<void> {
  const preview = use.interactive && !use.yes ? await showPreview(finding, use, false) : undefined
  let agreed = false
  try {
    agreed = await consent(preview?.question ?? ask.question, use)
    // A question takes a while to answer: an interruption that came meanwhile counts.
    signal.throwIfAborted()
  } finally {
    if (!agreed || signal.aborted) await preview?.discard()
  }
  if (!agreed) throw ask.otherwise
}

async function showPreview(finding: Todo, use: Tools, only: boolean): Promise<Preview | undefined> {
  const preview = await finding.preview?.()
  if (preview) use.log(preview.text)
  if (only) await preview?.discard()
  return preview
}

async function checkNeeds(
  goals: AnyTask[],
  options: BringUpOptions,
  equip: Equip,
  values: Map<AnyTask, unknown>,
): Promise<void> {
  const needs = closure(goals.flatMap((goal) => Object.values(goal.needs))).filter(
    (task) => !goals.includes(task),
  )
  for (const [task, finding] of await inspect(needs, equip, options.signal)) {
    if (finding.state === 'unknown' || finding.state === 'refused') throw finding.failure
    if (finding.state === 'done') values.set(task, finding.value)
    else if (goals.some((goal) => Object.values(goal.needs).includes(task))) {
      throw new Failure('NOT_UP', {
        message: `${goals.map((goal) => goal.name).join(', ')} needs ${task.name}, which is not done: ${finding.why}`,
        next: `npx task ${task.name}, or leave --only out`,
      })
    }
  }
}
