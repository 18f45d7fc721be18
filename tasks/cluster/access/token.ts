import { Failure } from '../../base/failure.ts'
import { clusterHome, keepToken, readToken } from '../../dcos/home.ts'
import { dcosAt, type Master } from '../../dcos/http.ts'
import { fieldsOf, optionalText } from '../../dcos/shape.ts'
import { notDcos } from '../../dcos/unreachable.ts'
import type { Use } from '../context.ts'
import { readAuthFile } from './auth-file.ts'

/** One look-up must not hold a rerun up. */
const LOOK_UP_MS = 3_000
const LOGIN = '/acs/api/v1/auth/login'

/** The token for DC/OS: from `auth.tokenFile`, else the one that was got or entered last; undefined when there is none. */
export async function knownToken(use: Use): Promise<string | undefined> {
  const tokenFile = tokenFileOf(use)
  if (!tokenFile) return readToken(clusterHome(use.folders.cluster))
  return readAuthFile('tokenFile', tokenFile)
}

export interface Login {
  token: string
  /** DC/OS's own id of the cluster, which it tells to whoever has logged in. */
  clusterId: string
}

/**
 * Logs in to a DC/OS that asks for it: by the token that is known, else with the user and password of `auth`, else with
 * a token that is asked for at the terminal. What DC/OS takes is kept. Throws AUTH_NEEDED, CONFIG_INVALID, DCOS_….
 */
export async function logIn(use: Use, url: string): Promise<Login> {
  const known = await knownToken(use)
  const refusal = known ? await logInWith(use, url, known) : undefined
  if (refusal && !(refusal instanceof Failure)) return refusal
  const byPassword = await logInByPassword(use, url)
  if (byPassword) return byPassword
  if (refusal && tokenFileOf(use)) throw refusal
  return askForToken(use, url)
}

/** Logs in with the user and password that `auth` names, and keeps the token; undefined when it names none. */
export async function logInByPassword(use: Use, url: string): Promise<Login | undefined> {
  const { method, passwordFile, username } = use.config.auth
  if (!passwordFile || !username || method === 'token') return undefined
  const password = await readAuthFile('passwordFile', passwordFile)
  const master = masterAt(use, url, undefined)
  const reply = await master.ask('POST', LOGIN, { uid: username, password })
  if (reply.status !== 200) {
    const refused = reply.status === 400 || reply.status === 401
    throw new Failure('AUTH_NEEDED', {
      message: `DC/OS at ${url} does not let ${username} log in`,
      cause: refused ? 'it refuses the user or the password' : `it answers the login with ${reply.line}`,
      next: refused
        ? 'fix auth.username and what auth.passwordFile holds, or set auth.tokenFile=FILE'
        : 'where it knows no passwords, set auth.tokenFile=FILE, or run npx task cli-config at a terminal',
    })
  }
  const token = optionalText(fieldsOf(master.accepted(LOGIN, reply)).token)
  if (!token) throw notDcos(url + LOGIN, 'it takes the login, but gives no token')
  return keepLogin(use, url, token)
}

/** The login that a token is good for, or why it is good for none. */
async function logInWith(use: Use, url: string, token: string): Promise<Login | Failure> {
  try {
    return { token, clusterId: await clusterIdOf(use, url, token) }
  } catch (error) {
    if (error instanceof Failure && error.code === 'AUTH_NEEDED') return error
    throw error
  }
}

async function keepLogin(use: Use, url: string, token: string): Promise<Login> {
  const clusterId = await clusterIdOf(use, url, token)
  await keepToken(clusterHome(use.folders.cluster), token)
  return { token, clusterId }
}

function tokenFileOf(use: Use): string | undefined {
  const { method, tokenFile } = use.config.auth
  return method === 'password' ? undefined : tokenFile
}

async function askForToken(use: Use, url: string): Promise<Login> {
  const token = (
    await use.ask(`DC/OS asks for a login. Get a token at ${url}/login and paste it here: `)
  )?.trim()
  if (!token) {
    throw new Failure('AUTH_NEEDED', {
      message: `DC/OS at ${url} asks for a login`,
      cause: 'there is no token that it takes, and no terminal to ask for one',
      next: 'npx task cli-config at a terminal, or auth.tokenFile=FILE, or auth.username=NAME auth.passwordFile=FILE',
    })
  }
  return keepLogin(use, url, token)
}

/** DC/OS's own id of the cluster; a token that it refuses is AUTH_NEEDED. */
export async function clusterIdOf(use: Use, url: string, token: string | undefined): Promise<string> {
  const answer = (await masterAt(use, url, token).get('/metadata')) as { CLUSTER_ID?: string }
  if (answer.CLUSTER_ID) return answer.CLUSTER_ID
  throw new Failure('DCOS_UNHEALTHY', {
    message: `DC/OS at ${url} does not know its own id yet`,
    cause: '/metadata has no CLUSTER_ID',
    next: 'npx task wait, then run the same line again',
  })
}

/** The cluster's masters, spoken to with this token. */
export function masterAt(use: Use, url: string, token: string | undefined): Master {
  const { caCert } = use.config.auth
  return dcosAt(url, {
    signal: use.signal,
    timeoutMs: LOOK_UP_MS,
    patienceMs: use.cloud.patienceMs,
    ...(token ? { token } : {}),
    ...(caCert ? { caCert } : {}),
  })
}
