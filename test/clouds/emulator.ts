import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface Emulator {
  url: string
  stop(): Promise<void>
}

const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 5_000

/** Starts a server on a free loopback port, and waits until it answers. `env` is all it gets beside the PATH. */
export async function startEmulator(
  program: string,
  argsFor: (port: number) => string[],
  envFor: (port: number) => Record<string, string> = () => ({}),
): Promise<Emulator> {
  const port = await freePort()
  const child = spawn(program, argsFor(port), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH!, HOME: process.env.HOME!, ...envFor(port) },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said = (said + chunk).slice(-4_000)
    })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async () => {
    process.off('exit', kill)
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(kill, STOP_LIMIT_MS)
    await ended
    clearTimeout(timer)
  }
  // `localhost`, not 127.0.0.1: one emulator takes an address of digits for the name of a bucket.
  const url = `http://localhost:${port}`
  const deadline = performance.now() + START_LIMIT_MS
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop()
      throw new Error(`${program} does not answer at ${url}:\n${said}`)
    }
    await pause(100)
  }
  return { url, stop }
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer()
    return true
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
