import { endOfQuestion, Failure, failureOf } from '../base/failure.ts'
import { consent } from './consent.ts'
import { closure, valuesOf } from './graph.ts'
import { check, type Finding, inspect } from './inspect.ts'
import type { Run } from './outcome.ts'
import { schedule } from './schedule.ts'
import { type AnyTask, checkAgain, type Tools } from './task.ts'

export interface BringUpOptions {
  concurrency: number
  keepGoing: boolean
  dryRun: boolean
  /** Run only the goals; their dependencies are only checked. */
  only: boolean
  /** Run the goals even if their check says done. */
  force: boolean
  signal: AbortSignal
}

/** Checks each task the goals need, in dependency order, and runs those that are not done. */
export async function bringUp(goals: AnyTask[], run: Run<BringUpOptions>): Promise<void> {
  const tasks = run.options.only ? goals : closure(goals)
  const bringing = new BringUp(goals, run)
  if (run.options.only) await bringing.checkNeeds()
  await schedule(
    tasks,
    (task) => Object.values(task.needs),
    (task) => bringing.bring(task),
    run.options,
  )
}

type Todo = Extract<Finding, { state: 'todo' }>
type Ready = Extract<Finding, { state: 'todo' | 'done' }>

class BringUp {
  readonly #values = new Map<AnyTask, unknown>()

  constructor(
    private readonly goals: AnyTask[],
    private readonly run: Run<BringUpOptions>,
  ) {}

  /** Checks that the goals' dependencies are done. Throws NOT_UP. */
  async checkNeeds(): Promise<void> {
    const { goals } = this
    const needs = closure(goals.flatMap((goal) => Object.values(goal.needs))).filter(
      (task) => !goals.includes(task),
    )
    for (const [task, finding] of await inspect(needs, this.run.equip, this.run.options.signal)) {
      if (finding.state === 'unknown' || finding.state === 'refused') throw finding.failure
      if (finding.state === 'done') this.#values.set(task, finding.value)
      else if (!finding.looks && goals.some((goal) => Object.values(goal.needs).includes(task))) {
        throw new Failure('NOT_UP', {
          message: `${goals.map((goal) => goal.name).join(', ')} needs ${task.name}, which is not done: ${finding.why}`,
          next: `npx task ${task.name}, or omit --only`,
        })
      }
    }
  }

  /** Handles one task. Returns whether it is done. */
  async bring(task: AnyTask): Promise<boolean> {
    const { equip, options, outcome } = this.run
    const started = performance.now()
    try {
      const use = equip(task.name)
      const finding = await check(task, use, this.#values)
      if (finding.state === 'unknown' || finding.state === 'refused') throw finding.failure
      if (options.dryRun) await this.#report(task, finding, use)
      else if (finding.state === 'done' && !(options.force && this.goals.includes(task)))
        this.#skip(task, finding.why, finding.value)
      else await this.#perform(task, finding, use, started)
      return true
    } catch (thrown) {
      outcome.fail(task.name, failureOf(thrown, options.signal))
      return false
    }
  }

  #skip(task: AnyTask, why: string, value: unknown): void {
    this.#values.set(task, value)
    this.run.outcome.skipped.push(task.name)
    this.run.emit({ event: 'skip', task: task.name, why, value })
  }

  /** Reports what would be done. */
  async #report(task: AnyTask, finding: Ready, use: Tools): Promise<void> {
    const { emit, options, outcome } = this.run
    const before = Object.values(task.needs).flatMap(({ name }) =>
      outcome.would.includes(name) ? [name] : [],
    )
    const after = before.length > 0 ? `after ${before.join(', ')}` : ''
    if (finding.state === 'done') this.#values.set(task, finding.value)
    if (finding.state === 'done' && after) {
      emit({ event: 'log', task: task.name, message: `ok, checked again ${after}: ${finding.why}` })
      return
    }
    if (finding.state === 'done' && !(options.force && this.goals.includes(task)))
      return this.#skip(task, finding.why, finding.value)
    // The preview may throw because running would be refused; then nothing would be done.
    const preview = finding.state === 'todo' ? await finding.preview?.() : undefined
    await preview?.discard()
    outcome.would.push(task.name)
    const asks = finding.state === 'todo' && finding.ask && !use.yes
    const message = `would ${asks ? 'run after confirmation' : 'run'}: ${whyRun(finding)}${after && ` (${after})`}`
    emit({ event: 'log', task: task.name, message })
    if (preview?.text) use.log(preview.text)
    if (finding.state !== 'todo') return
    // Dependents are checked with its current value.
    if (finding.value !== undefined) this.#values.set(task, finding.value)
  }

  async #perform(task: AnyTask, finding: Ready, use: Tools, started: number): Promise<void> {
    const value = await this.#runUntilDone(task, finding, use)
    this.#values.set(task, value)
    this.run.outcome.ran.push(task.name)
    const ms = Math.round(performance.now() - started)
    this.run.emit({ event: 'done', task: task.name, ms, message: '', value })
  }

  /**
   * Runs a task, after confirmation if it asks for one. If its run returns `checkAgain`, it is checked and run again until it
   * is done. A confirmation remains valid as long as the question is the same.
   */
  async #runUntilDone(task: AnyTask, finding: Ready, use: Tools): Promise<unknown> {
    const { emit, options } = this.run
    const answered = new Set<string>()
    const steps = await task.load()
    for (let now = finding, begun = false; ; begun = true) {
      if (now.state === 'todo' && now.ask) await getConsent(now, now.ask, use, answered)
      // A check takes a while: respect an interruption that came in the meantime.
      options.signal.throwIfAborted()
      if (begun) use.log(now.why)
      else emit({ event: 'start', task: task.name, why: whyRun(now) })
      const found = now.state === 'todo' ? now.found : undefined
      const value = await steps.run(use as never, valuesOf(task.needs, this.#values) as never, found as never)
      if (value !== checkAgain) return value
      const next = await check(task, use, this.#values)
      if (next.state === 'unknown' || next.state === 'refused') throw next.failure
      if (next.state === 'done') return next.value
      now = next
    }
  }
}

function whyRun(finding: Ready): string {
  return finding.state === 'done' ? `forced, though ${finding.why}` : finding.why
}

/** Asks the task's question and shows what running would do; throws the task's own refusal unless the answer is yes. */
async function getConsent(
  finding: Todo,
  ask: NonNullable<Todo['ask']>,
  use: Tools,
  answered: Set<string>,
): Promise<void> {
  const preview = use.interactive && !use.yes ? await finding.preview?.() : undefined
  if (preview) use.log(preview.text)
  const question = preview?.question ?? ask.question
  let agreed = answered.has(question)
  try {
    agreed ||= await consent(question, use)
    // Answering takes a while: respect an interruption that came in the meantime.
    use.signal.throwIfAborted()
  } catch (thrown) {
    throw endOfQuestion(thrown, use.signal, ask.spared)
  } finally {
    if (!agreed || use.signal.aborted) await preview?.discard()
  }
  if (!agreed) throw ask.otherwise
  answered.add(question)
}
