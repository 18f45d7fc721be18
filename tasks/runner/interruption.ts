import { Failure } from './failure.ts'

/** Exit status after a signal: 128 + its number. */
const exits = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/**
 * Turns signals into one AbortSignal. The first asks everything to come to rest: what the cloud is doing goes on there.
 * The second ends the process at once.
 */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #handlers = new Map<NodeJS.Signals, () => void>()
  #exit: number | undefined

  /** `rerun` is the line that takes the work up again. */
  constructor(rerun: string) {
    for (const name of Object.keys(exits) as (keyof typeof exits)[]) {
      const handler = () => this.interrupt(`${name} received`, exits[name], rerun)
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

  interrupt(cause: string, exit: number, rerun: string): void {
    if (this.#exit !== undefined) process.exit(this.#exit)
    this.#exit = exit
    this.#controller.abort(
      new Failure('INTERRUPTED', {
        message: 'interrupted; what was started in the cloud goes on',
        cause,
        next: `${rerun}   (takes it up again)`,
      }),
    )
  }

  dispose(): void {
    for (const [name, handler] of this.#handlers) process.off(name, handler)
  }
}
