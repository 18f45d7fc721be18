import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { ClusterDoor } from '../cluster.ts'
import { bodyOf, foreignness } from '../guard.ts'
import { STEADY } from '../siblings.ts'
import type { Answer, Ask } from './answer.ts'
import { answer } from './routes.ts'

/** Emitted when a sibling for which it kept serving has gone. */
const LEFT = 'left'
/** The largest application definition accepted, in bytes (Marathon's own bound is of this order). */
const BODY_LIMIT = 4 * 1024 * 1024
/** How long a closed master continues with the answers it has begun, in real milliseconds. */
const LAST_ANSWERS = 1_000
/** How long it keeps serving for a sibling, in real milliseconds: most commands of the dcos CLI take half a second. */
const LONGEST_STAY = 5_000

export interface ServeOptions {
  /** Keep the process alive while it serves; otherwise it serves only as long as something else keeps the process alive. */
  hold?: boolean
  /** Milliseconds since 1970; for tests. */
  now?: () => number
}

/**
 * Serves a rehearsed cluster's master on 127.0.0.1 until closed. Rejects with EADDRINUSE when the port is bound, possibly
 * by a sibling that serves the same cluster: ask its `/.rehearsal`.
 */
export async function serveMaster(
  door: ClusterDoor,
  port: number,
  { hold = false, now = Date.now }: ServeOptions = {},
): Promise<{ port: number; close(): Promise<void> }> {
  const stayingFor = new Set<Socket>()
  const server = createServer((request, response) => {
    const { socket } = request
    if (request.url === STEADY && !stayingFor.has(socket)) {
      stayingFor.add(socket)
      socket.once('close', () => stayingFor.delete(socket) && server.emit(LEFT))
    }
    // After the last answer nothing keeps a closed master open.
    response.on('finish', () => !server.listening && setImmediate(() => server.closeIdleConnections()))
    handle(door, request, response, now).catch((error: Error) => {
      send(response, {
        status: 500,
        headers: { 'content-type': 'text/plain' },
        body: `the rehearsed master failed: ${error.message}`,
      })
    })
  })
  // The timer keeps the process alive for that long, which nothing else here does.
  const stay = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LONGEST_STAY)
      const look = () => {
        if (stayingFor.size > 0) return
        clearTimeout(timer)
        resolve()
      }
      server.on(LEFT, look)
      look()
    })
  // Siblings that wait to take over stay connected.
  server.keepAliveTimeout = 0
  if (!hold) server.on('connection', (socket) => socket.unref())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  if (!hold) server.unref()
  return {
    port: (server.address() as { port: number }).port,
    close: async () => {
      await stay()
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    },
  }
}

async function handle(
  door: ClusterDoor,
  request: IncomingMessage,
  response: ServerResponse,
  now: () => number,
): Promise<void> {
  const foreign = foreignness(request.headers)
  if (foreign)
    return send(response, { status: 403, headers: { 'content-type': 'text/plain' }, body: foreign })
  const body = await bodyOf(request, BODY_LIMIT)
  if (!body) return send(response, { status: 413, headers: { connection: 'close' }, body: '' })
  const url = new URL(`http://master${request.url?.replace(/\/{2,}/g, '/') ?? '/'}`)
  const head = request.method === 'HEAD'
  const ask: Ask = {
    method: head ? 'GET' : (request.method ?? 'GET'),
    path: decodePath(url.pathname),
    headers: request.headers,
    body,
  }
  send(response, await answer(door, ask, now()), head)
}

/** A path that cannot be decoded stays as it is, and is then simply not found. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer, head = false): void {
  const server = { server: 'dcos-bootstrap rehearsal', 'content-length': String(Buffer.byteLength(body)) }
  response.writeHead(status, { ...server, ...headers })
  response.end(head ? undefined : body)
}
