import { createServer } from 'node:net'
import { draw } from './state/chance.ts'

/** Where load balancers listen on this machine: below the ephemeral ports (IANA: 49152; Linux: 32768). */
export const PORTS = { first: 20_000, last: 29_999 }

/** Draws a loopback port for each name: one on which no process listens and that is not `taken`. */
export async function choosePorts(
  names: readonly string[],
  taken: (port: number) => boolean,
  ...words: (string | number)[]
): Promise<Record<string, number>> {
  const chosen: Record<string, number> = {}
  const range = PORTS.last - PORTS.first + 1
  for (const name of names) {
    const start = Math.floor(draw('port', name, ...words) * range)
    for (let step = 0; step < range; step++) {
      const port = PORTS.first + ((start + step) % range)
      if (taken(port) || Object.values(chosen).includes(port) || !(await isFree(port))) continue
      chosen[name] = port
      break
    }
  }
  return chosen
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
