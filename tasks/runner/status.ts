import type { Failure } from '../base/failure.ts'
import { advised, type FailureFacts } from './events.ts'
import { closure } from './graph.ts'
import { type Equip, type Finding, inspect } from './inspect.ts'
import { factsOf } from './outcome.ts'
import { judge, marks } from './pipeline.ts'
import { layOut } from './present/lay-out.ts'
import { tasksOf } from './select.ts'
import type { AnyTask, Report } from './task.ts'
import type { Taskfile } from './taskfile.ts'

/** The document that `status --json` prints. */
export interface StatusDocument {
  cluster: Record<string, string>
  url: string | null
  tasks: { name: string; state: Finding['state']; why: string; value: unknown }[]
  /** The failures behind `refused` and `unknown`. */
  failures: Record<string, FailureFacts>
}

interface StatusWork {
  taskfile: Taskfile<unknown>
  subject: Record<string, string>
  report: Report
  equip: Equip
  /** Completes suggested commands so that they can be pasted. */
  complete(text: string): string
  signal: AbortSignal
  locate(failure: Failure): Failure
}

/** Checks everything the goal needs; the tasks are listed in the Taskfile's order. */
export async function readStatus(
  goal: AnyTask,
  { complete, equip, locate, report, signal, subject, taskfile }: StatusWork,
): Promise<StatusDocument> {
  const findings = await inspect(closure([goal]), equip, signal)
  for (const [task, finding] of findings) {
    if ('failure' in finding) findings.set(task, { ...finding, failure: locate(finding.failure) })
  }
  const declared = tasksOf(taskfile).filter((task) => findings.has(task))
  const failures: [string, Failure][] = []
  const tasks = declared.map((task) => {
    const finding = findings.get(task)!
    const { failure, state, why } = judge(task, findings)
    if (failure) failures.push([task.name, failure])
    const value = finding.state === 'done' ? (finding.value ?? null) : null
    return { name: task.name, state, why, value }
  })
  return {
    cluster: subject,
    url: report.url,
    tasks,
    failures: Object.fromEntries(
      failures.map(([name, failure]) => [name, advised(factsOf(failure), complete)]),
    ),
  }
}

/** 0 if everything is up, 1 if something could not be checked, else 3. */
export function statusExit(document: StatusDocument): number {
  if (document.tasks.every((task) => task.state === 'done')) return 0
  return document.tasks.some((task) => task.state === 'unknown') ? 1 : 3
}

/** The status as text, laid out for the output stream. */
export async function statusText(document: StatusDocument, stdout: NodeJS.WriteStream): Promise<string> {
  const width = Math.max(...document.tasks.map((task) => task.name.length))
  const lines = document.tasks.map(
    (task) => `${marks[task.state]} ${task.name.padEnd(width)}  ${indented(task.why, width + 4)}`,
  )
  const byReason = new Map<string, string[]>()
  for (const [name, failure] of Object.entries(document.failures)) {
    const reason = JSON.stringify(failure)
    byReason.set(reason, [...(byReason.get(reason) ?? []), name])
  }
  const next = [...byReason].map(
    ([reason, names]) => `\n${failureLines(names.join(', '), JSON.parse(reason))}`,
  )
  return layOut([...lines, ...next, ''].join('\n'), stdout, width + 4)
}

/** Indents continuation lines, so that they cannot look like lines of ours. */
function indented(text: string, columns: number): string {
  return text.split('\n').join(`\n${' '.repeat(columns)}`)
}

function failureLines(name: string, failure: FailureFacts): string {
  return [
    `${name}: ${failure.code}`,
    failure.cause && `  why:  ${indented(failure.cause, 8)}`,
    failure.next && `  next: ${indented(failure.next, 8)}`,
  ]
    .filter(Boolean)
    .join('\n')
}
