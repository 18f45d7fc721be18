import { createInterface } from 'node:readline/promises'
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
  signal.throwIfAborted()
  const reader = createInterface({ input: stdin, output: stderr })
  // readline swallows Ctrl-C in raw mode; give it back to the process, whose handler knows what to do.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const gone = new Promise<undefined>((resolve) => {
    reader.on('close', () => resolve(undefined))
    // The terminal was closed. To close the reader here would fail in the same way, and so on for ever.
    reader.on('error' as never, () => resolve(undefined))
  })
  if (!stdin.listeners('error').includes(nothing)) stdin.on('error', nothing)
  // To cancel the question also ends its line.
  const over = new AbortController()
  const cancelled = AbortSignal.any([signal, over.signal])
  const answer = reader.question(text, { signal: cancelled }).catch(() => undefined)
  try {
    const words = await Promise.race([answer, gone])
    signal.throwIfAborted()
    return words ?? closed
  } finally {
    over.abort()
    reader.close()
  }
}

/** What fails on a terminal that was closed is of no interest. */
function nothing(): void {}
