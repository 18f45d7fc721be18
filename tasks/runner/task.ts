import type { Code, FailureDetail } from './failure.ts'
import { Failure } from './failure.ts'

/** What a check found. */
export type Check<Value, Found = unknown> =
  | { state: 'done'; value: Value; why: string }
  | { state: 'todo'; why: string; found: Found | undefined; standing: boolean; ask: string | undefined }
  | { state: 'refused'; failure: Failure }

/** It is done: here is its value, and in a few words what is there. */
export function done<Value>(value: Value, why: string): Check<Value, never> {
  return { state: 'done', value, why }
}

export interface TodoDetail<Found> {
  /** What the check learned and `run` wants to know, so that it need not ask again. */
  found?: Found
  /** Something of it is there already, so what it needs must stay. */
  standing?: boolean
  /** A question that must be answered with yes (or `--yes`) before it runs. */
  ask?: string
}

/** It is not done, and this is why. */
export function todo<Found = undefined>(why: string, detail: TodoDetail<Found> = {}): Check<never, Found> {
  return { state: 'todo', why, found: detail.found, standing: detail.standing ?? false, ask: detail.ask }
}

/** It cannot or must not be done: why, and what the user can do. */
export function refuse(code: Code, detail: FailureDetail): Check<never, never> {
  return { state: 'refused', failure: new Failure(code, detail) }
}

/** How far a running task is. Counts are whole numbers; what a task does not know it leaves out. */
export interface Progress {
  message: string
  done?: number
  total?: number
  /** Further facts for readers of the event stream. */
  [fact: string]: unknown
}

/** What a whole run leaves behind for its last line: steps add to it as things happen. */
export interface Report {
  /** AWS requests that left this process, retries included, by `service:Operation`. */
  calls: Record<string, number>
  /** Ids of what was deleted, what was kept on purpose, and what is still there although it should not be. */
  deleted: string[]
  retained: string[]
  left: string[]
  url: string | null
}

/** What the runner hands to every step beside the application's own context. */
export interface Tools {
  signal: AbortSignal
  report: Report
  log(message: string): void
  progress(progress: Progress): void
}

/**
 * How a task checks whether it is done, does it, and undoes it. A module with functions of these names is one.
 * `check` must change nothing and may be asked before its needs are done: what is missing is then undefined.
 * `run` returns the value that `check` would return after it. `undo` is idempotent and tells `use.report` what it did.
 */
export interface Steps<Use extends Tools, Needs, Value, Found = unknown> {
  check(use: Use, needs: Partial<Needs>): Promise<Check<Value, Found>>
  run?(use: Use, needs: Needs, found: Found | undefined): Promise<Value>
  undo?(use: Use): Promise<void>
}
