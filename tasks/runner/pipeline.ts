import type { Failure } from '../base/failure.ts'
import { closure } from './graph.ts'
import { type Finding, whyOf } from './inspect.ts'
import type { AnyTask } from './task.ts'

/** The tasks of the Taskfile, for a command that reports on them. */
export interface Pipeline {
  /** In declaration order, which is a dependency order. */
  tasks: AnyTask[]
  /** Checks tasks, given in dependency order, and changes nothing. */
  inspect(tasks: AnyTask[]): Promise<Map<AnyTask, Finding>>
}

/** The state of a task, judged by its own finding and those of its dependencies. */
export interface Judgement {
  state: Finding['state']
  why: string
  failure?: Failure
}

/** If a dependency could not be checked, the task's state is unknown too: what its check calls missing may exist. */
export function judge(task: AnyTask, findings: Map<AnyTask, Finding>): Judgement {
  const finding = findings.get(task)!
  const unchecked =
    finding.state === 'todo' && closure([task]).find((need) => findings.get(need)?.state === 'unknown')
  if (unchecked) return { state: 'unknown', why: `unknown, because ${unchecked.name} could not be checked` }
  const failure =
    finding.state === 'unknown' || finding.state === 'refused' ? { failure: finding.failure } : {}
  return { state: finding.state, why: whyOf(finding), ...failure }
}

/** The mark of each state. */
export const marks = { done: '✔', todo: '○', refused: '✖', unknown: '?' } as const
