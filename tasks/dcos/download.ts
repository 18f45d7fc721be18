import type { FileHandle } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { onDisk } from '../base/file.ts'
import { redactUrl } from '../base/redact-url.ts'
import { type Answer, send } from '../http/send.ts'
import { describe, HEAD_BYTES, recognise } from './executable.ts'
import { Intake, type Transferred, TryFailed } from './intake.ts'

const MOST_BYTES = 500 * 1024 * 1024
const MOST_REDIRECTS = 5
/** A transfer is given up after this long without a byte, in milliseconds. */
const STALL = 30_000
/** So is one slower than this, in bytes per second, once it has lasted that long. */
const LEAST_RATE = 1_000

export interface DownloadOptions {
  clock: Clock
  signal: AbortSignal
  /** Bytes so far, and the total if the server sends it. */
  progress?: ((bytes: number, total: number | undefined) => void) | undefined
  /** How a request is sent. */
  send?: typeof send | undefined
  /** Limit in bytes; 500 MB unless a test sets another. */
  most?: number | undefined
}

/** Downloads once, following redirects, to an open file or a writer like it. Throws TryFailed, DISK, or the signal's reason. */
export async function download(
  url: URL,
  handle: Pick<FileHandle, 'writeFile'>,
  draft: string,
  options: DownloadOptions,
): Promise<Transferred> {
  const { clock, most = MOST_BYTES, signal } = options
  const watch = new Watch(clock, signal)
  try {
    const { body, headers } = await follow(url, options.send ?? send, watch.signal)
    const size = headers['content-encoding'] ? undefined : headers['content-length']
    const total = size === undefined ? undefined : Number(size)
    if (total !== undefined && total > most) throw tooLarge(most)
    const intake = new Intake()
    options.progress?.(0, total)
    for await (const piece of body as AsyncIterable<Buffer>) {
      intake.take(piece)
      watch.moved(intake.bytes)
      if (intake.bytes > most) throw tooLarge(most)
      rejectPage(intake)
      await onDisk(draft, () => handle.writeFile(piece))
      options.progress?.(intake.bytes, total)
    }
    rejectPage(intake, true)
    return intake.finish()
  } catch (error) {
    throw watch.signal.aborted ? watch.signal.reason : tryFailed(error)
  } finally {
    watch.end()
  }
}

/** Fetches a URL. A redirect may lead anywhere on http(s): the hash verifies what arrives. */
async function follow(url: URL, get: typeof send, signal: AbortSignal): Promise<Answer> {
  let at = url
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await get(withoutUser(at), { headers: headersFor(at), signal })
    const { body, reason, status } = answer
    const { location } = answer.headers
    if (status >= 200 && status < 300) return answer
    body.destroy()
    if (status < 300 || status >= 400 || location === undefined) {
      const passing = status >= 500 || status === 408 || status === 429
      throw new TryFailed(`HTTP ${status} ${reason}`.trim(), passing)
    }
    const next = URL.canParse(location, at.href) ? new URL(location, at) : undefined
    if (!next || !/^https?:$/.test(next.protocol)) {
      throw new TryFailed(`${redactUrl(at)} redirects to something that is not http(s)`, false)
    }
    at = next
  }
  throw new TryFailed(`more than ${MOST_REDIRECTS} redirects, the last to ${redactUrl(at)}`, false)
}

/** User and password of a URL go into the header, for this host only. */
function headersFor(url: URL): Record<string, string> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' }
  if (url.username || url.password) {
    const words = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    headers.authorization = `Basic ${Buffer.from(words).toString('base64')}`
  }
  return headers
}

function withoutUser(url: URL): URL {
  const plain = new URL(url)
  plain.username = ''
  plain.password = ''
  return plain
}

const tooLarge = (most: number) => new TryFailed(`it is larger than ${most / 1024 / 1024} MB`, false)

/** Detects a page instead of the file as soon as enough of it has arrived to quote. */
function rejectPage(intake: Intake, whole = false): void {
  if (intake.judged || !(whole || intake.bytes >= HEAD_BYTES)) return
  intake.judged = true
  const content = recognise(intake.head())
  if (content.kind === 'page') throw new TryFailed(`the server sent ${describe(content)}`, false)
  if (content.kind === 'empty') throw new TryFailed('the server sent nothing', true)
}

/** Network errors that a retry does not fix: unknown host, refused connection, certificate (Node's own codes). */
const LASTING = /^(ENOTFOUND|ECONNREFUSED|ERR_TLS_.*|CERT_.*|.*SELF_SIGNED.*|UNABLE_TO_.*|ERR_INVALID_URL)$/

function tryFailed(error: unknown): unknown {
  if (error instanceof TryFailed || error instanceof Failure || !(error instanceof Error)) return error
  // Network errors have a code.
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  return new TryFailed(message.includes(code) ? message : `${code}: ${message}`, !LASTING.test(code))
}

/** Aborts its signal when nothing has moved for too long, or when the outer signal does. */
class Watch {
  readonly signal: AbortSignal
  readonly #stalled = new AbortController()
  readonly #over = new AbortController()
  readonly #clock: Clock
  #last: number
  readonly #began: number

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#last = clock.now()
    this.#began = this.#last
    this.signal = AbortSignal.any([signal, this.#stalled.signal])
    void this.#look()
  }

  /** Reports the total number of bytes received. */
  moved(bytes: number): void {
    this.#last = this.#clock.now()
    const seconds = (this.#last - this.#began) / 1000
    if (seconds > STALL / 1000 && bytes < seconds * LEAST_RATE)
      this.#stalled.abort(new TryFailed(`the transfer is slower than ${LEAST_RATE / 1000} kB/s`, true))
  }

  end(): void {
    this.#over.abort()
  }

  async #look(): Promise<void> {
    for (;;) {
      const left = this.#last + STALL - this.#clock.now()
      if (left <= 0) {
        return this.#stalled.abort(new TryFailed(`no data for ${STALL / 1000} s`, true))
      }
      try {
        await this.#clock.sleep(left, this.#over.signal)
      } catch {
        return
      }
    }
  }
}
