import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { Failure } from '../base/failure.ts'

type Ask = (question: string) => Promise<string | undefined>

/**
 * Configuration of a client that asks for the code of an MFA device if the profile names one in `mfa_serial`. If a code leads to no
 * session, for whatever reason, nobody is asked again: further requests fail with the same error.
 */
export function askingForMfa(ask: Ask) {
  let asked = false
  return {
    // The SDK passes the client's whole configuration on to its credential providers.
    mfaCodeProvider: (device: string) => {
      asked = true
      return codeOf(device, ask)
    },
    credentialDefaultProvider: (init: Parameters<typeof defaultProvider>[0]) => {
      const resolve = defaultProvider(init)
      let failed: { error: unknown } | undefined
      return async (...words: Parameters<typeof resolve>) => {
        if (failed) throw failed.error
        asked = false
        try {
          return await resolve(...words)
        } catch (error) {
          if (asked) failed = { error }
          throw error
        }
      }
    },
  }
}

/** Asks until the answer is a code. Throws CREDENTIALS_MISSING for an empty answer. */
async function codeOf(device: string, ask: Ask): Promise<string> {
  for (;;) {
    const code = (await ask(`MFA code of ${device} (six digits): `))?.replace(/\s/g, '')
    if (!code) {
      throw new Failure('CREDENTIALS_MISSING', {
        message: 'no MFA code was entered',
        cause: `the AWS profile requires a code of the device ${device}`,
        next: 'run the same command again and enter the six digits that the device shows',
      })
    }
    // STS API reference, AssumeRole, TokenCode.
    if (/^\d{6}$/.test(code)) return code
  }
}
