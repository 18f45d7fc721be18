import { Failure } from '../base/failure.ts'

/** Where an error was thrown, in the files that the user knows. */
export interface Origin {
  /** `tasks/hello.ts:12:9` */
  place: string
  /** It is the user's own file. */
  theirs: boolean
  /** The frames next to it. */
  way: string[]
  /** The error's stack. */
  stack: string
}

/** The folders of a run, and what finds the place of a fault in them. */
export interface Whereabouts {
  /** The project's folder. */
  root: string
  /** The folder of the package itself, which holds what it comes with; in a checkout it is the project's. */
  packageRoot: string
  /** Where an error was thrown; undefined where that is not known. */
  originOf?(error: Error): Origin | undefined
  /** Where the steps are that a function loads: the file, and the line of `name` in it. */
  stepsOf?(load: () => unknown, name: string): string | undefined
}

/**
 * A failure as it is told: of an error that nobody has foreseen, where it was thrown, and so whose it is. Only here are the maps
 * of the compiled tasks read.
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
  // A single frame is the place itself.
  const why = origin.way.length > 1 ? origin.way.join('\n') : undefined
  if (!origin.theirs)
    return new Failure(
      'INTERNAL',
      { ...detail(failure, why ?? origin.way[0] ?? origin.place), message },
      cause,
    )
  const ours =
    root === packageRoot ? '; if you have not changed that file, it is a bug: report what it prints' : ''
  const next = `fix it there; --verbose prints the whole stack${ours}`
  return new Failure('TASK_FAULT', { message, next, ...(why ? { cause: why } : {}) }, cause)
}

function detail({ message, next }: Failure, cause: string) {
  return { message, cause, ...(next ? { next } : {}) }
}

/** What a task's file exports, or what its check answers, is not what a task's must be. */
export class WrongSteps extends Error {
  constructor(
    message: string,
    readonly load: () => unknown,
    /** The function that is meant. */
    readonly steps: string,
  ) {
    super(message)
  }
}

/** The failure for it. */
export function wrongSteps(message: string, next: string, load: () => unknown, steps: string): Failure {
  return new Failure('TASK_FAULT', { message, next }, new WrongSteps(message, load, steps))
}

/** The stack of an error that is no foreseen failure, for `--verbose`. */
export function stackOf(failure: Failure, { originOf }: Whereabouts): string | undefined {
  const { cause, code } = failure
  if ((code !== 'INTERNAL' && code !== 'TASK_FAULT') || !(cause instanceof Error)) return undefined
  return originOf?.(cause)?.stack ?? cause.stack
}
