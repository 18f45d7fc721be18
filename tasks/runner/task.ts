import type { Code, FailureDetail } from '../base/failure.ts'
import { Failure } from '../base/failure.ts'

/** What a check found. */
export type Check<Value, Found = unknown> =
  | { state: 'done'; value: Value; why: string }
  | ({ state: 'todo'; why: string; value?: Value } & TodoDetail<Found>)
  | { state: 'refused'; failure: Failure }

/** The task is done: its value, and a short description of what exists. */
export function done<Value>(value: Value, why: string): Check<Value, never> {
  return { state: 'done', value, why }
}

export interface TodoDetail<Found> {
  /** What the check learned, passed on to `run` so that it need not query again. */
  found?: Found
  /** Part of it already exists, so its dependencies must stay. */
  standing?: boolean
  /** Running it changes nothing, so with `--only` its dependents may run before it. */
  looks?: boolean
  /** Values that differ from what is wanted. */
  differences?: Difference[]
  /** A question that must be answered with yes (or `--yes`) before it runs, and the refusal otherwise. */
  ask?: Ask
  /** Works out what running would do: for a dry run, and before the user is asked. */
  preview?: () => Promise<Preview>
}

export interface Ask {
  question: string
  /** The refusal without a yes. */
  otherwise: Failure
  /** What a no, or Ctrl-C at the question, leaves untouched: `nothing was changed`. */
  spared: string
}

/** One value that differs from what is wanted. */
export interface Difference {
  what: string
  from: string
  to: string
}

export interface Preview {
  text: string
  /** Replaces the task's question, if the preview calls for another one. */
  question?: string
  /** Removes anything created for the preview; called unless the task runs. */
  discard(): Promise<void>
}

/** The task is not done, and why. */
export function todo<Found = undefined>(why: string, detail: TodoDetail<Found> = {}): Check<never, Found> {
  return { state: 'todo', why, ...detail }
}

/** It exists but differs from what is wanted; dependents can still be checked with its current value. */
export function outdated<Value, Found>(
  value: Value,
  why: string,
  detail: TodoDetail<Found>,
): Check<Value, Found> {
  return { state: 'todo', why, value, ...detail, standing: true }
}

/** The task cannot or must not run: why, and what the user can do. @public */
export function refuse(code: Code, detail: FailureDetail): Check<never, never> {
  return { state: 'refused', failure: new Failure(code, detail) }
}

/** Returned by `run` after a step that changes what to do next: the task is checked, and if needed confirmed, again. */
export const checkAgain: unique symbol = Symbol('check again')
export type CheckAgain = typeof checkAgain

/** Progress of a running task. Counts are whole numbers; unknown fields are left out. */
export interface Progress {
  message: string
  done?: number
  total?: number
  /** The parts of the task's work, as each begins and ends. */
  parts?: PartChange[]
  /** Further facts for readers of the event stream. */
  [fact: string]: unknown
}

/** A change in one part of a task's work. Several actions may be performed on one part, one after the other. */
export interface PartChange {
  part: string
  /** What kind of thing it is. */
  kind: string
  /** The action, as one word: `create`. */
  action: string
  state: 'begin' | 'signal' | 'done' | 'fail' | 'cancel'
  /** When, according to the service. */
  at: string
  reason?: string
  /** When it begins: the parts it waited for, if known. */
  after?: string[]
}

/** What the last event of a run reports: steps add to it as things happen. */
export interface Report {
  /** AWS requests that left this process, retries included, by `service:Operation`. */
  calls: Record<string, number>
  /** Ids of what was deleted, what was kept on purpose, and what still exists although it should not. */
  deleted: string[]
  retained: string[]
  left: string[]
  /** What could not be searched, so that `left` may be incomplete. */
  unknown: string[]
  url: string | null
}

/** What the runner passes to every step in addition to the application's context. */
export interface Tools {
  signal: AbortSignal
  report: Report
  log(message: string): void
  /** Completes the commands suggested in a text, for text that is printed rather than logged. */
  complete(text: string): string
  progress(progress: Progress): void
  /** `--yes`: every question is answered with yes. */
  yes: boolean
  /** Whether a user can answer questions. */
  interactive: boolean
  /**
   * Asks the user; undefined without a terminal. `closed` is the answer to assume when the user closes the input (Ctrl-D), by
   * default an empty one.
   */
  ask(question: string, closed?: string): Promise<string | undefined>
  /**
   * While an operation runs in the cloud: a user who presses Ctrl-C at a terminal is asked what to do. The returned function
   * withdraws the offer.
   */
  offer(offer: Offer): () => void
}

/** An operation running in the cloud. */
export interface Offer {
  /** In a word or two: `creation`. */
  what: string
  /** Starts a rollback, whose end the step then sees. Undefined if it cannot be rolled back. */
  rollBack?: (() => Promise<void>) | undefined
}

/**
 * How a task checks whether it is done, does it, and undoes it. A module with functions of these names is one.
 * `check` must change nothing and may be called before its needs are done: missing values are then undefined.
 * `run` returns the value that `check` would return after it, or `checkAgain`. `undo` is idempotent: it returns a short text about
 * what it undid, or undefined if there was nothing to undo, and lists ids in `use.report`.
 * `undoing` is a short text about what undo does.
 */
export interface Steps<Use extends Tools, Values, Value, Found = unknown> {
  check(use: Use, needs: Partial<Values>): Promise<Check<Value, Found>>
  run(use: Use, needs: Values, found: Found | undefined): Promise<Value | CheckAgain>
  undo?(use: Use): Promise<string | undefined>
  undoing?: string
}

// biome-ignore lint/suspicious/noExplicitAny: a graph holds tasks of every type; task() checks the types of each edge.
export type AnyTask = Task<any, any>
export type Needs = Record<string, AnyTask>
export type ValuesOf<N extends Needs> = { [K in keyof N]: N[K] extends Task<infer V, infer _> ? V : never }

/** A node of the graph: a name, its needs, and how to load its steps, which happens only on demand. */
export interface Task<Value, Use extends Tools> {
  kind: 'task'
  name: string
  description: string
  needs: Needs
  load(): Promise<Steps<Use, never, Value, never>>
}

/** Declares a task. `needs` are references to other tasks, so cycles are impossible and their values arrive typed. */
export function task<N extends Needs, Value, Use extends Tools, Found = unknown>(
  name: string,
  description: string,
  needs: N,
  load: () => Promise<Steps<Use, ValuesOf<N>, Value, Found>>,
): Task<Value, Use> {
  return { kind: 'task', name, description, needs, load: load as unknown as Task<Value, Use>['load'] }
}
