import type { Failure } from '../base/failure.ts'
import type { Vocabulary } from './complete/vocabulary.ts'
import type { Pipeline } from './pipeline.ts'
import type { Secrecy } from './rerun.ts'
import type { AnyTask, Needs, Report, Task, Tools, ValuesOf } from './task.ts'

/** `bootstrap`: checks each task the goal needs, in dependency order, and runs those that are not done. */
interface Up {
  kind: 'up'
  name: string
  description: string
  goal: AnyTask
  load?(): Promise<object>
}

/** `destroy`: undoes each task in reverse order. */
export interface Down<Use extends Tools> {
  kind: 'down'
  name: string
  description: string
  goal: AnyTask
  load(): Promise<DownSteps<Use>>
}

export interface DownSteps<Use extends Tools> {
  /** Shows what will be deleted and gets the user's consent; throws to stop. Its result is passed to `prove`. */
  confirm(use: Use): Promise<unknown>
  /** Searches for what there is to delete, without output; throws if it cannot search. */
  survey(use: Use): Promise<Surveyed>
  /** Searches for what is left and lists it in `use.report.left`; throws if that is a failure. */
  prove(use: Use, confirmed: unknown): Promise<void>
}

export interface Surveyed {
  /** By the task that would delete it. For a task missing here, its check decides. */
  found: Record<string, { id: string; text: string }[]>
  /** Why there may be more. */
  doubt?: Failure
}

/** `status`: checks each task the goal needs and changes nothing. */
export interface Status {
  kind: 'status'
  name: string
  description: string
  goal: AnyTask
  load?(): Promise<object>
}

/** A command that is not part of the pipeline. What it `requires` is only checked, never run. */
export interface Command<Use extends Tools> {
  kind: 'command'
  name: string
  description: string
  requires: Needs
  options: CommandOptions
  load(): Promise<CommandSteps<Use, never>>
}

export interface CommandOptions {
  /** Its arguments, as help shows them; if omitted, it takes none. */
  words?: string
  /** Its start and end are reported like a task's. Any other command owns stdout and the exit status; our lines go to stderr. */
  asTask?: boolean
  /** Its output is file content: not a byte is changed, except on a terminal. */
  verbatim?: boolean
  /** It may hand the terminal to another program. After a signal it is waited for, because that program may have to clean up. */
  child?: boolean
  /**
   * The options it supports; others are refused. With `dryRun` it reports itself what it would do; with `json` a command that
   * owns stdout prints JSON.
   */
  takes?: readonly ('undo' | 'force' | 'dryRun' | 'json')[]
  /** It works without a valid config: nothing is opened, and it gets the Opening instead of a context. */
  unopened?: boolean
  /** It changes something, so it never runs at the same time as another run that does. */
  alone?: boolean
  /** It changes something, so its events are recorded, as for bootstrap and destroy. */
  kept?: boolean
}

interface CommandSteps<Use extends Tools, Values> {
  execute(use: Use & CommandTools, requires: Values): Promise<number>
}

export interface CommandTools {
  /** Its arguments, including those after `--`. */
  words: string[]
  /** Its arguments before `--`, and those after it. */
  before: string[]
  rest: string[]
  /** The tasks, for a command that reports on them. */
  pipeline: Pipeline
  /** `--json`: it prints one document. */
  json: boolean
  /** The values of `--undo`, `-f` and `-n`. */
  flags: { undo: boolean; force: boolean; dryRun: boolean }
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
}

export type Entry<Use extends Tools> = Up | Down<Use> | Status | Command<Use> | Task<unknown, Use>

/** Declares the entry that brings up everything `goal` needs. */
export function up(name: string, description: string, goal: AnyTask, load?: Up['load']): Up {
  return { kind: 'up', name, description, goal, ...(load && { load }) }
}

/** Declares the entry that shows the status of everything `goal` needs. */
export function status(name: string, description: string, goal: AnyTask, load?: Status['load']): Status {
  return { kind: 'status', name, description, goal, ...(load && { load }) }
}

/** Declares the entry that takes down everything `goal` needs. */
export function down<Use extends Tools>(
  name: string,
  description: string,
  goal: AnyTask,
  load: () => Promise<DownSteps<Use>>,
): Down<Use> {
  return { kind: 'down', name, description, goal, load }
}

/** Declares a command. `call` is its name and its arguments, as help shows them: `logs [NODE] [UNIT]`. */
export function command<Use extends Tools, N extends Needs = Record<never, never>>(
  call: string,
  description: string,
  load: () => Promise<CommandSteps<Use, ValuesOf<N>>>,
  { requires, ...options }: Omit<CommandOptions, 'words'> & { requires?: N } = {},
): Command<Use> {
  const [, name, words] = /^(\S+) ?(.*)$/.exec(call)!
  return {
    kind: 'command',
    name: name!,
    description,
    requires: requires ?? {},
    options: { ...options, ...(words && { words }) },
    load: load as unknown as Command<Use>['load'],
  }
}

/** What the application gets to open its session before tasks run. */
export interface Opening {
  /** The project's folder, the package's own, and the current one. */
  root: string
  packageRoot: string
  cwd: string
  /** A folder for caches, replaced whenever the tasks are recompiled. */
  cache: string
  /** `--config`, or TASK_CONFIG. */
  file: string | undefined
  overrides: { key: string; value: string }[]
  environment: Record<string, string | undefined>
  /** The entry that will run. */
  entry: { kind: Entry<Tools>['kind']; name: string }
  tools: Tools
  /** With `--verbose`: called with details below the level of tasks, such as each request, one line each. */
  trace?: ((message: string) => void) | undefined
}

/** The closing lines for people. */
export interface Closing {
  said: string
  /** The cluster's address. */
  url?: string
  /** Commands to run. */
  next: string[]
}

/** The application's context, what it works on, and how to close it. */
export interface Session<Context> {
  context: Context
  subject: Record<string, string>
  /** A remark for the first line of output. */
  remark?: string
  /** The result after bootstrap or destroy; undefined if there is nothing to report. */
  closing?(way: 'up' | 'down'): Closing | undefined
  /** With `--verbose`: where the settings come from, one line each, without secrets. */
  sources?: string[]
  /** Path of the lock that a run which changes something holds, so that two such runs never overlap. */
  lock?: string
  /** Values that must not be stored anywhere, nor any text that contains them. */
  secrets?: string[]
  close(): Promise<void>
}

export interface Application<Context> {
  /** Opens its config and its clients. */
  open(opening: Opening): Promise<Session<Context>>
  /** Whether a value given on the command line must not be shown; by default, none is secret. */
  isSecret?: Secrecy
}

/** What `npx task help WORD` can explain in addition to tasks. */
export interface Reference {
  /** One page of advice for each failure code. */
  advice: Record<Failure['code'], string>
  config?: {
    /** The page about a key or a section of the config; case-insensitive. */
    page(key: string): string | undefined
    /** The keys that a word may refer to. */
    nearest(word: string): string[]
  }
}

export interface Taskfile<Context> {
  /** The application. Loaded only when something runs. */
  open: () => Promise<Application<Context>>
  /** What the application can explain. Loaded on demand. */
  reference: () => Promise<Reference>
  /** What shell completion offers in addition to tasks and options. */
  vocabulary?: (() => Promise<Vocabulary>) | undefined
  entries: Entry<Context & Tools>[]
  /** The entries grouped under their headings. */
  groups: Group<Context & Tools>[]
}

export interface Group<Use extends Tools> {
  heading: string
  entries: Entry<Use>[]
}

/** Declares the pipeline: the entries, in the order in which they are listed; a string is the heading of those that follow it. */
export function taskfile<Context>(
  open: Taskfile<Context>['open'],
  reference: Taskfile<Context>['reference'],
  // biome-ignore lint/suspicious/noExplicitAny: a step may use less than the whole context.
  list: (string | Entry<any>)[],
  vocabulary?: () => Promise<{ vocabulary: Vocabulary }>,
): Taskfile<Context> {
  const groups: Group<Context & Tools>[] = []
  for (const one of list) {
    if (typeof one === 'string') groups.push({ heading: one, entries: [] })
    else if (groups.length === 0) groups.push({ heading: 'Tasks', entries: [one] })
    else groups.at(-1)!.entries.push(one)
  }
  const words = vocabulary && (() => vocabulary().then((module) => module.vocabulary))
  return { open, reference, vocabulary: words, groups, entries: groups.flatMap((group) => group.entries) }
}

/**
 * Extends a pipeline with further entries; an entry with the name of an existing one replaces it. `goal` becomes what the pipeline's
 * own `bootstrap`, `destroy` and `status` are about, with everything it needs.
 */
export function extend<Context>(
  base: Taskfile<Context>,
  // biome-ignore lint/suspicious/noExplicitAny: a step may use less than the whole context.
  list: (string | Entry<any>)[],
  goal?: AnyTask,
): Taskfile<Context> {
  const own = taskfile(base.open, base.reference, list)
  const taken = new Set(own.entries.map(({ name }) => name))
  const kept = base.groups.map(({ entries, heading }) => ({
    heading,
    entries: entries
      .filter(({ name }) => !taken.has(name))
      .map((entry) => (goal && 'goal' in entry ? { ...entry, goal } : entry)),
  }))
  const groups = [...kept, ...own.groups]
  return { ...base, groups, entries: groups.flatMap(({ entries }) => entries) }
}

/** An empty report. */
export function newReport(): Report {
  return { calls: {}, deleted: [], retained: [], left: [], unknown: [], url: null }
}
