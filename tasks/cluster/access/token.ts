import { Failure } from '../../base/failure.ts'
import { clusterHome, keepToken, readToken } from '../../dcos/home.ts'
import { dcosAt, type Master } from '../../dcos/http.ts'
import { fieldsOf, optionalText } from '../../dcos/shape.ts'
import { notDcos } from '../../dcos/unreachable.ts'
import type { Use } from '../context.ts'
import { readAuthFile } from './auth-file.ts'
import { authorityOf } from './authority.ts'

/** A lookup must not delay a rerun. */
const LOOK_UP_MS = 3_000
const LOGIN = '/acs/api/v1/auth/login'
/** It shows the token instead of sending it on (dcos-cli, pkg/login/provider.go). */
const TOKEN_PAGE = '/login?redirect_uri=urn:ietf:wg:oauth:2.0:oob'

/** The token for DC/OS: from `auth.tokenFile` or DCOS_ACS_TOKEN, else the last one that was fetched or entered; undefined if there is none. */
export async function knownToken(use: Use): Promise<string | undefined> {
  const tokenFile = tokenFileOf(use)
  if (tokenFile) return readAuthFile('tokenFile', tokenFile)
  const { DCOS_ACS_TOKEN: given } = use.environment
  if (given && takesTokens(use)) return given.trim()
  return readToken(clusterHome(use.folders.cluster))
}

export interface Login {
  token: string
  /** DC/OS's own id of the cluster, which it returns only after a login. */
  clusterId: string
}

/**
 * Logs in to a DC/OS that requires it: with the known token, else with the user and password of `auth`, else with
 * a token that is asked for at the terminal. What DC/OS accepts is kept. Throws AUTH_NEEDED, CONFIG_INVALID, DCOS_….
 */
export async function logIn(use: Use, url: string): Promise<Login> {
  const known = await knownToken(use)
  const refusal = known ? await logInWith(use, url, known) : undefined
  if (refusal && !(refusal instanceof Failure)) return refusal
  const configured = await logInIfConfigured(use, url)
  if (configured) return configured
  if (refusal && tokenFileOf(use)) throw refusal
  return askForToken(use, url)
}

/** The credentials in `auth` other than a token: a password, or a service account's own, signed token (DC/OS documentation, "Service accounts"). */
async function credentialsOf(
  use: Use,
): Promise<{ uid: string; password: string } | { uid: string; token: string } | undefined> {
  const { method, passwordFile, privateKeyFile, username } = use.config.auth
  if (!username || method === 'token') return undefined
  if (privateKeyFile && method !== 'password') {
    const { loginToken } = await import('./service-account.ts')
    const key = await readAuthFile('privateKeyFile', privateKeyFile)
    return { uid: username, token: loginToken(username, key, Date.now()) }
  }
  if (!passwordFile || method === 'service-account') return undefined
  return { uid: username, password: await readAuthFile('passwordFile', passwordFile) }
}

/** Logs in with the password or the key that `auth` names, and keeps the token; undefined if it names none. */
export async function logInIfConfigured(use: Use, url: string): Promise<Login | undefined> {
  const credentials = await credentialsOf(use)
  if (!credentials) return undefined
  const { uid } = credentials
  const file = 'token' in credentials ? 'privateKeyFile' : 'passwordFile'
  const master = masterAt(use, url, undefined)
  const reply = await master.ask('POST', LOGIN, credentials)
  if (reply.status !== 200) {
    const refused = reply.status === 400 || reply.status === 401
    throw new Failure('AUTH_NEEDED', {
      message: `DC/OS at ${url} does not let ${uid} log in`,
      cause: refused
        ? `it refuses the ${'token' in credentials ? 'service account or its key' : 'user or the password'}`
        : `it responds to the login with ${reply.line}`,
      next: refused
        ? `fix auth.username and the content of auth.${file}, or set auth.tokenFile=FILE`
        : 'if it does not use passwords, set auth.tokenFile=FILE, or run npx task cli-config at a terminal',
    })
  }
  const token = optionalText(fieldsOf(master.accepted(LOGIN, reply)).token)
  if (!token) throw notDcos(url + LOGIN, 'it accepts the login, but returns no token')
  return keepLogin(use, url, token)
}

/** The login with a token, or why the token is not valid. */
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

function takesTokens({ config }: Use): boolean {
  return config.auth.method === 'auto' || config.auth.method === 'token'
}

function tokenFileOf(use: Use): string | undefined {
  return takesTokens(use) ? use.config.auth.tokenFile : undefined
}

async function askForToken(use: Use, url: string): Promise<Login> {
  const token = (
    await use.ask(`DC/OS requires a login. Get a token at ${url}${TOKEN_PAGE} and paste it here: `)
  )?.trim()
  if (!token) {
    throw new Failure('AUTH_NEEDED', {
      message: `DC/OS at ${url} requires a login`,
      cause: 'there is no token that it accepts, and no terminal to ask for one',
      next: 'npx task cli-config at a terminal, or auth.tokenFile=FILE, or auth.username=NAME auth.passwordFile=FILE, or DCOS_ACS_TOKEN',
    })
  }
  const login = await logInWith(use, url, token)
  if (login instanceof Failure) return keepLogin(use, url, await exchanged(use, url, token))
  await keepToken(clusterHome(use.folders.cluster), token)
  return login
}

/** DC/OS's token for that of an identity provider, which is what the page of its open version shows (dcos-cli, pkg/login/flow.go). */
async function exchanged(use: Use, url: string, token: string): Promise<string> {
  const master = masterAt(use, url, undefined)
  const reply = await master.ask('POST', LOGIN, { token })
  return reply.status === 200 ? (optionalText(fieldsOf(master.accepted(LOGIN, reply)).token) ?? token) : token
}

/** DC/OS's own id of the cluster; a token that it refuses is AUTH_NEEDED. */
export async function clusterIdOf(use: Use, url: string, token: string | undefined): Promise<string> {
  const answer = (await masterAt(use, url, token).get('/metadata')) as { CLUSTER_ID?: string }
  if (answer.CLUSTER_ID) return answer.CLUSTER_ID
  throw new Failure('DCOS_UNHEALTHY', {
    message: `DC/OS at ${url} does not know its own id yet`,
    cause: '/metadata has no CLUSTER_ID',
    next: 'npx task wait, then run the same command again',
  })
}

/** A client of the cluster's masters that uses this token. */
export function masterAt(use: Use, url: string, token: string | undefined): Master {
  const caCert = authorityOf(use)
  return dcosAt(url, {
    signal: use.signal,
    timeoutMs: LOOK_UP_MS,
    patienceMs: use.cloud.patienceMs,
    ...(token ? { token } : {}),
    ...(caCert ? { caCert } : {}),
  })
}
