import { type Failure, failureOf } from '../base/failure.ts'
import { valuesOf } from './graph.ts'
import { schedule } from './schedule.ts'
import type { AnyTask, Check, Tools } from './task.ts'

/** What a check found, or the failure that kept it from finding anything. */
export type Finding = Check<unknown, unknown> | { state: 'unknown'; failure: Failure }

/** Gives a task's steps the tools under that task's name. */
export type Equip = (task: string) => Tools

/**
 * Checks every task and changes nothing. `tasks` are in order of dependency; independent ones are checked side by side,
 * and a task is checked even if what it needs is not done, with as much as is known.
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

/** One check; what it throws becomes a finding. */
export async function check(task: AnyTask, use: Tools, values: Map<AnyTask, unknown>): Promise<Finding> {
  try {
    const steps = await task.load()
    return await steps.check(use, valuesOf(task.needs, values) as never)
  } catch (thrown) {
    return { state: 'unknown', failure: failureOf(thrown, use.signal) }
  }
}

/** Why a finding is what it is, in a line. */
export function whyOf(finding: Finding): string {
  return finding.state === 'done' || finding.state === 'todo' ? finding.why : finding.failure.message
}
