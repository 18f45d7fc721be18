import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** Who serves a rehearsed master's address: this process, or another with the same state. */
export interface OpenMaster {
  servedBy: 'us' | 'sibling'
  /**
   * Until `close`, the sibling that serves does not leave (within reason): for a program that
   * gives up when a connection is cut.
   */
  steady(): Promise<void>
  close(): Promise<void>
}

interface Served {
  close(): Promise<void>
}

/** How long to retry a port that is taken, while nothing there identifies itself; in real milliseconds. */
const LONGEST_TRY = 5_000
const PAUSE = 10
/** How long a sibling on a busy machine may take to identify itself, in real milliseconds. */
const ANSWER_WITHIN = 2_000
const WHO = '/.rehearsal'
/** Requested instead of the other, it keeps the serving process from leaving for as long as the connection is open. */
export const STEADY = '/.rehearsal?steady'
/** How soon a process checks a port again that another program took over, in real milliseconds. */
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
      // The process that had the port may have left it between our attempt and our request.
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
  /** The rehearsed cluster it serves; undefined if it is not a rehearsed master. */
  cluster: string | undefined
  /** Resolves when it, or the connection to it, has ended. */
  gone: Promise<void>
  leave(): void
}

/** Asks who serves a port, and stays connected, to notice its end at once. Undefined if there is no answer. */
function visit(port: number, path: string): Promise<Sibling | undefined> {
  const agent = new Agent({ keepAlive: true })
  return new Promise((resolve) => {
    const noAnswer = () => {
      agent.destroy()
      resolve(undefined)
    }
    const request = get({ host: '127.0.0.1', port, path, agent, timeout: ANSWER_WITHIN })
    request.on('error', noAnswer)
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
      response.on('error', noAnswer)
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
