import { Failure } from '../base/failure.ts'
import type { Surroundings } from './surroundings.ts'

type Known = Pick<Surroundings, 'originOf' | 'packageRoot' | 'root' | 'stepsOf'>

/**
 * A failure as it is told: of an error that nobody has foreseen, where it was thrown, and so whose it is. Only here are the maps
 * of the compiled tasks read.
 */
export function located(failure: Failure, { originOf, packageRoot, root, stepsOf }: Known): Failure {
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
export function stackOf(failure: Failure, { originOf }: Known): string | undefined {
  const { cause, code } = failure
  if ((code !== 'INTERNAL' && code !== 'TASK_FAULT') || !(cause instanceof Error)) return undefined
  return originOf?.(cause)?.stack ?? cause.stack
}
