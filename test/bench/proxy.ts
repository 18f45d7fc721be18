import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An AWS request that went by. */
export interface Call {
  operation: string
  /** Milliseconds since 1970, when it arrived. */
  at: number
}

export interface Proxy {
  url: string
  /** The calls since the last time, and forgets them. */
  take(): Call[]
  close(): Promise<void>
}

/** Stands before an AWS endpoint, passes everything on unchanged, and keeps a list of what went by. */
export async function openProxy(target: string): Promise<Proxy> {
  let calls: Call[] = []
  const server = createServer((incoming, response) => {
    const at = Date.now()
    collect(incoming)
      .then((body) => {
        calls.push({ operation: operationOf(incoming, body), at })
        return pass(target, incoming, body, response)
      })
      .catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    take: () => {
      const taken = calls
      calls = []
      return taken
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** `CreateStack 1, DescribeStacks 3` */
export function countByOperation(calls: Call[]): string {
  const counts = new Map<string, number>()
  for (const { operation } of calls) counts.set(operation, (counts.get(operation) ?? 0) + 1)
  return [...counts].map(([operation, count]) => `${operation} ${count}`).join(', ')
}

/** The query protocol says its operation in the body, JSON in a header; S3 says it by method, path and subresource. */
function operationOf({ headers, method, url }: IncomingMessage, body: Buffer): string {
  const target = headers['x-amz-target']
  if (typeof target === 'string') return target.split('.').at(-1)!
  const action = /(?:^|&)Action=(\w+)/.exec(body.toString('latin1'))?.[1]
  if (action) return action
  const [path = '/', query = ''] = (url ?? '/').split('?')
  const what = path === '/' ? 'buckets' : path.split('/').filter(Boolean).length === 1 ? 'bucket' : 'object'
  const subresource = /^(\w+)(?:=?(?:&|$))/.exec(query)?.[1]
  return `S3 ${method} ${what}${subresource ? `?${subresource}` : ''}`
}

function pass(
  target: string,
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const { headers, method, url } = incoming
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(url ?? '/', target), { method: method!, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
      answer.on('end', resolve)
      answer.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function collect(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
