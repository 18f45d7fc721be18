import type { Whereabouts } from './fault.ts'
import type { Streams } from './present/presenter.ts'

/** What a run may touch of the process. */
export interface Surroundings extends Whereabouts {
  cwd: string
  /** A folder for what can be worked out again: this user's alone, and another one as soon as the tasks are compiled anew. */
  cache: string
  version: string
  /** How the last run ended, for the list of tasks: as a line of text, and joined to the list as JSON. */
  lastRun?(): { line(where: NodeJS.WriteStream): string; joined(list: string): string }
  environment: Record<string, string | undefined>
  streams: Streams
}
