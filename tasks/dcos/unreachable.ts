import { Failure } from '../base/failure.ts'
import { isCertificateError, isUnknownAuthority } from '../http/certificate.ts'

const LATER = 'run npx task status to see whether the cluster is up; if it answers elsewhere, set cluster.url'
const ADMITTED = 'check that access.adminLocation covers your own address, and that the cluster is up'
const TRUST =
  "set auth.caCert to the PEM file of the cluster's certificate authority (http://<master>/ca/dcos-ca.crt)"
const NAME = 'set cluster.url to a name or address that the certificate is valid for'

/** What the error codes of a connection mean (errno(3), Node's `errors` and OpenSSL's verify(1)): what, and what to do. */
const causes: Record<string, [cause: string, next: string]> = {
  ECONNREFUSED: ['nothing listens there', LATER],
  ECONNRESET: ['the connection was cut', LATER],
  EPIPE: ['the connection was cut', LATER],
  ENOTFOUND: ['the name does not resolve (a new load balancer needs some minutes for its name)', LATER],
  EAI_AGAIN: ['the DNS server does not answer', 'check the network of this machine'],
  ETIMEDOUT: ['it did not answer in time', ADMITTED],
  EHOSTUNREACH: ['there is no route to that host', ADMITTED],
  ENETUNREACH: ['there is no route to that network', 'check the network of this machine'],
  EPROTO: ['it does not speak TLS', 'use http:// in cluster.url'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['it does not speak TLS', 'use http:// in cluster.url'],
  CERT_HAS_EXPIRED: ["the master's certificate has expired", 'renew it on the masters'],
  ERR_TLS_CERT_ALTNAME_INVALID: ["the master's certificate is not valid for this name", NAME],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["the master's certificate is not signed by a known authority", TRUST],
  SELF_SIGNED_CERT_IN_CHAIN: ["the master's certificate is not signed by a known authority", TRUST],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["the master's certificate is not signed by a known authority", TRUST],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["the master's certificate is not signed by a known authority", TRUST],
}

/** Whether waiting is useless: a certificate that is not trusted now will not be in a minute. */
export function isLasting({ cause }: Failure): boolean {
  return isCertificateError(codeOf((cause ?? {}) as NodeJS.ErrnoException))
}

/** Whether the only problem is that no trusted authority has signed the certificate. */
export function lacksAuthority({ cause }: Failure): boolean {
  return isUnknownAuthority(codeOf((cause ?? {}) as NodeJS.ErrnoException))
}

/** Whether the name does not resolve. */
export function isNoName({ cause }: Failure): boolean {
  return codeOf((cause ?? {}) as NodeJS.ErrnoException) === 'ENOTFOUND'
}

/** The failure for something that answers there, but not as DC/OS does. */
export function notDcos(address: string, cause: string, source?: unknown): Failure {
  return new Failure(
    'DCOS_UNHEALTHY',
    {
      message: `${address} does not answer as DC/OS does`,
      cause,
      next: 'open the address in a browser; if the cluster answers elsewhere, set cluster.url',
    },
    source,
  )
}

/** Why no answer came, as a failure. What answers but does not speak HTTP is not DC/OS: that is DCOS_UNHEALTHY. */
export function unreachable(url: URL, error: NodeJS.ErrnoException): Failure {
  const code = codeOf(error)
  if (code.startsWith('HPE_')) {
    return notDcos(url.href, `it does not speak HTTP (${code})`, error)
  }
  const [cause, next] = causes[code] ?? [error.message, LATER]
  return new Failure(
    'DCOS_UNREACHABLE',
    { message: `DC/OS at ${url.host} cannot be reached`, cause: code ? `${code}: ${cause}` : cause, next },
    error,
  )
}

/** A name with several addresses fails with one error for each: the first one's code is used. */
function codeOf(error: NodeJS.ErrnoException): string {
  const first = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error
  return error.code ?? first?.code ?? ''
}
