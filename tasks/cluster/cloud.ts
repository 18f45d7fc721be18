import type { Clock } from '../base/clock.ts'

/** Where a cluster lives: AWS, or the rehearsal on this machine. No task knows which. */
export interface Cloud {
  rehearsed: boolean
  clock: Clock
  /** In place of the network for the AWS clients; undefined means the network. */
  handler: unknown
  /** How long a master may be gone for a moment, in real milliseconds: a rehearsed one passes from process to process. */
  patienceMs: number
  /**
   * Makes the cluster at `url` answer, if that is ours to do; says so when nobody else serves it. `steady`: for a
   * program that gives up when its connection is cut.
   */
  reach(url: string, steady?: 'steady'): Promise<{ servedByUs: boolean }>
  /** Serves the cloud's own API on a loopback port to other clients; only a rehearsal can. */
  listen?(port: number): Promise<{ url: string; close(): Promise<void> }>
  close(): Promise<void>
}
