import type { Failure } from '../base/failure.ts'
import { closure } from './graph.ts'
import { type Finding, whyOf } from './inspect.ts'
import type { AnyTask } from './task.ts'

/** The tasks of the Taskfile, for a command that tells of them. */
export interface Pipeline {
  /** In the order in which they are declared, which is one of dependency. */
  tasks: AnyTask[]
  /** Checks tasks and changes nothing; they come in order of dependency. */
  inspect(tasks: AnyTask[]): Promise<Map<AnyTask, Finding>>
}

/** How a task stands, judged by its own finding and those of what it needs. */
export interface Judgement {
  state: Finding['state']
  why: string
  failure?: Failure
}

/** Of a task whose need could not be checked nothing is known either: what its check calls missing may be there. */
export function judge(task: AnyTask, findings: Map<AnyTask, Finding>): Judgement {
  const finding = findings.get(task)!
  const unchecked =
    finding.state === 'todo' && closure([task]).find((need) => findings.get(need)?.state === 'unknown')
  if (unchecked) return { state: 'unknown', why: `not known, as ${unchecked.name} could not be checked` }
  const failure =
    finding.state === 'unknown' || finding.state === 'refused' ? { failure: finding.failure } : {}
  return { state: finding.state, why: whyOf(finding), ...failure }
}

/** How each state is marked. */
export const marks = { done: '✔', todo: '○', refused: '✖', unknown: '?' } as const
