import { createInterface } from 'node:readline/promises'
import type { Streams } from './presenter.ts'

/**
 * Asks at the terminal, on stderr so that stdout stays clean; undefined when there is no terminal or it was closed. Throws
 * the signal's reason.
 */
export async function question(
  text: string,
  streams: Streams,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { stdin, stderr } = streams
  if (!stdin.isTTY || !stderr.isTTY) return undefined
  signal.throwIfAborted()
  const reader = createInterface({ input: stdin, output: stderr })
  // A terminal that is closed under the question ends it.
  const gone = () => reader.close()
  stdin.once('error', gone)
  try {
    const closed = new Promise<undefined>((resolve) => reader.once('close', () => resolve(undefined)))
    // readline swallows Ctrl-C in raw mode; give it back to the process, whose handler knows what to do.
    reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    return await Promise.race([reader.question(text, { signal }), closed])
  } catch (error) {
    // The cursor still stands behind the question.
    if (signal.aborted) stderr.write('\n')
    signal.throwIfAborted()
    throw error
  } finally {
    stdin.off('error', gone)
    reader.close()
  }
}
