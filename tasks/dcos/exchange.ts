import type { IncomingMessage } from 'node:http'
import { realClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { readUserFile } from '../base/user-file.ts'
import { send } from '../http/send.ts'
import { notDcos, unreachable } from './unreachable.ts'

/** Error codes when the listening process has just gone (errno(3)). */
const passing = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE']
/** A bundle of every authority that browsers trust is about 250 kB. */
const MOST_CERTIFICATE_BYTES = 1_000_000
/** Between two attempts, in real milliseconds. */
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
  /** How long a connection that is refused or cut is retried, in real milliseconds. */
  patienceMs: number
  /** Reads the body of a 200 as it arrives, however long that takes, instead of `text`. */
  take?: ((body: AsyncIterable<Buffer>) => Promise<void>) | undefined
}

export interface Exchanged {
  status: number
  reason: string
  /** The target of a redirect. */
  location: string | undefined
  text: string
}

/**
 * One HTTP request and its answer. Every way of not getting one becomes a Failure; an abort keeps its own reason.
 */
export async function exchange(asked: Exchange): Promise<Exchanged> {
  const { url, signal } = asked
  signal?.throwIfAborted()
  const ca = url.protocol === 'https:' && asked.caCert ? await authority(asked.caCert) : undefined
  const started = performance.now()
  for (;;) {
    try {
      return await converse(asked, ca)
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

async function converse(asked: Exchange, ca: string | undefined): Promise<Exchanged> {
  const { body, bodyLimit, headers, method, take, timeoutMs, url } = asked
  const late = Object.assign(new Error(`no complete answer within ${timeoutMs / 1000} s`), {
    code: 'ETIMEDOUT',
  })
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(late), timeoutMs)
  const signal = asked.signal ? AbortSignal.any([asked.signal, over.signal]) : over.signal
  const json = body === undefined ? {} : { 'content-type': 'application/json' }
  try {
    const answer = await send(url, { method, headers: { ...headers, ...json }, body, ca, signal })
    const { reason, status } = answer
    const location = status >= 300 && status < 400 ? answer.headers.location : undefined
    if (take && status === 200) {
      clearTimeout(timer)
      await take(answer.body).catch((error: NodeJS.ErrnoException) => {
        // A stream that is cut is not retried: part of it was consumed already.
        throw asked.signal?.aborted ? error : unreachable(url, error)
      })
      return { status, reason, location, text: '' }
    }
    return { status, reason, location, text: await collect(url, answer.body, bodyLimit) }
  } catch (error) {
    throw over.signal.aborted ? late : error
  } finally {
    clearTimeout(timer)
  }
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
