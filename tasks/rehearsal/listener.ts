import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CutConnection } from './faults.ts'
import type { Server } from './server.ts'

/** Serves AWS over loopback HTTP, so that any client with an endpoint setting can be pointed at the rehearsal. */
export async function listen(server: Server, port: number): Promise<{ url: string; close(): Promise<void> }> {
  const http = createServer((request, response) => {
    answer(server, request, response).catch((error: Error) => {
      if (error instanceof CutConnection) request.socket.destroy()
      else response.writeHead(500).end(error.message)
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

async function answer(server: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
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
    body: Buffer.concat(chunks),
  })
  response
    .writeHead(status, { 'content-length': Buffer.byteLength(body), ...told })
    .end(request.method === 'HEAD' ? undefined : body)
}
