import type { Streams } from './present/presenter.ts'

/** Where an error was thrown, in the files that the user knows. */
export interface Origin {
  /** `tasks/hello.ts:12:9` */
  place: string
  /** It is the user's own file. */
  theirs: boolean
  /** The frames next to it. */
  way: string[]
  /** The error's stack. */
  stack: string
}

/** What a run may touch of the process. */
export interface Surroundings {
  /** The project's folder. */
  root: string
  /** The folder of the package itself, which holds what it comes with; in a checkout it is the project's. */
  packageRoot: string
  cwd: string
  /** A folder for what can be worked out again: this user's alone, and another one as soon as the tasks are compiled anew. */
  cache: string
  version: string
  /** How the last run ended, for the list of tasks: as a line of text, and joined to the list as JSON. */
  lastRun?(): { line(where: NodeJS.WriteStream): string; joined(list: string): string }
  environment: Record<string, string | undefined>
  streams: Streams
  /** Where an error was thrown; undefined where that is not known. */
  originOf?(error: Error): Origin | undefined
  /** Where the steps are that a function loads: the file, and the line of `name` in it. */
  stepsOf?(load: () => unknown, name: string): string | undefined
}
