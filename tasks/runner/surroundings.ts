import type { Whereabouts } from './fault.ts'
import type { Streams } from './present/presenter.ts'

/** The parts of the process that a run may use. */
export interface Surroundings extends Whereabouts {
  cwd: string
  /** A folder for caches: private to this user, and replaced whenever the tasks are recompiled. */
  cache: string
  version: string
  /** The result of the last run, for the task list: as a line of text, and merged into the JSON list. */
  lastRun?(): { line(where: NodeJS.WriteStream): string; joined(list: string): string }
  environment: Record<string, string | undefined>
  streams: Streams
}
