import type { Failure } from '../base/failure.ts'
import type { End, Event, FailureFacts } from './events.ts'
import type { Equip } from './inspect.ts'
import type { Report } from './task.ts'

/** What running or undoing tasks works with: options, tools, and where events and results go. */
export interface Run<Options> {
  options: Options
  equip: Equip
  emit(event: Event): void
  outcome: Outcome
}

/** The result of a run, collected as it goes. */
export class Outcome {
  readonly ran: string[] = []
  readonly skipped: string[] = []
  readonly failed: string[] = []
  readonly undone: string[] = []
  readonly would: string[] = []
  /** The first failure decides the exit status. */
  first: Failure | undefined

  /** `locate` adds to a failure where it comes from, if known. */
  constructor(
    private readonly emit: (event: Event) => void,
    private readonly locate = (failure: Failure) => failure,
  ) {}

  fail(task: string, thrown: Failure): void {
    const failure = this.locate(thrown)
    this.failed.push(task)
    this.first ??= failure
    this.emit({ event: 'fail', task, ...factsOf(failure) })
  }

  /** The closing event. `error` is a failure outside any task. */
  end({ unknown, ...report }: Report, ms: number, dryRun: boolean, exit: number, error?: Failure): End {
    return {
      event: 'end',
      ok: exit === 0,
      exit,
      ms: Math.round(ms),
      ran: this.ran,
      skipped: this.skipped,
      failed: this.failed,
      undone: this.undone,
      ...(dryRun ? { would: this.would } : {}),
      ...report,
      ...(unknown.length > 0 ? { unknown } : {}),
      ...((error ?? this.first)?.declined ? { declined: true } : {}),
      ...(error ? { error: factsOf(error) } : {}),
    }
  }
}

/** A failure as plain data. */
export function factsOf(failure: Failure): FailureFacts {
  return {
    code: failure.code,
    message: failure.message,
    cause: failure.why ?? null,
    next: failure.next ?? null,
    ...(failure.declined ? { declined: true } : {}),
  }
}

/** The exit status of a failure. */
export function exitOf(failure: Failure): number {
  if (failure.code === 'USAGE' || failure.code === 'CONFIG_INVALID') return 2
  return failure.code === 'INTERRUPTED' ? 130 : 1
}

/** What the exit status of each kind of command means. */
export const exitStatus = {
  run: '0 done, or nothing to do; 1 failed or refused; 2 invalid command line or config; 130 interrupted',
  status:
    '0 everything is up; 3 not everything is up; 1 something could not be checked; 2 invalid command line or config',
}
