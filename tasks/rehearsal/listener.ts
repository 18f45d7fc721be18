import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CutConnection } from './faults.ts'
import { BODY_LIMIT, bodyOf, foreignness } from './guard.ts'
import type { Server } from './server.ts'

/** Serves AWS over loopback HTTP, so that any client with an endpoint setting can be pointed at the rehearsal. */
export async function listen(server: Server, port: number): Promise<{ url: string; close(): Promise<void> }> {
  const http = createServer((request, response) => {
    answer(server, request, response).catch((error: Error) => {
      if (error instanceof CutConnection) request.socket.destroy()
      else refuse(response, 500, 'InternalFailure', error.message)
    })
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
}

/** In the form that the clients of every XML protocol read. */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const words = message.replace(/[<>&]/g, ' ')
  const body = `<ErrorResponse><Error><Code>${code}</Code><Message>${words}</Message></Error><Code>${code}</Code><Message>${words}</Message></ErrorResponse>`
  response.writeHead(status, { 'content-type': 'text/xml', connection: 'close' }).end(body)
}

async function answer(server: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const foreign = foreignness(request.headers)
  if (foreign) return refuse(response, 403, 'AccessDenied', foreign)
  const content = await bodyOf(request, BODY_LIMIT)
  if (!content)
    return refuse(
      response,
      413,
      'EntityTooLarge',
      `a request may have at most ${BODY_LIMIT / 1_000_000} MB here`,
    )
  const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) headers[name] = [value].flat().join(',')
  const {
    status,
    headers: told,
    body,
  } = await server.serve({
    method: request.method ?? 'GET',
    host: (headers.host ?? '').replace(/:\d+$/, ''),
    path,
    query: new URLSearchParams(query),
    headers,
    body: content,
  })
  response
    .writeHead(status, { 'content-length': Buffer.byteLength(body), ...told })
    .end(request.method === 'HEAD' ? undefined : body)
}
