import { sign } from 'node:crypto'

/** How long a service account's own token is valid, in seconds: it is used at once. */
const LIFETIME_S = 5 * 60

/** The token that a service account logs in with: its id and an end, signed by its key with RS256 (RFC 7519; DC/OS documentation, "Service accounts"). */
export function loginToken(uid: string, privateKey: string, now: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ uid, exp: Math.floor(now / 1000) + LIFETIME_S })}`
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`
}
