import { createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SilentFront {
  url: string
  /** How many requests got no answer. */
  readonly held: number
  /** Resolves when so many requests that get no answer have come, in all. */
  waiting(count: number): Promise<void>
  stop(): void
}

/** Stands before an AWS endpoint; what `instead` takes is not passed on. `asked` holds the request's body and its target. */
export async function startFront(
  endpoint: string | undefined,
  instead: (asked: string, outgoing: ServerResponse) => boolean,
): Promise<{ url: string; stop(): void }> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const asked = `${incoming.headers['x-amz-target'] ?? ''}&${body.toString('latin1')}&`
    if (instead(asked, outgoing)) return
    const { headers, method, url = '/' } = incoming
    const passed = request(new URL(url, endpoint), { method: method ?? 'POST', headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    passed.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Stands before an AWS endpoint and never answers the calls named (all without an endpoint); the others pass. */
export async function startSilentFront(endpoint?: string, ...calls: string[]): Promise<SilentFront> {
  let held = 0
  let look = () => {}
  const front = await startFront(endpoint, (asked) => {
    if (endpoint !== undefined && !calls.some((call) => asked.includes(`Action=${call}&`))) return false
    held++
    look()
    return true
  })
  return {
    ...front,
    get held() {
      return held
    },
    waiting: async (count) => {
      while (held < count) {
        await new Promise<void>((resolve) => {
          look = resolve
        })
      }
    },
  }
}
