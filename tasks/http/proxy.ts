import type { Agent as HttpAgent } from 'node:http'

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
