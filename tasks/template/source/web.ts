import { redactUrl } from '../../base/redact-url.ts'
import { readPinned, splitPin } from './pinned.ts'
import { type Remote, Unavailable, unreadable } from './remote.ts'

/**
 * Reads a template from the web, again each time, as its owner may have fixed it; a running cluster is not changed by
 * that without confirmation. If it cannot be fetched, the last copy is used, which is logged.
 * `accept` keeps the copy; a page that is not a template must not replace the last one.
 * Throws TEMPLATE_UNREADABLE, TEMPLATE_TOO_LARGE, and TEMPLATE_INVALID if it differs from its pin.
 */
export async function readFromWeb(
  source: string,
  remote: Remote,
): Promise<{ content: Buffer; accept?: () => Promise<void> }> {
  const { address, pin } = splitPin(source)
  const name = redactUrl(source)
  if (!URL.canParse(address)) throw unreadable(name, 'it is not a valid URL', 'correct the URL')
  const fetch = async () => remote.fetchWeb(new URL(address))
  try {
    if (pin) return { content: await readPinned(name, pin, remote, fetch) }
    const content = await fetch()
    return { content, accept: () => remote.kept.keepAs(address, content) }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    const last = pin ? undefined : await remote.kept.last(address)
    if (!last)
      throw unreadable(
        name,
        error.message,
        'set template to where it is available: a path, https:// or s3://',
      )
    const { content, sha256, since } = last
    remote.log(
      `${name} cannot be fetched (${error.message}): using the copy of ${since.toISOString().slice(0, 10)} (sha256 ${sha256})`,
    )
    return { content }
  }
}
