import { writeSync } from 'node:fs'
import { Failure } from '../base/failure.ts'
import { printable } from '../base/terminal-text.ts'
import type { Offer } from './task.ts'

/** Exit status after a signal: 128 + its number. */
const exits = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** How long what runs here may take to come to rest; a request that hangs is left behind. In real milliseconds. */
const REST_MS = 900

/** Puts the choice to the user: come to rest here, or go on. `now` says what is on offer at the moment. */
type Choice = (now: () => Offer | undefined) => Promise<'detach' | 'go on'>

/**
 * Turns signals into one AbortSignal. The first asks everything to come to rest: what the cloud is doing goes on there.
 * The second ends the process at once, with the line that continues the work.
 */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #handlers = new Map<NodeJS.Signals, () => void>()
  #exit: number | undefined
  /** Where there is somebody to ask. */
  choose: Choice | undefined
  #offer: Offer | undefined
  #choosing = false

  /** `rerun` is the line that continues the work, as it may be shown. */
  constructor(public rerun: string) {
    for (const name of Object.keys(exits) as (keyof typeof exits)[]) {
      const handler = () => {
        // A terminal that closes may say so twice: once itself, once through the shell.
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

  /** The exit status that the signal asks for; undefined when none came. */
  get exit(): number | undefined {
    return this.#exit
  }

  /** From now on the first Ctrl-C asks what to do; a second one, while that is asked, interrupts. */
  offer(offer: Offer): () => void {
    this.#offer = offer
    return () => {
      if (this.#offer === offer) this.#offer = undefined
    }
  }

  async #putChoice(choose: Choice, interrupt: (more?: string) => void): Promise<void> {
    this.#choosing = true
    let failed: string | undefined
    // The user wanted out; that what was chosen failed (a roll-back that is refused) ends it too, and is reported.
    const answer = await choose(() => this.#offer).catch((thrown: unknown) => {
      failed = `; what was chosen then failed: ${saidBy(thrown)}`
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
        message: 'whatever was started in the cloud goes on; the same line takes it up again',
        cause,
        next: this.rerun,
      }),
    )
  }

  /** No presenter has the time to say it. */
  #endAtOnce(exit: number): never {
    try {
      writeSync(2, printable(`\nended at once; to go on: ${this.rerun}\n`))
    } catch {
      // Nobody can read it: the terminal or the pipe was closed.
    }
    process.exit(exit)
  }

  /** Resolves as `work` does; after an interruption `work` has a moment, then it is left behind with the signal's reason. */
  async bound<Value>(work: Promise<Value>): Promise<Value> {
    let timer: NodeJS.Timeout | undefined
    let begin = () => {}
    const over = new Promise<never>((_, reject) => {
      begin = () => {
        timer = setTimeout(() => reject(this.signal.reason), REST_MS)
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

function saidBy(thrown: unknown): string {
  const { message, why } = thrown as Partial<Failure>
  return [message ?? String(thrown), why].filter(Boolean).join(': ')
}
