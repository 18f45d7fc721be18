import { endOfQuestion, Failure, failureOf } from '../base/failure.ts'
import { consent } from './consent.ts'
import { closure, dependents } from './graph.ts'
import { type Equip, type Finding, inspect, whyOf } from './inspect.ts'
import type { Run } from './outcome.ts'
import { schedule } from './schedule.ts'
import type { AnyTask, Tools } from './task.ts'
import type { DownSteps } from './taskfile.ts'

export interface TakeDownOptions {
  concurrency: number
  keepGoing: boolean
  dryRun: boolean
  signal: AbortSignal
}

/** Undoes every task the goal needs, each after its dependents; then verifies that nothing is left. */
export async function takeDown(
  goal: AnyTask,
  steps: DownSteps<Tools>,
  use: Tools,
  run: Run<TakeDownOptions>,
): Promise<void> {
  const tasks = closure([goal])
  if (run.options.dryRun) return reportAll(tasks, steps, use, run)
  const confirmed = await steps.confirm(use)
  await undoAll(tasks, run)
  if (run.options.signal.aborted) return
  if (run.outcome.failed.length === 0) await steps.prove(use, confirmed)
  else await listLeft(steps, use)
}

/** Reports what would be undone: the resources found, or, for a task with no survey result, what its check says. */
async function reportAll(
  tasks: AnyTask[],
  steps: DownSteps<Tools>,
  use: Tools,
  run: Run<TakeDownOptions>,
): Promise<void> {
  const { emit, equip, options, outcome } = run
  const { doubt, found } = await steps.survey(use)
  const findings = await inspect(tasks, equip, options.signal)
  for (const [task, finding] of [...findings].reverse()) {
    const { undo, undoing } = await task.load()
    if (!undo) continue
    const things = found[task.name]
    if (!things && finding.state === 'unknown') {
      outcome.fail(task.name, finding.failure)
      continue
    }
    const standing = things ? things.length > 0 : isStanding(finding)
    if (standing) outcome.would.push(task.name)
    const what = things?.length ? things.map(({ text }) => `\n  ${text}`).join('') : ` ${whyOf(finding)}`
    const message = `${standing ? `would ${lowered(undoing ?? 'Undo it')}` : 'nothing to undo'}:${what}`
    emit({ event: 'log', task: task.name, message })
  }
  if (doubt) throw doubt
}

function isStanding(finding: Finding): boolean {
  return finding.state === 'done' || (finding.state === 'todo' && finding.standing === true)
}

/** After a failure: lists what still exists, as far as that can be determined. The original failure matters, so never throws. */
async function listLeft(steps: DownSteps<Tools>, use: Tools): Promise<void> {
  const { left, retained } = use.report
  const surveyed = await steps.survey(use).catch(() => undefined)
  for (const { id } of Object.values(surveyed?.found ?? {}).flat())
    if (!left.includes(id) && !retained.includes(id)) left.push(id)
}

/** Undoes single tasks (`--undo`), unless others still depend on them. */
export async function undoGoals(
  goals: AnyTask[],
  all: AnyTask[],
  use: Tools,
  run: Run<TakeDownOptions>,
): Promise<void> {
  const { equip, options } = run
  await refuseIfNeeded(goals, all, equip, options.signal)
  if (options.dryRun) return reportGoals(goals, run)
  await getConsent(goals, use)
  await undoAll(goals, run)
}

/** Reports what would be undone, based on the checks; a check that refuses does not say what exists. */
async function reportGoals(goals: AnyTask[], run: Run<TakeDownOptions>): Promise<void> {
  const { emit, equip, options, outcome } = run
  const findings = await inspect(closure(goals), equip, options.signal)
  for (const goal of goals) {
    const finding = findings.get(goal)!
    const { undo, undoing } = await goal.load()
    if (finding.state === 'unknown') {
      outcome.fail(goal.name, finding.failure)
      continue
    }
    const standing = undo !== undefined && isStanding(finding)
    if (standing) outcome.would.push(goal.name)
    const head = standing
      ? `would ${lowered(undoing ?? 'Undo it')}`
      : undo && finding.state === 'refused'
        ? 'would undo the parts that are ours'
        : 'nothing to undo'
    emit({ event: 'log', task: goal.name, message: `${head}: ${whyOf(finding)}` })
  }
}

async function getConsent(goals: AnyTask[], use: Tools): Promise<void> {
  const steps = await Promise.all(goals.map((goal) => goal.load()))
  const doing = steps.map(({ undoing }, index) => undoing ?? `Undo ${goals[index]!.name}`)
  const question = `${doing.map((text, index) => (index > 0 ? lowered(text) : text)).join('; ')}?`
  let agreed = false
  try {
    agreed = await consent(question, use)
    use.signal.throwIfAborted()
  } catch (thrown) {
    throw endOfQuestion(thrown, use.signal, SPARED)
  }
  if (agreed) return
  if (use.interactive)
    throw new Failure('CONFIRMATION_NEEDED', { message: `you said no; ${SPARED}`, declined: true })
  const names = goals.map((goal) => goal.name)
  throw new Failure('CONFIRMATION_NEEDED', {
    message: `${names.join(', ')} not undone: not confirmed`,
    next: `npx task ${names.join(' ')} --undo --yes`,
  })
}

const SPARED = 'nothing was undone'

function lowered(text: string): string {
  return text[0]!.toLowerCase() + text.slice(1)
}

async function undoAll(
  tasks: AnyTask[],
  { emit, equip, options, outcome }: Run<TakeDownOptions>,
): Promise<void> {
  const undo = async (task: AnyTask): Promise<boolean> => {
    const started = performance.now()
    try {
      const steps = await task.load()
      // A task that only checks or waits creates nothing and is not mentioned.
      if (!steps.undo && tasks.length > 1) return true
      if (steps.undo) emit({ event: 'start', task: task.name, why: lowered(steps.undoing ?? 'Undo it') })
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

async function refuseIfNeeded(
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
    const undoable = (await task.load()).undo !== undefined
    if (isStanding(finding) && undoable) {
      throw new Failure('LOCKED', {
        message: `${goals.map((goal) => goal.name).join(', ')} cannot be undone: ${task.name} still depends on it`,
        cause: whyOf(finding),
        next: `npx task ${task.name} --undo first, or npx task destroy to undo everything`,
      })
    }
  }
}
