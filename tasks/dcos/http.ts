import { Failure } from '../base/failure.ts'
import type { Exchange } from './exchange.ts'
import { exchange } from './exchange.ts'
import { notDcos } from './unreachable.ts'

/** The largest answer read, in bytes: the state of a thousand agents is about a quarter of it. */
const BODY_LIMIT = 32 * 1024 * 1024
/** The masters, as Exhibitor sees them; and the checks of the node that answers. */
export const EXHIBITOR = '/exhibitor/exhibitor/v1/cluster/status'
export const NODE_CHECKS = '/system/checks/v1/node/'
/**
 * Some answers take longer, in milliseconds: Exhibitor asks every server of its ensemble, and waits ten seconds for one that is gone
 * (RemoteConnectionConfiguration in its sources); each of a node's own checks may take half a minute (gen/calc.py in DC/OS's).
 */
const SLOW: Record<string, number> = { [EXHIBITOR]: 15_000, [NODE_CHECKS]: 45_000 }
/** As many as the dcos CLI follows. */
const MOST_REDIRECTS = 10

export interface DcosOptions {
  /** The token to log in with, as /acs/api/v1/auth/login gave it. */
  token?: string | undefined
  signal?: AbortSignal | undefined
  /** For one exchange, from connecting to the last byte, in real milliseconds. */
  timeoutMs: number
  /**
   * How long a connection that is refused or cut is retried, in real milliseconds; not at all by default. A change
   * whose answer was cut off may then arrive twice, which DC/OS rejects by its id.
   */
  patienceMs?: number | undefined
  /** Path of a PEM file with the certificate authority that signed the master's certificate. */
  caCert?: string | undefined
}

/** An answer as it came, whatever its status. */
export interface Reply {
  status: number
  /** The status with its reason, as in `502 Bad Gateway`. */
  line: string
  text: string
}

/** A client of a DC/OS cluster's masters at their common address. */
export interface Master {
  /** Without a trailing slash. */
  url: string
  hasToken: boolean
  /** The answer, whatever its status. Fails with DCOS_UNREACHABLE, or DCOS_UNHEALTHY if it is not HTTP or has no end. */
  ask(method: string, path: string, body?: unknown, accept?: string): Promise<Reply>
  /** As `ask`, for a GET whose answer has no end: `take` reads the body of a 200. The deadline ends when the body begins. */
  stream(path: string, accept: string, take: (body: AsyncIterable<Buffer>) => Promise<void>): Promise<Reply>
  /** The JSON of a reply to a question about `path`, if its status is 200; otherwise fails as `get` does. */
  accepted(path: string, reply: Reply): unknown
  /** The JSON of a 200. Fails as `ask` does, with AUTH_NEEDED for 401 and 403, else with DCOS_UNHEALTHY. */
  get(path: string): Promise<unknown>
  /** As `get`, but posts JSON. */
  post(path: string, body: unknown): Promise<unknown>
}

/** Creates a client of a cluster; sends nothing before the first `ask`, `get` or `post`. */
export function dcosAt(url: string, options: DcosOptions): Master {
  const base = baseUrl(url)
  const ask: Master['ask'] = (method, path, body, accept = 'application/json') =>
    follow(base, { method, path, body, accept }, { ...options, timeoutMs: patienceFor(path, options) })
  const accepted: Master['accepted'] = (path, reply) =>
    wanted(base + path, reply, options.token !== undefined)
  return {
    url: base,
    hasToken: options.token !== undefined,
    ask,
    stream: (path, accept, take) =>
      follow(base, { method: 'GET', path, body: undefined, accept, take }, options),
    accepted,
    get: async (path) => accepted(path, await ask('GET', path)),
    post: async (path, body) => accepted(path, await ask('POST', path, body)),
  }
}

const patienceFor = (path: string, { timeoutMs }: DcosOptions) => Math.max(timeoutMs, SLOW[path] ?? 0)

/** The JSON of an answer. A page instead of JSON is reported as such: often a proxy's, or a login's. */
export function jsonOf(address: string, { text }: Reply): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const start = text.trimStart()
    const title = /<title[^>]*>\s*([^<]{1,80}?)\s*</i.exec(text)?.[1]
    const cause = start.startsWith('<')
      ? `an HTML page${title ? ` titled “${title}”` : ''} came instead of JSON: a proxy, or something other than DC/OS, answers there`
      : start === ''
        ? 'the answer is empty instead of JSON'
        : `the answer is not complete JSON: ${excerpt(start)}`
    throw notDcos(address, cause)
  }
}

function wanted(address: string, reply: Reply, hadToken: boolean): unknown {
  if (reply.status === 200) return jsonOf(address, reply)
  if (reply.status === 401 || reply.status === 403) throw authNeeded(address, reply, hadToken)
  const said = reply.text.trimStart().startsWith('<') ? '' : excerpt(reply.text)
  throw new Failure('DCOS_UNHEALTHY', {
    message: `${address} answers ${reply.line}`,
    cause: said || 'DC/OS, or the part of it behind this address, is not up',
    next: 'wait a little and run the same command again; npx task status shows the state of the cluster',
  })
}

function authNeeded(address: string, { status, line }: Reply, hadToken: boolean): Failure {
  const cause =
    status === 403
      ? 'the logged-in user is not allowed to read this'
      : hadToken
        ? 'the token is not, or no longer, accepted'
        : 'this cluster asks for a login'
  return new Failure('AUTH_NEEDED', {
    message: `${address} answers ${line}`,
    cause,
    next: 'set auth.tokenFile, or auth.username and auth.passwordFile, or run npx task cli-config at a terminal',
  })
}

interface Question {
  method: string
  path: string
  body: unknown
  accept: string
  take?: Exchange['take']
}

/**
 * Follows redirects, as from http to https, with the same request. The token goes on to the same origin only: another port of the
 * host may belong to anyone.
 */
async function follow(
  base: string,
  { accept, body, method, path, take }: Question,
  { token, signal, timeoutMs, caCert, patienceMs = 0 }: DcosOptions,
): Promise<Reply> {
  let url = new URL(base + path)
  let authorization = token
  for (let hop = 0; ; hop++) {
    const request: Exchange = {
      url,
      method,
      headers: {
        accept,
        ...(authorization ? { authorization: `token=${authorization}` } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      timeoutMs,
      caCert,
      bodyLimit: BODY_LIMIT,
      patienceMs,
      take,
    }
    const { status, reason, location, text } = await exchange(request)
    if (location === undefined) return { status, line: `${status} ${reason}`.trim(), text }
    if (hop === MOST_REDIRECTS) throw notDcos(url.href, `it redirects more than ${MOST_REDIRECTS} times`)
    const next = nextHop(url, location)
    if (!isSamePlace(url, next)) {
      if (method !== 'GET') throw notDcos(url.href, `it redirects a ${method} to ${next.origin}`)
      authorization = undefined
    }
    url = next
  }
}

/** The same origin, or the same host's https instead of its http, both on their own ports. */
function isSamePlace(from: URL, to: URL): boolean {
  if (from.origin === to.origin) return true
  const upgraded = from.protocol === 'http:' && to.protocol === 'https:' && from.port === '' && to.port === ''
  return upgraded && from.hostname === to.hostname
}

function nextHop(from: URL, location: string): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (next?.protocol === 'http:' || next?.protocol === 'https:') return next
  throw notDcos(from.href, `it redirects to ${excerpt(location)}`)
}

function baseUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') {
    return (parsed.origin + parsed.pathname).replace(/\/+$/, '')
  }
  throw new Failure('CONFIG_INVALID', {
    message: `the cluster's address ${JSON.stringify(url)} is not an http or https URL`,
    next: "set cluster.url to the cluster's address, such as http://10.0.0.1",
  })
}

/** The beginning of a text on one line. */
function excerpt(text: string): string {
  const line = text.slice(0, 200).replace(/\s+/g, ' ').trim()
  return line.length > 100 ? `${line.slice(0, 100)}…` : line
}
