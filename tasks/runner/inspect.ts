import { format } from 'node:util'
import { Failure, failureOf } from '../base/failure.ts'
import { wrongSteps } from './fault.ts'
import { valuesOf } from './graph.ts'
import { schedule } from './schedule.ts'
import type { AnyTask, Check, Tools } from './task.ts'

/** What a check found, or the failure that stopped it. */
export type Finding = Check<unknown, unknown> | { state: 'unknown'; failure: Failure }

/** Creates the tools for the steps of the named task. */
export type Equip = (task: string) => Tools

/**
 * Checks every task and changes nothing. `tasks` are in dependency order; independent ones are checked concurrently, and a
 * task is checked even if its dependencies are not done, with the values that are known.
 */
export async function inspect(
  tasks: AnyTask[],
  equip: Equip,
  signal: AbortSignal,
): Promise<Map<AnyTask, Finding>> {
  const findings = new Map<AnyTask, Finding>()
  const values = new Map<AnyTask, unknown>()
  const look = async (task: AnyTask) => {
    const finding = await check(task, equip(task.name), values)
    findings.set(task, finding)
    if ((finding.state === 'done' || finding.state === 'todo') && finding.value !== undefined)
      values.set(task, finding.value)
    return true
  }
  await schedule(tasks, (task) => Object.values(task.needs), look, {
    concurrency: Number.POSITIVE_INFINITY,
    keepGoing: true,
    signal,
  })
  return findings
}

/** Runs one check; an error becomes a finding. */
export async function check(task: AnyTask, use: Tools, values: Map<AnyTask, unknown>): Promise<Finding> {
  try {
    const steps = await task.load()
    for (const name of ['check', 'run'] as const) {
      if (typeof steps[name] !== 'function') throw withoutSteps(task, name)
    }
    const found: unknown = await steps.check(use, valuesOf(task.needs, values) as never)
    if (!isFinding(found)) throw wrongResult(task, found)
    return found
  } catch (thrown) {
    return { state: 'unknown', failure: failureOf(thrown, use.signal) }
  }
}

const states: unknown[] = ['done', 'todo', 'refused']

function isFinding(found: unknown): found is Check<unknown, unknown> {
  const { failure, state } = (found ?? {}) as { failure?: unknown; state?: unknown }
  return states.includes(state) && (state !== 'refused' || failure instanceof Failure)
}

function withoutSteps({ load, name }: AnyTask, missing: string): Failure {
  const next = `export a function ${missing} there: a task has check and run, and may have undo`
  return wrongSteps(`task ${name} has no ${missing}`, next, load, missing)
}

function wrongResult({ load, name }: AnyTask, found: unknown): Failure {
  const next = 'return done(value, why), todo(why) or refuse(code, detail) there'
  return wrongSteps(
    `the check of ${name} returned ${format('%o', found).split('\n')[0]}`,
    next,
    load,
    'check',
  )
}

/** The reason for a finding, in one line. */
export function whyOf(finding: Finding): string {
  return finding.state === 'done' || finding.state === 'todo' ? finding.why : finding.failure.message
}
