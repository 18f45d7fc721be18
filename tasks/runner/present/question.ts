import { createInterface } from 'node:readline/promises'
import type { Streams } from './presenter.ts'

/**
 * Asks at the terminal, on stderr so that stdout stays clean; undefined when there is no terminal, an empty answer when the
 * user closes the input (Ctrl-D) or the terminal. Throws the signal's reason.
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
  // readline swallows Ctrl-C in raw mode; give it back to the process, whose handler knows what to do.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const closed = new Promise<undefined>((resolve) => reader.once('close', () => resolve(undefined)))
  try {
    const answer = await Promise.race([reader.question(text, { signal }).catch(() => undefined), closed])
    signal.throwIfAborted()
    if (answer === undefined) stderr.write('\n')
    return answer ?? ''
  } finally {
    stdin.off('error', gone)
    reader.close()
  }
}
