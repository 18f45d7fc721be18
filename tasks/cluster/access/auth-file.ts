import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Config } from '../../../config/schema.ts'
import { Failure } from '../../base/failure.ts'
import { readStandardInput, readUserFile } from '../../base/user-file.ts'

/** A bundle of every authority that browsers trust has about 250 kB; tokens and passwords are far smaller. */
const MOST_BYTES = 1_000_000

/** What the file of each `auth` key must contain. */
const wanted = {
  tokenFile: 'a DC/OS authentication token',
  passwordFile: "the user's password",
  privateKeyFile: 'the RSA private key of a service account in PEM form',
  caCert: "the certificate authority of the master's certificate in PEM form",
}

export type AuthFileKey = keyof typeof wanted

/** Checks early the files that are only read when the cluster is up. Throws CONFIG_INVALID. */
export async function judgeAuthFiles({ auth }: Pick<Config, 'auth'>): Promise<void> {
  const { method, passwordFile, privateKeyFile, username } = auth
  const secret = method === 'service-account' || privateKeyFile ? 'privateKeyFile' : 'passwordFile'
  const both = username !== undefined && auth[secret] !== undefined
  const one = username !== undefined || passwordFile !== undefined || privateKeyFile !== undefined
  if ((one || method === 'password' || method === 'service-account') && !both) {
    throw new Failure('CONFIG_INVALID', {
      message: `auth.${username === undefined ? 'username' : secret} is not set`,
      cause: `a login with a ${secret === 'passwordFile' ? 'password' : 'private key'} needs both auth.username and auth.${secret}`,
      next: 'set both, or neither of them and auth.tokenFile',
    })
  }
  for (const key of ['tokenFile', 'passwordFile', 'privateKeyFile', 'caCert'] as const) {
    const file = auth[key]
    if (file) await readAuthFile(key, file)
  }
}

/** The validated content of a file that `auth` names. Throws CONFIG_INVALID, without any of the content. */
export async function readAuthFile(key: AuthFileKey, file: string): Promise<string> {
  const refuse = (cause: string) =>
    new Failure('CONFIG_INVALID', {
      message: `auth.${key}: cannot use ${file === '-' ? 'the standard input' : file}`,
      cause,
      next: `put ${wanted[key]} into that file, or leave auth.${key} out`,
    })
  const reading = file === '-' ? readStandardInput(MOST_BYTES) : readUserFile(file, MOST_BYTES)
  const text = await reading.catch((error: Error) => {
    throw refuse(error.message)
  })
  const found = parsers[key](text)
  if ('fault' in found) throw refuse(found.fault)
  return found.value
}

type Parsed = { value: string } | { fault: string }

const parsers: Record<AuthFileKey, (text: string) => Parsed> = {
  tokenFile: (text) => {
    const token = text.trim()
    if (token === '') return { fault: 'it is empty' }
    if (/[\r\n]/.test(token)) return { fault: 'it contains more than one line, but a token is one line' }
    // What an HTTP header may contain (RFC 9110, "Field Values"), without white space.
    const odd = /[^!-~]/.exec(token)
    if (odd) return { fault: `it contains ${nameOf(odd[0])}, which a token cannot contain` }
    return { value: token }
  },
  passwordFile: (text) => {
    const password = text.replace(/\r?\n$/, '')
    if (password === '') return { fault: 'it is empty' }
    if (/[\r\n]/.test(password))
      return { fault: 'it contains more than one line, but a password is one line' }
    return { value: password }
  },
  privateKeyFile: (text) => {
    if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
      return { fault: 'it contains no private key in PEM form' }
    try {
      const { asymmetricKeyType } = createPrivateKey(text)
      return asymmetricKeyType === 'rsa'
        ? { value: text }
        : { fault: `it contains a key of type ${asymmetricKeyType}, not RSA` }
    } catch {
      return { fault: 'it contains a private key that cannot be read: is it encrypted, or cut off?' }
    }
  },
  caCert: (text) => {
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)
    if (!blocks) {
      const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)
      return {
        fault: key
          ? 'it contains a private key, not a certificate'
          : 'it contains no certificate in PEM form',
      }
    }
    for (const block of blocks) {
      try {
        new X509Certificate(block)
      } catch {
        return { fault: 'it contains a certificate that cannot be read: is it cut off?' }
      }
    }
    return { value: text }
  },
}

function nameOf(char: string): string {
  if (char === ' ' || char === '\t') return 'white space'
  return `the character U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
}
