import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** The largest body accepted, in bytes: S3 clients upload in parts of 5 MB to 16 MB. */
export const BODY_LIMIT = 64_000_000

/** This machine's names for itself; S3 puts a bucket's name before `localhost`. */
const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|([a-z0-9.-]+\.)?localhost)(:\d+)?$/i

/**
 * Why a request must not be answered: it comes from a web page, which may belong to anyone. A browser sends where a page is from
 * (Fetch Metadata, Origin), and a page that made its own name point to this machine (DNS rebinding) is recognised by the Host.
 */
export function foreignness(headers: IncomingHttpHeaders): string | undefined {
  const { host = '', origin } = headers
  if (!LOOPBACK.test(host)) return `this is served on this machine only, not as ${host || 'an unnamed host'}`
  if (origin !== undefined && origin !== `http://${host}`) return `pages of ${origin} are not answered`
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return `requests that are ${String(site)} are not answered`
  return undefined
}

/** The whole body, or undefined if it is larger than `limit`; the rest is not read then. */
export async function bodyOf(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return undefined
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
