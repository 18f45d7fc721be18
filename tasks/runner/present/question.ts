import { createInterface } from 'node:readline/promises'
import type { Streams } from './presenter.ts'

/** Asks at the terminal, on stderr so that stdout stays clean; undefined when there is no terminal or it was closed. */
export async function question(text: string, streams: Streams): Promise<string | undefined> {
  if (!streams.stdin.isTTY || !streams.stderr.isTTY) return undefined
  const reader = createInterface({ input: streams.stdin, output: streams.stderr })
  try {
    const closed = new Promise<undefined>((resolve) => reader.once('close', () => resolve(undefined)))
    // readline swallows Ctrl-C in raw mode; give it back to the process, whose handler knows what to do.
    reader.on('SIGINT', () => {
      process.kill(process.pid, 'SIGINT')
      reader.close()
    })
    return await Promise.race([reader.question(text), closed])
  } finally {
    reader.close()
  }
}
