import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { proxyAgent } from './proxy.ts'

export interface Sent {
  method?: string | undefined
  headers?: Record<string, string>
  body?: string | undefined
  /** Certificate authorities in PEM, in place of those that Node trusts. */
  ca?: string | undefined
  signal?: AbortSignal | undefined
  /** Takes any certificate: what comes proves nothing. */
  unverified?: boolean
}

export interface Answer {
  status: number
  /** The reason of the status line, as in `Bad Gateway`. */
  reason: string
  headers: IncomingHttpHeaders
  body: IncomingMessage
}

/**
 * Sends one HTTP request, through the user's proxy where one is named, and resolves when its answer begins. It follows no redirect and
 * has no deadline of its own: `signal` ends it, the body too, and is then what is thrown. Everything that is fetched goes through here, except
 * for what the AWS SDK asks. Not by `fetch`: that takes no certificate authority and doubles the time to start.
 */
export async function send(
  url: URL,
  { body, ca, headers, method, signal, unverified }: Sent,
): Promise<Answer> {
  signal?.throwIfAborted()
  const agent = await proxyAgent()
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: method ?? 'GET',
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      agent: agent ?? false,
      ...(ca ? { ca } : {}),
      ...(unverified ? { rejectUnauthorized: false } : {}),
    })
    // Not by the option `signal`: a request that cannot even be made would leave its listener there.
    const stop = () => sent.destroy(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    sent.on('close', () => signal?.removeEventListener('abort', stop))
    sent.on('error', (error) => reject(signal?.aborted ? signal.reason : error))
    sent.on('response', (response) => {
      const { headers: said, statusCode: status = 0, statusMessage: reason = '' } = response
      resolve({ status, reason, headers: said, body: response })
    })
    sent.end(body)
  })
}
