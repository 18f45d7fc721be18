import type { Agent as HttpAgent } from 'node:http'

/** The variables that name a proxy, in both spellings (as curl, Python and Go read them). */
const NAMES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']

let agents: Promise<HttpAgent> | undefined

/**
 * An agent for Node's http and https that goes through the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names for a host, and
 * directly to hosts in NO_PROXY. Undefined if no proxy is named: then nothing is loaded.
 */
export async function proxyAgent(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<HttpAgent | undefined> {
  if (!NAMES.some((name) => environment[name])) return undefined
  agents ??= import('./proxy-agent.ts').then(({ environmentAgent }) => environmentAgent())
  return agents
}
