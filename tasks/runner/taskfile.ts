import type { Failure } from '../base/failure.ts'
import type { Vocabulary } from './complete/vocabulary.ts'
import type { Pipeline } from './pipeline.ts'
import type { Secrecy } from './rerun.ts'
import type { AnyTask, Needs, Report, Task, Tools, ValuesOf } from './task.ts'

/** `bootstrap`: checks each task the goal needs, in order of dependency, and runs those that are not done. */
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
  /** Says what is going to be deleted and gets the user's consent; throws to stop. What it learned is for `prove`. */
  confirm(use: Use): Promise<unknown>
  /** Looks for what there is to delete, and says nothing; throws if it cannot look. */
  survey(use: Use): Promise<Surveyed>
  /** Looks for what is left and lists it in `use.report.left`; throws if that is a failure. */
  prove(use: Use, confirmed: unknown): Promise<void>
}

export interface Surveyed {
  /** By the task that would delete it. A task that is not named here is judged by its check. */
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

/** Something to do with a cluster that is no part of the pipeline. What it `requires` is only checked, never run. */
export interface Command<Use extends Tools> {
  kind: 'command'
  name: string
  description: string
  requires: Needs
  options: CommandOptions
  load(): Promise<CommandSteps<Use, never>>
}

export interface CommandOptions {
  /** The words it takes, as help shows them; without it, it takes none. */
  words?: string
  /** Its start and its end are told as a task's are. Any other command owns stdout and the exit status; our lines go to stderr. */
  asTask?: boolean
  /** What it prints is the content of a file: not a byte of it is changed, but on a terminal. */
  verbatim?: boolean
  /** Another program may have the terminal in its place. After a signal it is waited for: that program may have to clean up. */
  child?: boolean
  /**
   * The options that mean something to it; others are refused. With `dryRun` it says itself what it would do; with `json` one
   * that owns stdout prints JSON.
   */
  takes?: readonly ('undo' | 'force' | 'dryRun' | 'json')[]
  /** It works where the config is missing or broken: nothing is opened, and it gets the Opening in place of a context. */
  unopened?: boolean
  /** It changes something, so it never runs beside another run that does. */
  alone?: boolean
  /** It changes something, so what happens is kept, as of a run that brings up or takes down. */
  kept?: boolean
}

interface CommandSteps<Use extends Tools, Values> {
  execute(use: Use & CommandTools, requires: Values): Promise<number>
}

export interface CommandTools {
  /** Its words, those after `--` included. */
  words: string[]
  /** Its words before `--`, and those after it. */
  before: string[]
  rest: string[]
  /** The tasks, for a command that tells of them. */
  pipeline: Pipeline
  /** `--json`: what it prints is one document. */
  json: boolean
  /** The options that it takes: `--undo`, `-f`, `-n`. */
  flags: { undo: boolean; force: boolean; dryRun: boolean }
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
}

export type Entry<Use extends Tools> = Up | Down<Use> | Status | Command<Use> | Task<unknown, Use>

/** Declares what brings up all that `goal` needs. */
export function up(name: string, description: string, goal: AnyTask, load?: Up['load']): Up {
  return { kind: 'up', name, description, goal, ...(load && { load }) }
}

/** Declares what shows how all that `goal` needs stands. */
export function status(name: string, description: string, goal: AnyTask, load?: Status['load']): Status {
  return { kind: 'status', name, description, goal, ...(load && { load }) }
}

/** Declares what takes down all that `goal` needs. */
export function down<Use extends Tools>(
  name: string,
  description: string,
  goal: AnyTask,
  load: () => Promise<DownSteps<Use>>,
): Down<Use> {
  return { kind: 'down', name, description, goal, load }
}

/** Declares a command. After its name come the words it takes, as help shows them: `logs [NODE] [UNIT]`. */
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

/** What the application is asked to open before its tasks run. */
export interface Opening {
  /** The project's folder, the package's own, and the user's. */
  root: string
  packageRoot: string
  cwd: string
  /** A folder for what can be worked out again; another one as soon as the tasks are compiled anew. */
  cache: string
  /** `--config`, or TASK_CONFIG. */
  file: string | undefined
  overrides: { key: string; value: string }[]
  environment: Record<string, string | undefined>
  /** The entry that is going to run. */
  entry: { kind: Entry<Tools>['kind']; name: string }
  tools: Tools
  /** With `--verbose`: takes what happens below the tasks, such as each request, a line each. */
  trace?: ((message: string) => void) | undefined
}

/** What people are told at the end. */
export interface Closing {
  said: string
  /** Where it answers. */
  url?: string
  /** Lines to run. */
  next: string[]
}

/** The application's context, what it calls the thing it works on, and how to let go of it. */
export interface Session<Context> {
  context: Context
  subject: Record<string, string>
  /** What else the first line tells people. */
  remark?: string
  /** How things stand after a run that brought something up or took all down; undefined where there is nothing to say. */
  closing?(way: 'up' | 'down'): Closing | undefined
  /** With `--verbose`: where what is worked with comes from, a line each, fit to be shown. */
  sources?: string[]
  /** A path. A run that changes something holds a lock there, so that two such runs come one after the other. */
  lock?: string
  /** Values that must not be kept anywhere, nor any text that holds them. */
  secrets?: string[]
  close(): Promise<void>
}

export interface Application<Context> {
  /** Opens its config and its clients. */
  open(opening: Opening): Promise<Session<Context>>
  /** What is given on the line that must not be repeated; nothing, where it does not say. */
  isSecret?: Secrecy
}

/** What `npx task help WORD` can explain beside tasks. */
export interface Reference {
  /** One page of advice for each failure code. */
  advice: Record<Failure['code'], string>
  config?: {
    /** The page about a key or a section of the config; letter case does not matter. */
    page(key: string): string | undefined
    /** The keys that a word may mean. */
    nearest(word: string): string[]
  }
}

export interface Taskfile<Context> {
  /** The application. Loaded only when something runs. */
  open: () => Promise<Application<Context>>
  /** What the application can explain. Loaded only when somebody asks. */
  reference: () => Promise<Reference>
  /** What a shell's completion offers beside tasks and options. */
  vocabulary?: (() => Promise<Vocabulary>) | undefined
  entries: Entry<Context & Tools>[]
  /** The same under their headings. */
  groups: Group<Context & Tools>[]
}

export interface Group<Use extends Tools> {
  heading: string
  entries: Entry<Use>[]
}

/** Declares the pipeline: the entries, in the order in which they are listed; a text is the heading of those that follow it. */
export function taskfile<Context>(
  open: Taskfile<Context>['open'],
  reference: Taskfile<Context>['reference'],
  // biome-ignore lint/suspicious/noExplicitAny: a step may ask for less than the whole context.
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

/** A pipeline with entries of one's own after its own ones; one that has the name of another takes its place. */
export function extend<Context>(
  base: Taskfile<Context>,
  // biome-ignore lint/suspicious/noExplicitAny: a step may ask for less than the whole context.
  list: (string | Entry<any>)[],
): Taskfile<Context> {
  const own = taskfile(base.open, base.reference, list)
  const taken = new Set(own.entries.map(({ name }) => name))
  const kept = base.groups.map(({ entries, heading }) => ({
    heading,
    entries: entries.filter(({ name }) => !taken.has(name)),
  }))
  const groups = [...kept, ...own.groups]
  return { ...base, groups, entries: groups.flatMap(({ entries }) => entries) }
}

/** An empty report. */
export function newReport(): Report {
  return { calls: {}, deleted: [], retained: [], left: [], unknown: [], url: null }
}
