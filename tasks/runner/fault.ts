import { Failure } from '../base/failure.ts'

/** Where an error was thrown, in terms of source files. */
export interface Origin {
  /** `tasks/hello.ts:12:9` */
  place: string
  /** Whether it is the user's own file. */
  theirs: boolean
  /** The nearest stack frames. */
  way: string[]
  /** The error's stack. */
  stack: string
}

/** The folders of a run, and functions that locate an error in them. */
export interface Whereabouts {
  /** The project's folder. */
  root: string
  /** The package's own folder; in a checkout, the project's. */
  packageRoot: string
  /** Where an error was thrown; undefined if unknown. */
  originOf?(error: Error): Origin | undefined
  /** The file of the steps that a function loads, with the line of `name` in it. */
  stepsOf?(load: () => unknown, name: string): string | undefined
}

/**
 * A failure as it is reported: an unexpected error gets the place where it was thrown, and so whose bug it is. The source maps
 * of the compiled tasks are read only here.
 */
export function located(failure: Failure, { originOf, packageRoot, root, stepsOf }: Whereabouts): Failure {
  const { cause } = failure
  if (failure.code === 'TASK_FAULT' && cause instanceof WrongSteps) {
    const place = stepsOf?.(cause.load, cause.steps)
    return place ? new Failure('TASK_FAULT', detail(failure, place), new Error(failure.message)) : failure
  }
  if (failure.code !== 'INTERNAL' || !(cause instanceof Error)) return failure
  const origin = originOf?.(cause)
  if (!origin) return failure
  const message = `${origin.place} threw ${cause.name}: ${cause.message.split('\n')[0]}`
  // A single frame would only repeat the place.
  const why = origin.way.length > 1 ? origin.way.join('\n') : undefined
  if (!origin.theirs)
    return new Failure(
      'INTERNAL',
      { ...detail(failure, why ?? origin.way[0] ?? origin.place), message },
      cause,
    )
  const ours =
    root === packageRoot
      ? '; if you have not changed that file, this is a bug: please report that output'
      : ''
  const next = `fix it there; --verbose prints the full stack trace${ours}`
  return new Failure('TASK_FAULT', { message, next, ...(why ? { cause: why } : {}) }, cause)
}

function detail({ message, next }: Failure, cause: string) {
  return { message, cause, ...(next ? { next } : {}) }
}

/** A task's file has the wrong exports, or its check returned something invalid. */
export class WrongSteps extends Error {
  constructor(
    message: string,
    readonly load: () => unknown,
    /** The function in question. */
    readonly steps: string,
  ) {
    super(message)
  }
}

/** The failure for wrong steps. */
export function wrongSteps(message: string, next: string, load: () => unknown, steps: string): Failure {
  return new Failure('TASK_FAULT', { message, next }, new WrongSteps(message, load, steps))
}

/** The stack trace of an unexpected error, for `--verbose`. */
export function stackOf(failure: Failure, { originOf }: Whereabouts): string | undefined {
  const { cause, code } = failure
  if ((code !== 'INTERNAL' && code !== 'TASK_FAULT') || !(cause instanceof Error)) return undefined
  return originOf?.(cause)?.stack ?? cause.stack
}
