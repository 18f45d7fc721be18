import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { proxyAgent } from './proxy.ts'

export interface Sent {
  method?: string | undefined
  headers?: Record<string, string>
  body?: string | undefined
  /** Certificate authorities in PEM, instead of those that Node trusts. */
  ca?: string | undefined
  signal?: AbortSignal | undefined
  /** Accepts any certificate: the response is not to be trusted. */
  unverified?: boolean
}

export interface Answer {
  status: number
  /** The reason phrase of the status line, such as `Bad Gateway`. */
  reason: string
  headers: IncomingHttpHeaders
  body: IncomingMessage
}

/**
 * Sends one HTTP request, through the user's proxy if one is named, and resolves when the response begins. It follows no redirect and
 * has no timeout of its own: `signal` aborts it, the body too, and its reason is thrown. All requests go through here, except
 * the AWS SDK's. Not `fetch`: that takes no certificate authority and doubles the start-up time.
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
    // Not the option `signal`: a request that cannot even be created would leave its listener behind.
    const stop = () => sent.destroy(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    sent.on('close', () => signal?.removeEventListener('abort', stop))
    sent.on('error', (error) => reject(signal?.aborted ? signal.reason : error))
    sent.on('response', (response) => {
      const { headers: received, statusCode: status = 0, statusMessage: reason = '' } = response
      resolve({ status, reason, headers: received, body: response })
    })
    sent.end(body)
  })
}
