import type { Code, FailureDetail } from '../base/failure.ts'
import { Failure } from '../base/failure.ts'

/** What a check found. */
export type Check<Value, Found = unknown> =
  | { state: 'done'; value: Value; why: string }
  | ({ state: 'todo'; why: string; value?: Value } & TodoDetail<Found>)
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
  /** Running it changes nothing, so what needs it can do without: with `--only` nobody is made to run it first. */
  looks?: boolean
  /** What is otherwise than it is wanted. */
  differences?: Difference[]
  /** A question that must be answered with yes (or `--yes`) before it runs, and the refusal otherwise. */
  ask?: Ask
  /** Works out what running would do: for a dry run, and before the question is put to somebody. */
  preview?: () => Promise<Preview>
}

export interface Ask {
  question: string
  /** The refusal without a yes. */
  otherwise: Failure
  /** What is as it was after a no, or Ctrl-C at the question: `nothing was changed`. */
  spared: string
}

/** One value that is otherwise than it is wanted. */
export interface Difference {
  what: string
  from: string
  to: string
}

export interface Preview {
  text: string
  /** In place of the task's question, where what running would do calls for another one. */
  question?: string
  /** Removes what was made to work it out; called unless the task runs. */
  discard(): Promise<void>
}

/** It is not done, and this is why. */
export function todo<Found = undefined>(why: string, detail: TodoDetail<Found> = {}): Check<never, Found> {
  return { state: 'todo', why, ...detail }
}

/** It is there, but not as it is wanted; what depends on it can still be judged by the value it has now. */
export function outdated<Value, Found>(
  value: Value,
  why: string,
  detail: TodoDetail<Found>,
): Check<Value, Found> {
  return { state: 'todo', why, value, ...detail, standing: true }
}

/** It cannot or must not be done: why, and what the user can do. @public */
export function refuse(code: Code, detail: FailureDetail): Check<never, never> {
  return { state: 'refused', failure: new Failure(code, detail) }
}

/** What `run` returns after a step that changes what is to be done next: the task is checked, and if need be asked, again. */
export const checkAgain: unique symbol = Symbol('check again')
export type CheckAgain = typeof checkAgain

/** How far a running task is. Counts are whole numbers; what a task does not know it leaves out. */
export interface Progress {
  message: string
  done?: number
  total?: number
  /** What the task's work consists of, as each part begins and ends. */
  parts?: PartChange[]
  /** Further facts for readers of the event stream. */
  [fact: string]: unknown
}

/** Something that happens to a part of a task's work. Of one part several things may be done, one after the other. */
export interface PartChange {
  part: string
  /** What kind of thing it is. */
  kind: string
  /** What is done with it, as one word: `create`. */
  action: string
  state: 'begin' | 'signal' | 'done' | 'fail' | 'cancel'
  /** When, as the service says it. */
  at: string
  reason?: string
  /** Where it begins: the parts that it has waited for, where that is known. */
  after?: string[]
}

/** What a whole run leaves behind for its last line: steps add to it as things happen. */
export interface Report {
  /** AWS requests that left this process, retries included, by `service:Operation`. */
  calls: Record<string, number>
  /** Ids of what was deleted, what was kept on purpose, and what is still there although it should not be. */
  deleted: string[]
  retained: string[]
  left: string[]
  /** What could not be looked for, so that `left` may not be all. */
  unknown: string[]
  url: string | null
}

/** What the runner hands to every step beside the application's own context. */
export interface Tools {
  signal: AbortSignal
  report: Report
  log(message: string): void
  /** Completes the lines that a text recommends, for what is printed rather than logged. */
  complete(text: string): string
  progress(progress: Progress): void
  /** `--yes`: every question is answered with yes. */
  yes: boolean
  /** Whether there is somebody to answer questions. */
  interactive: boolean
  /**
   * Puts a question to the user; undefined when there is nobody to answer (no terminal). `closed` is the answer of who closes the
   * input (Ctrl-D), an empty one if not said.
   */
  ask(question: string, closed?: string): Promise<string | undefined>
  /**
   * While something goes on in the cloud: a user who presses Ctrl-C at a terminal is asked what to do. The returned function
   * withdraws the offer.
   */
  offer(offer: Offer): () => void
}

/** What goes on in the cloud. */
export interface Offer {
  /** In a word or two: `creation`. */
  what: string
  /** Starts to roll it back; the step then sees it end. Undefined where there is no way back. */
  rollBack?: (() => Promise<void>) | undefined
}

/**
 * How a task checks whether it is done, does it, and undoes it. A module with functions of these names is one.
 * `check` must change nothing and may be asked before its needs are done: what is missing is then undefined.
 * `run` returns the value that `check` would return after it, or `checkAgain`. `undo` is idempotent: it says in a few words what it
 * undid, or nothing when there was nothing to undo, and lists ids in `use.report`.
 * `undoing` says in a few words what that does.
 */
export interface Steps<Use extends Tools, Values, Value, Found = unknown> {
  check(use: Use, needs: Partial<Values>): Promise<Check<Value, Found>>
  run(use: Use, needs: Values, found: Found | undefined): Promise<Value | CheckAgain>
  undo?(use: Use): Promise<string | undefined>
  undoing?: string
}

// biome-ignore lint/suspicious/noExplicitAny: a graph holds tasks of every type; the types of one edge are kept by task().
export type AnyTask = Task<any, any>
export type Needs = Record<string, AnyTask>
export type ValuesOf<N extends Needs> = { [K in keyof N]: N[K] extends Task<infer V, infer _> ? V : never }

/** A node of the graph: a name, what it needs, and where its steps are, loaded only when they are wanted. */
export interface Task<Value, Use extends Tools> {
  kind: 'task'
  name: string
  description: string
  needs: Needs
  load(): Promise<Steps<Use, never, Value, never>>
}

/** Declares a task. `needs` are references to other tasks, so a cycle cannot be written and their values arrive typed. */
export function task<N extends Needs, Value, Use extends Tools, Found = unknown>(
  name: string,
  description: string,
  needs: N,
  load: () => Promise<Steps<Use, ValuesOf<N>, Value, Found>>,
): Task<Value, Use> {
  return { kind: 'task', name, description, needs, load: load as unknown as Task<Value, Use>['load'] }
}
