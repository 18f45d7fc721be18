import path from 'node:path'
import type { ProcessIdentity } from '../../base/process-identity.ts'
import type { End, FailureFacts, Stamped } from '../events.ts'

/** Where the runs of a project are recorded: a file of events for each, and `last`, a summary of the last one. */
export const runsFolder = (root: string) => path.join(root, '.task', 'runs')
export const LAST = 'last'
export const JOURNAL = '.ndjson'

/** The first line of a journal. */
export interface Opening {
  time: string
  event: 'run'
  id: string
  /** The command as typed, without secrets. */
  line: string
  /** A short description: `bootstrap dcos`. */
  what: string
  subject: Record<string, string>
  version: string
  /** What the run covers, in order. */
  tasks: JournaledTask[]
  process: ProcessIdentity
}

export interface JournaledTask {
  name: string
  description: string
  /** The tasks that come before it in this run. */
  after: string[]
}

/** The result of a run, in short. */
export interface Summary {
  id: string
  what: string
  began: string
  state: 'running' | 'done' | 'failed' | 'interrupted' | 'ended without a result'
  ended: string | null
  exit: number | null
  ms: number | null
  /** The failure that decided the exit status, and its task, if it has one. */
  failure: { task: string | null; code: string; message: string } | null
}

/** The content of `last`: the process tells whether a run without an end is still running. */
export type Last = Summary & { pid: number }

/** 128 and the number of a signal: SIGHUP, SIGINT, SIGPIPE, SIGTERM. */
const BY_SIGNAL = [129, 130, 141, 143]

/** Collects a summary from a run's events. */
export class Summing {
  #failure: Summary['failure'] = null
  #end: (End & { time: string }) | undefined

  constructor(private readonly opening: Pick<Opening, 'id' | 'what' | 'time'>) {}

  add(event: Stamped): void {
    if (event.event === 'fail') this.#fail(event, event.task)
    if (event.event !== 'end') return
    this.#end = event
    if (event.error) this.#fail(event.error, null)
  }

  #fail({ code, message }: FailureFacts, task: string | null): void {
    // An interruption is how it ended, not why.
    if (code !== 'INTERRUPTED') this.#failure ??= { task, code, message }
  }

  /** `open`: the state of a run that has no end event. */
  summary(open: 'running' | 'ended without a result'): Summary {
    const { id, time, what } = this.opening
    const end = this.#end
    const state = !end ? open : end.ok ? 'done' : BY_SIGNAL.includes(end.exit) ? 'interrupted' : 'failed'
    return {
      id,
      what,
      began: time,
      state,
      ended: end?.time ?? null,
      exit: end?.exit ?? null,
      ms: end?.ms ?? null,
      failure: state === 'done' ? null : this.#failure,
    }
  }
}
