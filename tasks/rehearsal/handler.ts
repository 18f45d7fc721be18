import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Server } from './server.ts'
import type { WireRequest } from './wire/request.ts'

/** The parts of a smithy HttpRequest that are used here. */
export interface SdkRequest {
  method: string
  hostname: string
  path: string
  query?: Record<string, string | string[] | null>
  headers: Record<string, string>
  body?: unknown
}

export interface SdkResponse {
  statusCode: number
  headers: Record<string, string>
  body: Readable | Uint8Array
}

/** An AWS SDK v3 HttpHandler that answers within this process: the clients serialise and parse as they do for AWS. */
export interface RequestHandler {
  readonly metadata: { handlerProtocol: string }
  handle(request: SdkRequest, options?: { abortSignal?: unknown }): Promise<{ response: SdkResponse }>
  destroy(): void
  updateHttpClientConfig(key: never, value: never): void
  httpHandlerConfigs(): Record<string, never>
}

export function createRequestHandler(server: Server): RequestHandler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request, { abortSignal } = {}) {
      if ((abortSignal as AbortSignal | undefined)?.aborted) {
        throw Object.assign(new Error('Request aborted'), { name: 'AbortError' })
      }
      // A request to AWS yields to signals and timers; so must this one, however many follow each other.
      await setImmediate()
      const answer = await server.serve(await wireRequest(request))
      const bytes = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body
      const xml = answer.headers['content-type']?.includes('xml')
      // The SDK reads XML from bytes at once; it wants an object's content as a stream.
      const body = xml ? bytes : Readable.from(bytes.length > 0 ? [bytes] : [])
      const headers = { date: new Date().toUTCString(), ...answer.headers }
      return { response: { statusCode: answer.status, headers, body } }
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  }
}

async function wireRequest(request: SdkRequest): Promise<WireRequest> {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const one of [value].flat()) query.append(name, one ?? '')
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const { method, hostname: host, path } = request
  return { method, host, path, query, headers, body: await bytesOf(request.body) }
}

async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body === undefined || body === null) return new Uint8Array()
  if (typeof body === 'string') return Buffer.from(body)
  if (body instanceof Uint8Array) return body
  const chunks: Uint8Array[] = []
  for await (const chunk of body as AsyncIterable<Uint8Array | string>) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
