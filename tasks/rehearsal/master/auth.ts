import type { RehearsedCluster } from '../cluster.ts'
import type { Answer, Ask } from './answer.ts'
import { barePage, json, objectIn } from './answer.ts'
import { uuidOf } from './identity.ts'

/** Paths that Admin Router answers without a token (nginx.master.conf of DC/OS; the page is the login's own). */
const OPEN_PATHS = /^\/($|dcos-metadata\/|exhibitor\/|acs\/api\/v1\/auth\/|ca\/|\.rehearsal$)/

/** Credentials that a rehearsal refuses, so that a refused login and a stale token can be rehearsed as well. */
const REFUSED = ['', 'wrong', 'expired']

/** Admin Router's 401 if this request lacks a token it needs; undefined if it may pass. */
export function unauthorised(cluster: RehearsedCluster, ask: Ask): Answer | undefined {
  if (!cluster.oauth || OPEN_PATHS.test(ask.path)) return undefined
  const token = /^token=(.*)$/.exec(String(ask.headers.authorization ?? ''))?.[1]?.trim() ?? ''
  if (!REFUSED.includes(token) && !isForeign(token, cluster)) return undefined
  return barePage(401, 'Authorization Required', { 'www-authenticate': 'oauthjwt' })
}

/** GET /acs/api/v1/auth/providers: the ways to log in. */
export function providers(cluster: RehearsedCluster): Answer {
  if (!cluster.oauth) return json({})
  return json({
    'dcos-users': {
      'authentication-type': 'dcos-uid-password',
      'client-method': 'dcos-usercredential-post-receive-authtoken',
      config: { start_flow_url: '/acs/api/v1/auth/login' },
      description: 'Rehearsed users: any name, any password but "wrong"',
    },
  })
}

/** POST /acs/api/v1/auth/login: a token for a user and password, or for another token. */
export function login(cluster: RehearsedCluster, ask: Ask): Answer {
  const { uid, password, token } = objectIn(ask.body) ?? {}
  const secret = password ?? token
  if (typeof secret !== 'string' || (password !== undefined && typeof uid !== 'string')) {
    return denied(400, 'ERR_INVALID_DATA', 'a user id with a password, or a token, must be given')
  }
  if (REFUSED.includes(secret) || !isCurrent(secret, uid))
    return denied(401, 'ERR_INVALID_CREDENTIALS', 'the credentials are not valid')
  return json({ token: `${tokenPrefix(cluster)}${uuidOf(cluster.id, String(uid), secret)}` })
}

/** A service account's own token (a JWT) has to name it and must not have expired. Its signature is accepted: no key is known here. */
function isCurrent(secret: string, uid: unknown): boolean {
  const [head, body, signature] = secret.split('.')
  if (!head?.startsWith('eyJ') || !body || !signature) return true
  const claims = objectIn(Buffer.from(body, 'base64url'))
  return claims?.uid === uid && Number(claims?.exp) > Date.now() / 1000
}

function denied(status: number, code: string, description: string): Answer {
  const title = status === 401 ? 'Unauthorized' : 'Bad Request'
  return json({ title, code, description }, status)
}

function tokenPrefix(cluster: RehearsedCluster): string {
  return `rehearsed.${cluster.id}.`
}

/** A token of another rehearsed cluster is as invalid here as one of another DC/OS. */
function isForeign(token: string, cluster: RehearsedCluster): boolean {
  return token.startsWith('rehearsed.') && !token.startsWith(tokenPrefix(cluster))
}
