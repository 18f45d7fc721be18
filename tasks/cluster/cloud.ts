import type { Clock } from '../base/clock.ts'

/** Where a cluster lives. Tasks ask what it can do, never which one it is: only the session knows. */
export interface Cloud {
  /** Whether what is made there is paid for: it is then checked beforehand whether it can come up. */
  costsMoney: boolean
  /** Whether all of it is on this machine: it needs no network, answers while one of our processes runs, and can be deleted as a folder. */
  onThisMachine: boolean
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
