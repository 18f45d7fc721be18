import { Failure } from '../../base/failure.ts'
import { sha256Of } from './kept.ts'
import type { Remote } from './remote.ts'

/**
 * An address may end in `#sha256=` and 64 hexadecimal digits: then only that content is accepted, and once it has been
 * fetched no more requests are made.
 */
export function splitPin(source: string): { address: string; pin: string | undefined } {
  const [, address, pin] = /^(.*)#sha256=([0-9a-f]{64})$/i.exec(source) ?? []
  return { address: address ?? source, pin: pin?.toLowerCase() }
}

/** The pinned content: the kept copy, or what `fetch` returns if it matches. Throws TEMPLATE_INVALID if it does not. */
export async function readPinned(
  source: string,
  pin: string,
  remote: Remote,
  fetch: () => Promise<Buffer>,
  fix = 'find out why; if the new content is right, replace the sha256 with the new one',
): Promise<Buffer> {
  const copy = await remote.kept.find(pin)
  if (copy) return copy
  const content = await fetch()
  const found = sha256Of(content)
  if (found !== pin) {
    throw new Failure('TEMPLATE_INVALID', {
      message: `the template ${source} does not match its pinned sha256`,
      cause: `its sha256 is ${found}, not ${pin}: it was changed, or the address belongs to another owner now`,
      next: fix,
    })
  }
  await remote.kept.keep(content)
  return content
}
