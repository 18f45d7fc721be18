import { type Agent as HttpAgent, globalAgent as plain } from 'node:http'
import { type AgentOptions as SecureOptions, globalAgent as secure } from 'node:https'
import { Agent, type AgentConnectOpts } from 'agent-base'
import { HttpProxyAgent } from 'http-proxy-agent'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { getProxyForUrl } from 'proxy-from-env'

/** This machine itself is never reached through a proxy: rehearsals and emulators run there. */
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i

/** Chooses for each connection the proxy that the user's variables name for the host, or none. */
class EnvironmentAgent extends Agent {
  readonly #proxies = new Map<string, HttpAgent>()

  override connect(_: unknown, options: AgentConnectOpts): HttpAgent {
    const {
      host = '',
      port,
      secureEndpoint,
    } = options as { host?: string; port: number; secureEndpoint: boolean }
    const straight = secureEndpoint ? secure : plain
    if (LOOPBACK.test(host)) return straight
    const name = host.includes(':') ? `[${host}]` : host
    const proxy = getProxyForUrl(`${secureEndpoint ? 'https' : 'http'}://${name}:${port}`)
    if (!proxy) return straight
    const key = `${secureEndpoint} ${proxy}`
    const agent =
      this.#proxies.get(key) ?? (secureEndpoint ? new HttpsProxyAgent(proxy) : new HttpProxyAgent(proxy))
    this.#proxies.set(key, agent)
    return agent
  }
}

/** With `ca`, it trusts these certificate authorities (PEM) instead of Node's own. */
export function environmentAgent(ca?: string): HttpAgent {
  // Its options are added to those of each connection, proxied or not.
  const options: SecureOptions = ca ? { ca } : {}
  return new EnvironmentAgent(options)
}
