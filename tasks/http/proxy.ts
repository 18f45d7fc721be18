import type { Agent as HttpAgent } from 'node:http'
import { Readable } from 'node:stream'

/** The variables that name a proxy, in both spellings (as curl, and as Python and Go read them). */
const NAMES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']

let agents: Promise<HttpAgent> | undefined

/**
 * An agent for Node's http and https that goes through the proxy which HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names for a host, and
 * straight to those that NO_PROXY names. Undefined where no proxy is named: then nothing is loaded.
 */
export async function proxyAgent(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<HttpAgent | undefined> {
  if (!NAMES.some((name) => environment[name])) return undefined
  agents ??= import('./proxy-agent.ts').then(({ environmentAgent }) => environmentAgent())
  return agents
}

/** `fetch`, through a proxy where one is named. Of its options it takes the method, the headers and the signal there; it follows no redirect. */
export const proxiedFetch: typeof fetch = async (input, init = {}) => {
  const agent = await proxyAgent()
  if (!agent) return fetch(input, init)
  const url = new URL(input instanceof Request ? input.url : input)
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  return new Promise<Response>((resolve, reject) => {
    const sent = request(url, {
      agent,
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(init.signal ? { signal: init.signal } : {}),
    })
    sent.on('error', (error) => reject(init.signal?.aborted ? init.signal.reason : error))
    sent.on('response', (response) => {
      const { headers, statusCode = 502, statusMessage = '' } = response
      const told = new Headers()
      for (const [name, value] of Object.entries(headers))
        if (value !== undefined) told.set(name, [value].flat().join(', '))
      const bare = [101, 204, 205, 304].includes(statusCode)
      const body = bare ? null : (Readable.toWeb(response) as unknown as ReadableStream)
      resolve(new Response(body, { status: statusCode, statusText: statusMessage, headers: told }))
    })
    sent.end()
  })
}
