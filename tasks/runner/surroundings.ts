import type { Streams } from './present/presenter.ts'

/** What a run may touch of the process. */
export interface Surroundings {
  /** The project's folder. */
  root: string
  cwd: string
  version: string
  environment: Record<string, string | undefined>
  streams: Streams
}
