import os from 'node:os'
import { startChild } from './child.ts'
import { type Clock, realClock } from './clock.ts'

/** How long an interrupted program may clean up before it is terminated, in milliseconds. */
const GRACE = 3_000

export interface ProgramOptions {
  environment: Record<string, string | undefined>
  /** When it aborts, the program gets a moment to exit by itself, and is then terminated. */
  signal?: AbortSignal | undefined
  /** For that moment; real time by default, as it is the user's time. */
  clock?: Clock | undefined
  /** Where it runs; the user's working directory by default. */
  folder?: string | undefined
}

/**
 * Runs a program as the user would, on their own terminal, and returns its exit status (128 + n after signal n). Ctrl-C
 * reaches it from the terminal, which sends it to the whole foreground group: it is not sent again.
 */
export async function runAtTerminal(
  program: string,
  words: string[],
  { clock = realClock, environment, folder, signal }: ProgramOptions,
): Promise<number> {
  const running = startChild(program, words, { environment, stdio: 'inherit', folder })
  const over = new AbortController()
  const end = () => {
    clock.sleep(GRACE, over.signal).then(
      // its children too: the dcos CLI starts a plugin for most commands, and does not stop it
      () => running.kill('SIGTERM').catch(() => kill(running.pid, 'SIGTERM')),
      () => undefined,
    )
  }
  if (signal?.aborted) end()
  else signal?.addEventListener('abort', end, { once: true })
  try {
    const output = await running
    return exitOf(output.exitCode, output.signal)
  } finally {
    over.abort()
    signal?.removeEventListener('abort', end)
  }
}

/** The exit status as a shell shows it. */
export function exitOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal ? os.constants.signals[signal] : 0)
}

/** Sends a signal to a process that may have ended meanwhile. */
export function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, signal)
  } catch {
    // it has ended
  }
}
