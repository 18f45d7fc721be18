import { writeSync } from 'node:fs'
import { Failure } from '../base/failure.ts'
import { printable } from '../base/terminal-text.ts'
import type { Offer } from './task.ts'

/** Exit status after a signal: 128 + its number. */
const exits = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** How long local work may take to stop; a request that hangs is abandoned. In real milliseconds. */
const STOP_MS = 900

/** Asks the user whether to stop here or go on. `now` returns the current offer. */
type Choice = (now: () => Offer | undefined) => Promise<'detach' | 'go on'>

/**
 * Turns signals into one AbortSignal. The first stops local work; operations in the cloud continue there. The second ends the
 * process at once and prints the command that continues the work.
 */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #handlers = new Map<NodeJS.Signals, () => void>()
  #exit: number | undefined
  /** Set if there is a user to ask. */
  choose: Choice | undefined
  #offer: Offer | undefined
  #choosing = false

  /** `rerun` is the command that continues the work, without secrets. */
  constructor(public rerun: string) {
    for (const name of Object.keys(exits) as (keyof typeof exits)[]) {
      const handler = () => {
        // A closing terminal may send it twice: itself, and through the shell.
        if (name === 'SIGHUP' && this.#exit !== undefined) return
        const interrupt = (more = '') => this.interrupt(`${name} received${more}`, exits[name])
        const asks = name === 'SIGINT' && this.#exit === undefined && this.#offer && !this.#choosing
        if (asks && this.choose) void this.#putChoice(this.choose, interrupt)
        else interrupt()
      }
      this.#handlers.set(name, handler)
      process.on(name, handler)
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The exit status for the signal received, if any. */
  get exit(): number | undefined {
    return this.#exit
  }

  /** From now on the first Ctrl-C asks what to do; a second one, at that question, interrupts. */
  offer(offer: Offer): () => void {
    this.#offer = offer
    return () => {
      if (this.#offer === offer) this.#offer = undefined
    }
  }

  async #putChoice(choose: Choice, interrupt: (more?: string) => void): Promise<void> {
    this.#choosing = true
    let failed: string | undefined
    // The user wanted to stop, so a choice that fails (a refused rollback) also ends the run, and is reported.
    const answer = await choose(() => this.#offer).catch((thrown: unknown) => {
      failed = `; the chosen action failed: ${messageOf(thrown)}`
      return 'detach'
    })
    this.#choosing = false
    if (answer === 'detach' && this.#exit === undefined) interrupt(failed)
  }

  interrupt(cause: string, exit: number): void {
    if (this.#exit !== undefined) this.#endAtOnce(this.#exit)
    this.#exit = exit
    this.#controller.abort(
      new Failure('INTERRUPTED', {
        message: 'whatever was started in the cloud continues there; run the same command to resume',
        cause,
        next: this.rerun,
      }),
    )
  }

  /** Writes directly: there is no time for a presenter. */
  #endAtOnce(exit: number): never {
    try {
      writeSync(2, printable(`\nended at once; to resume: ${this.rerun}\n`))
    } catch {
      // The terminal or the pipe was closed.
    }
    process.exit(exit)
  }

  /** Resolves as `work` does; after an interruption, rejects with the signal's reason if `work` does not stop shortly. */
  async bound<Value>(work: Promise<Value>): Promise<Value> {
    let timer: NodeJS.Timeout | undefined
    let begin = () => {}
    const over = new Promise<never>((_, reject) => {
      begin = () => {
        timer = setTimeout(() => reject(this.signal.reason), STOP_MS)
      }
    })
    if (this.signal.aborted) begin()
    else this.signal.addEventListener('abort', begin, { once: true })
    try {
      return await Promise.race([work, over])
    } finally {
      clearTimeout(timer)
      this.signal.removeEventListener('abort', begin)
    }
  }

  dispose(): void {
    for (const [name, handler] of this.#handlers) process.off(name, handler)
  }
}

function messageOf(thrown: unknown): string {
  const { message, why } = thrown as Partial<Failure>
  return [message ?? String(thrown), why].filter(Boolean).join(': ')
}
