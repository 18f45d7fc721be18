import { format } from 'node:util'

/**
 * The codes a failure can carry. They are a contract: scripts match on them, `help CODE` explains each, and a code
 * once published keeps its meaning.
 */
export const codes = [
  'USAGE',
  'CONFIG_INVALID',
  'TEMPLATE_UNREADABLE',
  'TEMPLATE_INVALID',
  'TEMPLATE_TOO_LARGE',
  'PARAMETER_INVALID',
  'CREDENTIALS_MISSING',
  'CREDENTIALS_EXPIRED',
  'ACCESS_DENIED',
  'ENDPOINT_UNREACHABLE',
  'THROTTLED',
  'KEY_FOREIGN',
  'KEY_DIFFERS',
  'STACK_FOREIGN',
  'STACK_CHANGED',
  'STACK_FAILED',
  'STACK_DELETE_FAILED',
  'DCOS_UNREACHABLE',
  'DCOS_UNHEALTHY',
  'AUTH_NEEDED',
  'CLI_UNAVAILABLE',
  'CLI_HASH',
  'CLI_NOT_EXECUTABLE',
  'CONFIRMATION_NEEDED',
  'NOT_UP',
  'LOCKED',
  'INTERRUPTED',
  'DISK',
  'TASK_FAULT',
  'INTERNAL',
] as const

export type Code = (typeof codes)[number]

export interface FailureDetail {
  /** What happened, in one line, without a full stop. */
  message: string
  /** The root cause: why it happened. */
  cause?: string
  /** What the user can do next, best as a line to run. */
  next?: string
  /** The user declined at a prompt: shown to people without the code. */
  declined?: boolean
}

/** A failure that a user can run into: what happened, why, what to do next, under a stable code. Anything else thrown is our own bug. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: Code
  readonly why: string | undefined
  readonly next: string | undefined
  readonly declined: boolean

  constructor(code: Code, detail: FailureDetail, source?: unknown) {
    super(detail.message, { cause: source })
    this.code = code
    this.why = detail.cause
    this.next = detail.next
    this.declined = detail.declined === true
  }
}

/**
 * What to throw when a question ended with `thrown`: an interruption says what was left unchanged (`spared`); anything else
 * stays as it is.
 */
export function endOfQuestion(thrown: unknown, signal: AbortSignal, spared: string): unknown {
  if (!signal.aborted) return thrown
  const { next, why } = failureOf(thrown, signal)
  return new Failure('INTERRUPTED', {
    message: `interrupted; ${spared}`,
    declined: true,
    ...(why ? { cause: why } : {}),
    ...(next ? { next } : {}),
  })
}

/** What a step threw, as a Failure; anything an interruption aborted is reported as the interruption. */
export function failureOf(thrown: unknown, signal: AbortSignal): Failure {
  const abortedByIt = signal.aborted && !(thrown instanceof Failure)
  return asFailure(abortedByIt ? signal.reason : thrown)
}

/**
 * Turns anything thrown into a Failure. An error may carry one as `failure`, for when no caller handles the error.
 * Any other error is INTERNAL, and keeps its stack for `--verbose`.
 */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  const carried = (thrown as { failure?: unknown } | undefined)?.failure
  if (carried instanceof Failure) return carried
  if (!(thrown instanceof Error)) {
    return new Failure('TASK_FAULT', {
      message: `something threw ${format('%o', thrown).split('\n')[0]}`,
      cause: 'it is not an Error, so the file and line are unknown',
      next: "throw new Error('why') instead, or a Failure",
    })
  }
  const error = thrown
  const disk = diskFailures[(error as NodeJS.ErrnoException).code ?? '']
  if (disk) {
    return new Failure(
      'DISK',
      {
        message: disk,
        cause: error.message,
        next: 'free up space or grant access, then run the same command again',
      },
      error,
    )
  }
  return new Failure(
    'INTERNAL',
    {
      message: `unexpected: ${error.message}`,
      next: 'run it again with --verbose and report what it prints: this is a bug in dcos-bootstrap',
    },
    error,
  )
}

/** File system errors that the user has to fix (errno(3)). */
const diskFailures: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'a file cannot be accessed',
  EPERM: 'a file operation is not permitted',
}
