import type { Code } from '../base/failure.ts'
import type { PartChange, Report } from './task.ts'

/** Everything that happens in a run. The terminal, plain lines and NDJSON are readers of one stream of these. */
export type Event =
  | { event: 'start'; task: string; why: string }
  | { event: 'done'; task: string; ms: number; message: string; value?: unknown }
  | { event: 'skip'; task: string; why: string; value?: unknown }
  | ({ event: 'fail'; task: string } & FailureFacts)
  | {
      event: 'progress'
      task: string
      message: string
      done?: number
      total?: number
      parts?: PartChange[]
      [fact: string]: unknown
    }
  /** `detail`: below the level of tasks, only with `--verbose`. */
  | { event: 'log'; task: string | null; message: string; detail?: true }
  | End

export interface FailureFacts {
  code: Code
  message: string
  cause: string | null
  next: string | null
  /** The user answered no. */
  declined?: true
}

/** The last event of every run. `ms` is wall time. */
export interface End extends Omit<Report, 'unknown'> {
  event: 'end'
  ok: boolean
  exit: number
  ms: number
  ran: string[]
  skipped: string[]
  failed: string[]
  undone: string[]
  /** With `--dry-run`: what would have been run or undone. */
  would?: string[]
  /** What could not be searched, so that `left` may be incomplete. */
  unknown?: string[]
  /** The run ended because the user answered no. */
  declined?: true
  /** The failure that ended a run in which no task failed: a config error, a refusal before the first task. */
  error?: FailureFacts
}

export type Stamped = Event & { time: string }
export type Reader = (event: Stamped) => void

/** Timestamps each event and passes it to every reader, in order. Events after the end, from abandoned work, are dropped. */
export class Events {
  readonly #readers: Reader[] = []
  #ended = false

  /** `complete` completes suggested commands so that they can be pasted. */
  constructor(private readonly complete: (text: string) => string = (text) => text) {}

  read(reader: Reader): void {
    this.#readers.push(reader)
  }

  emit(event: Event): void {
    if (this.#ended) return
    this.#ended = event.event === 'end'
    const stamped = { time: new Date().toISOString(), ...this.#completed(event) } as Stamped
    for (const reader of this.#readers) reader(stamped)
  }

  #completed(event: Event): Event {
    if (event.event === 'log') return { ...event, message: this.complete(event.message) }
    if (event.event === 'fail') return { ...event, ...advised(event, this.complete) }
    if (event.event === 'end' && event.error) return { ...event, error: advised(event.error, this.complete) }
    return event
  }
}

/** A failure with its suggested commands completed; an interruption already contains the exact command. */
export function advised(facts: FailureFacts, complete: (text: string) => string): FailureFacts {
  const { cause, code, declined, message, next } = facts
  const rest = declined && { declined }
  if (code === 'INTERRUPTED') return { code, message, cause, next, ...rest }
  return { code, message, cause: cause && complete(cause), next: next && complete(next), ...rest }
}
