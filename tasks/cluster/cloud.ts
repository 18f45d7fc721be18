import type { Clock } from '../base/clock.ts'

/** Where a cluster lives. Tasks ask what it can do, never which one it is: only the session knows. */
export interface Cloud {
  /** Whether its resources cost money: then a preflight checks whether the cluster can be created. */
  costsMoney: boolean
  /** Whether all of it is on this machine: it needs no network, responds while one of our processes runs, and can be deleted as a folder. */
  onThisMachine: boolean
  clock: Clock
  /** Replaces the network for the AWS clients; undefined means the network. */
  handler: unknown
  /** How long a master may be briefly unreachable, in real milliseconds: a rehearsed one moves from process to process. */
  patienceMs: number
  /**
   * Serves the cluster at `url` if it is rehearsed; `servedByUs` if no other process serves it. `steady`: for a
   * program that gives up when its connection is cut.
   */
  reach(url: string, steady?: 'steady'): Promise<{ servedByUs: boolean }>
  /** Serves the cloud's own API on a loopback port to other clients; only a rehearsal can. */
  listen?(port: number): Promise<{ url: string; close(): Promise<void> }>
  close(): Promise<void>
}
