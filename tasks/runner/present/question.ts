import { layOut } from './lay-out.ts'
import type { Streams } from './presenter.ts'

/**
 * Asks at the terminal, on stderr so that stdout stays clean; undefined when there is no terminal, `closed` when the
 * user closes the input (Ctrl-D) or the terminal. Throws the signal's reason.
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
  // readline swallows Ctrl-C in raw mode; give it back to the process, whose handler knows what to do.
  reader.on('SIGINT', interruptOurselves)
  const gone = new Promise<undefined>((resolve) => {
    reader.on('close', () => resolve(undefined))
    // The terminal was closed. To close the reader here would fail in the same way, and so on for ever.
    reader.on('error' as never, () => resolve(undefined))
  })
  if (!stdin.listeners('error').includes(nothing)) stdin.on('error', nothing)
  // To cancel the question also ends its line.
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

/** The questions of a run, which end with it. */
export class Questions {
  readonly #over = new AbortController()
  #standing: Promise<unknown> | undefined

  constructor(
    private readonly streams: Streams,
    private readonly signal: AbortSignal,
  ) {}

  /** As `question`; undefined also when the run comes to its end before there is an answer. */
  async ask(text: string, closed?: string): Promise<string | undefined> {
    const over = this.#over.signal
    const asked = question(text, this.streams, AbortSignal.any([this.signal, over]), closed).catch(
      (thrown) => {
        if (over.aborted && !this.signal.aborted) return undefined
        throw thrown
      },
    )
    this.#standing = asked
    const answer = await asked.finally(() => {
      if (!over.aborted) this.#standing = undefined
    })
    return answer
  }

  /** Ends a question that nobody has answered. An answer that is on its way then is kept from the shell. */
  async end(): Promise<void> {
    this.#over.abort()
    if (!this.#standing) return
    await this.#standing.catch(() => undefined)
    if (!this.signal.aborted) takeKeys(this.streams.stdin)
  }
}

const CTRL_C = 0x03

/** Takes what is typed until the process ends, which then gives the terminal back as it was. */
function takeKeys(stdin: NodeJS.ReadStream): void {
  stdin.setRawMode(true)
  stdin.on('data', (keys: Buffer | string) => {
    if (Buffer.from(keys).includes(CTRL_C)) interruptOurselves()
  })
  stdin.resume()
}

function interruptOurselves(): void {
  process.kill(process.pid, 'SIGINT')
}

/** What fails on a terminal that was closed is of no interest. */
function nothing(): void {}
