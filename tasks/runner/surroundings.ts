import type { Streams } from './present/presenter.ts'

/** Where the process stands: everything of it that a run may touch. */
export interface Surroundings {
  /** The project's folder. */
  root: string
  cwd: string
  version: string
  environment: Record<string, string | undefined>
  streams: Streams
}
