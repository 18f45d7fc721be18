import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Failure } from '../../base/failure.ts'
import { makePrivateFolder, writeAtomically } from '../../base/file.ts'
import { lacksAuthority } from '../../dcos/unreachable.ts'
import { send } from '../../http/send.ts'
import type { Use } from '../context.ts'

const CERTIFICATE = '/ca/dcos-ca.crt'
const DEADLINE_MS = 10_000
const MOST_BYTES = 1_000_000

/** The certificate authority of the masters: `auth.caCert`, else the cluster's own, once the user has trusted it. */
export function authorityOf({ config, folders }: Pick<Use, 'config' | 'folders'>): string | undefined {
  if (config.auth.caCert) return config.auth.caCert
  const kept = keptIn(folders.cluster)
  return existsSync(kept) ? kept : undefined
}

function keptIn(folder: string): string {
  return path.join(folder, 'ca.crt')
}

/** Removes it: a new cluster of the same name has another one. */
export async function forgetAuthority(folder: string): Promise<void> {
  await rm(keptIn(folder), { force: true })
}

/**
 * If the cluster's own authority signed the masters' certificate: fetches it, shows its fingerprint, and keeps it after a yes. It
 * comes over an unverified connection, so only the user can say whether it is the right one, and `--yes`
 * does not. False if there is none, or the user does not say yes.
 */
export async function trustAuthority(use: Use, url: string, failure: Failure): Promise<boolean> {
  if (!lacksAuthority(failure) || authorityOf(use) || !use.interactive) return false
  const text = await fetchAuthority(use, url)
  if (text === undefined) return false
  const certificate = new X509Certificate(text)
  use.log(
    `the masters' certificate is signed by the cluster's own authority:\n  ${certificate.subject.replaceAll('\n', ', ')}\n  SHA-256 ${certificate.fingerprint256}\n  on a master: openssl x509 -noout -fingerprint -sha256 -in /run/dcos/pki/CA/certs/dcos-root-ca-cert.crt`,
  )
  const answer = await use.ask('Is this its fingerprint, and should it be trusted from now on? [y/N] ')
  if (!/^y(es)?$/i.test(answer?.trim() ?? '')) return false
  await makePrivateFolder(use.folders.cluster)
  await writeAtomically(keptIn(use.folders.cluster), text, { mode: 0o600 })
  return true
}

async function fetchAuthority(use: Use, url: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.any([use.signal, AbortSignal.timeout(DEADLINE_MS)])
    const { body, status } = await send(new URL(url + CERTIFICATE), { signal, unverified: true })
    const bytes = await buffer(body)
    const text = bytes.length <= MOST_BYTES && status === 200 ? bytes.toString('utf8') : ''
    return text.includes('-----BEGIN CERTIFICATE-----') && new X509Certificate(text).ca ? text : undefined
  } catch {
    use.signal.throwIfAborted()
    return undefined
  }
}
