import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** Who answers at a rehearsed master's address: this process, or another with the same state. */
export interface OpenMaster {
  servedBy: 'us' | 'sibling'
  /**
   * From now on until `close` the sibling that serves does not leave (within reason): for the sake of a program that
   * gives up when a connection is cut.
   */
  steady(): Promise<void>
  close(): Promise<void>
}

interface Served {
  close(): Promise<void>
}

/** How long a port is tried for that is taken, while nobody there says whose it is; in real milliseconds. */
const LONGEST_TRY = 5_000
const PAUSE = 10
/** A sibling on a busy machine may take its time to say who it is, in real milliseconds. */
const ANSWER_WITHIN = 2_000
const WHO = '/.rehearsal'
/** Asked in place of the other, it keeps the one who serves from leaving for as long as the connection is open. */
export const STEADY = '/.rehearsal?steady'
/** How soon a process looks again for a port that another program took over, in real milliseconds. */
const LOOK_AGAIN = 500

/**
 * Serves on a port, or leaves that to a sibling that serves the same cluster there, and takes over at the moment the
 * sibling goes. Rejects with EADDRINUSE when the port belongs to another program.
 */
export async function serveAmongSiblings(
  serve: () => Promise<Served>,
  port: number,
  cluster: string,
): Promise<OpenMaster> {
  let ours: Served | undefined
  let sibling: Sibling | undefined
  let lease: Sibling | undefined
  let question = WHO
  let closed = false
  const settle = async (): Promise<void> => {
    const started = performance.now()
    while (!closed) {
      ours = await serve().catch(unlessTaken)
      if (ours) return
      const found = await visit(port, question)
      if (found?.cluster === cluster) {
        sibling = found
        void found.gone.then(again)
        return
      }
      found?.leave()
      // Whoever had the port may have left it between our try and our question.
      if (found || performance.now() - started > LONGEST_TRY) throw taken(port)
      await sleep(PAUSE)
    }
  }
  let settling: Promise<void> | undefined
  const again = () => {
    if (closed) return
    settling = settle().catch(() => {
      setTimeout(again, LOOK_AGAIN).unref()
    })
  }
  await settle()
  return {
    get servedBy() {
      return ours ? 'us' : 'sibling'
    },
    steady: async () => {
      question = STEADY
      await settling
      if (!ours) lease ??= await visit(port, question)
    },
    close: async () => {
      closed = true
      sibling?.leave()
      await settling
      sibling?.leave()
      lease?.leave()
      await ours?.close()
    },
  }
}

interface Sibling {
  /** The rehearsed cluster it serves; undefined for what is no rehearsed master. */
  cluster: string | undefined
  /** Resolves when it, or the connection to it, has come to its end. */
  gone: Promise<void>
  leave(): void
}

/** Asks who answers on a port, and stays connected, so that its end is felt at once. Undefined when nobody answers. */
function visit(port: number, path: string): Promise<Sibling | undefined> {
  const agent = new Agent({ keepAlive: true })
  return new Promise((resolve) => {
    const nobody = () => {
      agent.destroy()
      resolve(undefined)
    }
    const request = get({ host: '127.0.0.1', port, path, agent, timeout: ANSWER_WITHIN })
    request.on('error', nobody)
    request.on('timeout', () => request.destroy())
    request.on('response', (response) => {
      const { socket } = response
      const gone = new Promise<void>((end) => {
        socket.once('close', () => end())
      })
      let text = ''
      response.on('data', (piece) => {
        text += piece
      })
      response.on('error', nobody)
      response.on('end', () => resolve({ cluster: clusterIn(text), gone, leave: () => agent.destroy() }))
    })
  })
}

function clusterIn(text: string): string | undefined {
  try {
    const told = JSON.parse(text) as { rehearsal?: boolean; cluster?: string }
    return told.rehearsal ? told.cluster : undefined
  } catch {
    return undefined
  }
}

function unlessTaken(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EADDRINUSE') throw error
}

function taken(port: number): Error {
  const message = `port ${port} of the rehearsed load balancer is in use by another program`
  return Object.assign(new Error(message), { code: 'EADDRINUSE' })
}
