import { Cloud } from './cloud.ts'
import { CallFaults, type Fault, resourceFaults } from './faults.ts'
import { createRequestHandler, type RequestHandler } from './handler.ts'
import { listen } from './listener.ts'
import { openMaster } from './masters.ts'
import { Server } from './server.ts'
import type { OpenMaster } from './siblings.ts'

export type { Fault } from './faults.ts'

export interface RehearsalOptions {
  /** Where the rehearsal's state lives; the same folder is the same cloud, for any number of processes. */
  folder: string
  /** How many times faster than real life the operations run that this process requests. */
  speed: number
  seed: number
  fail: readonly Fault[]
  /** Who signals for the instances of stacks that this process creates: the instances themselves by default. */
  signals?: 'own' | 'outside'
}

/** AWS and DC/OS as this pipeline sees them, on this machine. */
export interface Rehearsal {
  /** Pass as `requestHandler` of any AWS SDK v3 client: it speaks the real wire protocol within this process. */
  requestHandler: RequestHandler
  /** The same over loopback HTTP, for any other AWS client. Port 0 means any free one. */
  listen(port: number): Promise<{ url: string; close(): Promise<void> }>
  /**
   * Serves the master of the cluster whose load balancer has this address for as long as this process lives, or
   * finds it served by a sibling process. Rejects if no rehearsed load balancer has the address.
   */
  openMaster(url: string): Promise<OpenMaster>
}

/** Opens the rehearsal that lives in a folder. Nothing runs in the background. */
export function openRehearsal({ folder, speed, seed, fail, signals }: RehearsalOptions): Rehearsal {
  const cloud = new Cloud(folder, speed, seed, resourceFaults(fail), signals)
  const server = new Server(cloud, new CallFaults(fail))
  return {
    requestHandler: createRequestHandler(server),
    listen: (port) => listen(server, port),
    openMaster: (url) => openMaster(cloud, url),
  }
}
