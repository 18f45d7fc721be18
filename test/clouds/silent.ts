import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SilentFront {
  url: string
  /** How many requests got no answer. */
  readonly held: number
  /** Resolves when so many requests that get no answer have come, in all. */
  waiting(count: number): Promise<void>
  stop(): void
}

/** Stands before an AWS endpoint and never answers the calls named (all without an endpoint); the others pass. */
export async function startSilentFront(endpoint?: string, ...calls: string[]): Promise<SilentFront> {
  let held = 0
  let look = () => {}
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const asked = `${incoming.headers['x-amz-target'] ?? ''}&${body.toString('latin1')}&`
    if (endpoint === undefined || calls.some((call) => asked.includes(`Action=${call}&`))) {
      held++
      look()
      return
    }
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
    get held() {
      return held
    },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waiting: async (count) => {
      while (held < count) {
        await new Promise<void>((resolve) => {
          look = resolve
        })
      }
    },
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
