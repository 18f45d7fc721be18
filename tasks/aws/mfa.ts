import { Failure } from '../base/failure.ts'

/** A session lasts 15 minutes at least (STS API reference, AssumeRole): asked again sooner, AWS did not accept the last code. */
const SHORTEST_SESSION_MS = 15 * 60_000

/**
 * Asks for the codes of an MFA device that a profile names in `mfa_serial`. Several requests may want one at a time: after an
 * empty answer, or a code that AWS did not accept, nobody is asked again, and CREDENTIALS_MISSING is thrown.
 */
export function mfaCodes(
  ask: (question: string) => Promise<string | undefined>,
): (device: string) => Promise<string> {
  let last: { at: number; failure: Failure } | undefined
  const answered = (failure: Failure) => {
    last = { at: performance.now(), failure }
  }
  return async (device) => {
    if (last && performance.now() - last.at < SHORTEST_SESSION_MS) throw last.failure
    for (;;) {
      const code = (await ask(`MFA code of ${device}: `))?.replace(/\s/g, '')
      if (!code) {
        answered(noCode(device))
        throw noCode(device)
      }
      // STS API reference, AssumeRole, TokenCode.
      if (!/^\d{6}$/.test(code)) continue
      answered(wrongCode())
      return code
    }
  }
}

function noCode(device: string): Failure {
  return new Failure('CREDENTIALS_MISSING', {
    message: 'no MFA code was entered',
    cause: `the AWS profile requires one of ${device}`,
    next: 'run the same command again and enter the six digits that the device shows',
  })
}

/** AWS did not accept a code: `said` is its reason. */
export function wrongCode(said?: string, source?: unknown): Failure {
  return new Failure(
    'CREDENTIALS_MISSING',
    {
      message: 'AWS did not accept the MFA code',
      ...(said ? { cause: said } : {}),
      next: 'run the same command again with a new code: each can be used once',
    },
    source,
  )
}
