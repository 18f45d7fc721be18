import type { Interface } from 'node:readline/promises'
import { layOut } from './lay-out.ts'
import type { Streams } from './presenter.ts'

/**
 * Asks at the terminal, on stderr so that stdout stays clean; returns undefined without a terminal, `closed` if the user closes
 * the input (Ctrl-D) or the terminal. Throws the signal's reason.
 */
export async function question(
  text: string,
  streams: Streams,
  signal: AbortSignal,
  closed = '',
): Promise<string | undefined> {
  const { stdin, stderr } = streams
  if (!stdin.isTTY || !stderr.isTTY) return undefined
  const shown = await layOut(text, stderr, 0)
  const { createInterface } = await import('node:readline/promises')
  signal.throwIfAborted()
  const reader = createInterface({ input: stdin, output: stderr })
  // readline swallows Ctrl-C in raw mode; pass it on to the process's signal handler.
  reader.on('SIGINT', interruptOurselves)
  reader.on('SIGTSTP', () => {
    stderr.write('\n')
    suspend(stdin, reader)
  })
  const gone = new Promise<undefined>((resolve) => {
    reader.on('close', () => resolve(undefined))
    // The terminal was closed. Closing the reader here would fail in the same way, endlessly.
    reader.on('error' as never, () => resolve(undefined))
  })
  if (!stdin.listeners('error').includes(nothing)) stdin.on('error', nothing)
  // Cancelling the question also ends its line.
  const over = new AbortController()
  const cancelled = AbortSignal.any([signal, over.signal])
  const answer = reader.question(shown, { signal: cancelled }).catch(() => undefined)
  try {
    const words = await Promise.race([answer, gone])
    signal.throwIfAborted()
    return words ?? closed
  } finally {
    over.abort()
    reader.close()
  }
}

/** The questions of a run, which are cancelled when it ends. */
export class Questions {
  readonly #over = new AbortController()
  #pending: Promise<unknown> | undefined

  constructor(
    private readonly streams: Streams,
    private readonly signal: AbortSignal,
  ) {}

  /** Like `question`; also undefined if the run ends before there is an answer. */
  async ask(text: string, closed?: string): Promise<string | undefined> {
    const over = this.#over.signal
    const asked = question(text, this.streams, AbortSignal.any([this.signal, over]), closed).catch(
      (thrown) => {
        if (over.aborted && !this.signal.aborted) return undefined
        throw thrown
      },
    )
    this.#pending = asked
    const answer = await asked.finally(() => {
      if (!over.aborted) this.#pending = undefined
    })
    return answer
  }

  /** Cancels an unanswered question. Keys typed after that must not reach the shell. */
  async end(): Promise<void> {
    this.#over.abort()
    if (!this.#pending) return
    await this.#pending.catch(() => undefined)
    if (!this.signal.aborted) discardKeys(this.streams.stdin)
  }
}

const CTRL_C = 0x03
const NOT_STOPPED_MS = 200

/** Discards what is typed until the process ends, which then restores the terminal. */
function discardKeys(stdin: NodeJS.ReadStream): void {
  stdin.setRawMode(true)
  stdin.on('data', (keys: Buffer | string) => {
    if (Buffer.from(keys).includes(CTRL_C)) interruptOurselves()
  })
  stdin.resume()
}

/**
 * Ctrl-Z in raw mode, in which the terminal does not send the signal: it goes to the whole process group, as npm and its shell wait
 * for us. Then, on `fg`, or at once if nothing stops a process that no shell waits for, the question is shown again.
 */
function suspend(stdin: NodeJS.ReadStream, reader: Interface): void {
  stdin.setRawMode(false)
  const resume = () => {
    clearTimeout(timer)
    process.off('SIGCONT', resume)
    stdin.setRawMode(true)
    reader.prompt(true)
  }
  const timer = setTimeout(resume, NOT_STOPPED_MS)
  process.once('SIGCONT', resume)
  reader.once('close', () => {
    clearTimeout(timer)
    process.off('SIGCONT', resume)
  })
  process.kill(0, 'SIGTSTP')
}

function interruptOurselves(): void {
  process.kill(process.pid, 'SIGINT')
}

/** Ignores errors of a closed terminal. */
function nothing(): void {}
