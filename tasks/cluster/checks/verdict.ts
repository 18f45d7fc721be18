import { type Code, Failure } from '../../base/failure.ts'

/** What a check found. `next` is what to do about it; `code` is that of a failure. */
export type Verdict =
  | { state: 'done'; message: string }
  | { state: 'warn'; message: string; next: string | null; code?: Code }
  /** It depends on another check that failed, and is reported there. */
  | { state: 'skipped'; message: string; next: null }
  | { state: 'fail'; message: string; next: string | null; code: Code; cause: string | null }

export const done = (message: string): Verdict => ({ state: 'done', message })

export const warn = (message: string, next: string | null = null, code?: Code): Verdict => ({
  state: 'warn',
  message,
  next,
  ...(code && { code }),
})

export const skipped = (message: string): Verdict => ({ state: 'skipped', message, next: null })

/** The verdict for a Failure. */
export function failed(failure: Failure): Verdict {
  const { code, message, next = null, why = null } = failure
  return { state: 'fail', message, next, code, cause: why }
}

export function fail(code: Code, message: string, next: string, cause?: string): Verdict {
  return { state: 'fail', message, next, code, cause: cause ?? null }
}

/** Thrown by a check that cannot run because another one failed, and reports it. */
export class Depends extends Error {
  override readonly name = 'Depends'
}

/** These say that the check could not be made, not what is wrong. */
const kept = new Set<Code>([
  'ACCESS_DENIED',
  'CREDENTIALS_EXPIRED',
  'CREDENTIALS_MISSING',
  'ENDPOINT_UNREACHABLE',
  'THROTTLED',
])

/**
 * What an error means for a check: a missing permission is a warning, what depends on another check is skipped, anything
 * else that the user can fix fails.
 */
export function verdictOf(thrown: unknown): Verdict {
  if (thrown instanceof Depends) return skipped(thrown.message)
  if (thrown instanceof Failure) {
    if (!kept.has(thrown.code)) return failed(thrown)
    return warn(`could not be checked: ${thrown.message}`, thrown.next ?? null, thrown.code)
  }
  const { $metadata, $response, message, name } = thrown as Error & Record<'$metadata' | '$response', unknown>
  // A service (or an emulator) that does not know the call, or replies in another format.
  if (!$metadata && !$response) throw thrown
  const said = [name, message.split('\n')[0]].filter((part, index, all) => all.indexOf(part) === index)
  return warn(`could not be checked: AWS returns ${said.join(': ')}`)
}
