import { text } from 'node:stream/consumers'
import { Failure } from '../../base/failure.ts'
import { send } from '../../http/send.ts'
import type { Use } from '../context.ts'

/** Returns the caller's public IPv4 address as plain text (AWS General Reference uses it for the same purpose). */
const SERVICE = 'https://checkip.amazonaws.com'
const DEADLINE_MS = 3_000

/** This machine's public address as a CIDR block, which may administer the cluster. A rehearsal needs no network for it. */
export async function findOwnAddress(use: Use): Promise<string> {
  if (use.cloud.onThisMachine) return '127.0.0.1/32'
  let cause: string
  try {
    const { body } = await send(new URL(SERVICE), {
      signal: AbortSignal.any([use.signal, AbortSignal.timeout(DEADLINE_MS)]),
    })
    const address = (await text(body)).slice(0, 100).trim()
    if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) return `${address}/32`
    cause = `${SERVICE} returned no IPv4 address`
  } catch (error) {
    use.signal.throwIfAborted()
    cause = `${SERVICE} cannot be reached: ${(error as Error).message}`
  }
  throw new Failure('PARAMETER_INVALID', {
    message: 'your own address, from which the cluster may be administered, could not be determined',
    cause,
    next: 'set access.adminLocation=A.B.C.D/32 (or NODE_EXTRA_CA_CERTS, if your network inspects HTTPS)',
  })
}
