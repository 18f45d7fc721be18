import { readFile } from 'node:fs/promises'
import type { Use } from './context.ts'
import { clusterHome, keepToken, readToken } from './dcos/home.ts'
import { dcosAt, type Master } from './dcos/http.ts'
import { Failure } from './runner/failure.ts'

/** One look-up must not hold a rerun up. */
const LOOK_UP_MS = 3_000

/** The token for DC/OS: from `auth.tokenFile`, else the one that was entered once and kept; undefined when there is none. */
export async function knownToken(use: Use): Promise<string | undefined> {
  const { tokenFile } = use.config.auth
  if (!tokenFile) return readToken(clusterHome(use.folders.cluster))
  return (await readAuthFile('tokenFile', tokenFile)).trim() || undefined
}

/** What each key of `auth` wants its file to hold. */
const authFiles = {
  tokenFile: 'a DC/OS authentication token',
  passwordFile: "the user's password",
  caCert: "the certificate authority of the master's certificate in PEM form",
}

/** What a file that `auth` names holds. Throws CONFIG_INVALID. */
export async function readAuthFile(key: keyof typeof authFiles, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Failure('CONFIG_INVALID', {
      message: `auth.${key}: cannot read ${file}`,
      cause: (error as Error).message,
      next: `put ${authFiles[key]} into that file, or leave auth.${key} out`,
    })
  }
}

/** Asks for a token at the terminal, and keeps it once DC/OS has taken it; AUTH_NEEDED where nobody answers. */
export async function askForToken(use: Use, url: string): Promise<string> {
  const token = (
    await use.ask(`DC/OS asks for a login. Get a token at ${url}/login and paste it here: `)
  )?.trim()
  if (!token) {
    throw new Failure('AUTH_NEEDED', {
      message: `DC/OS at ${url} asks for a login`,
      cause: 'there is no token, and no terminal to ask for one',
      next: 'npx task cli-config at a terminal, or auth.tokenFile=FILE',
    })
  }
  await clusterIdOf(use, url, token)
  await keepToken(clusterHome(use.folders.cluster), token)
  return token
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
