import type { Agent, IncomingMessage } from 'node:http'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { realClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { readUserFile } from '../base/user-file.ts'
import { proxyAgent } from '../http/proxy.ts'
import { notDcos, unreachable } from './unreachable.ts'

/** What it looks like when the one who listened has just gone (errno(3)). */
const passing = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE']
/** A bundle of every authority that browsers trust has some 250 kB. */
const MOST_CERTIFICATE_BYTES = 1_000_000
/** Between two tries, in real milliseconds. */
const PAUSE_MS = 20

export interface Exchange {
  url: URL
  method: string
  headers: Record<string, string>
  /** Sent as JSON. */
  body: string | undefined
  signal: AbortSignal | undefined
  timeoutMs: number
  caCert: string | undefined
  /** In bytes. */
  bodyLimit: number
  /** So long a connection that is refused or cut is tried again, in real milliseconds. */
  patienceMs: number
}

export interface Exchanged {
  status: number
  reason: string
  /** Where a redirect leads. */
  location: string | undefined
  text: string
}

/**
 * One HTTP request and its answer. Not by `fetch`, which takes no certificate authority of the user's own and
 * doubles the time to start. Every way of not getting an answer becomes a Failure; an abort keeps its own reason.
 */
export async function exchange(asked: Exchange): Promise<Exchanged> {
  const { url, signal } = asked
  signal?.throwIfAborted()
  const ca = url.protocol === 'https:' && asked.caCert ? await authority(asked.caCert) : undefined
  const agent = await proxyAgent()
  const started = performance.now()
  for (;;) {
    try {
      return await converse(asked, ca, agent)
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof Failure) throw error
      const waited = performance.now() - started
      if (waited >= asked.patienceMs || !passing.includes(codeOf(error))) {
        throw unreachable(url, error as NodeJS.ErrnoException)
      }
      await realClock.sleep(PAUSE_MS, signal)
    }
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}

function converse(asked: Exchange, ca: string | undefined, agent: Agent | undefined): Promise<Exchanged> {
  const { url, method, body, signal, timeoutMs } = asked
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method,
      headers: {
        ...asked.headers,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      },
      agent: agent ?? false,
      ...(ca ? { ca } : {}),
    })
    // Not by the option `signal`: a request that cannot even be made would leave its listener there.
    const stop = () => request.destroy(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    const timer = setTimeout(() => {
      const late = new Error(`no whole answer within ${timeoutMs / 1000} s`)
      reject(Object.assign(late, { code: 'ETIMEDOUT' }))
      request.destroy()
    }, timeoutMs)
    request.on('close', () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    })
    request.on('error', reject)
    request.on('response', (response) => {
      collect(url, response, asked.bodyLimit).then((text) => {
        const { statusCode: status = 0, statusMessage: reason = '', headers } = response
        const location = status >= 300 && status < 400 ? headers.location : undefined
        resolve({ status, reason, location, text })
      }, reject)
    })
    request.end(body)
  })
}

async function collect(url: URL, response: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) {
      response.destroy()
      throw notDcos(url.href, `the answer is larger than ${limit / 1024 / 1024} MB`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function authority(file: string): Promise<string> {
  try {
    return await readUserFile(file, MOST_CERTIFICATE_BYTES)
  } catch (error) {
    throw new Failure(
      'CONFIG_INVALID',
      {
        message: `the certificate authority ${file} cannot be read`,
        cause: (error as Error).message,
        next: 'set auth.caCert to a readable PEM file',
      },
      error,
    )
  }
}
