import { asFailure, Failure } from '../base/failure.ts'
import { isCertificateError } from '../http/certificate.ts'

interface Place {
  call: string
  region: string
  endpoint: string | undefined
}

interface Thrown {
  name?: string
  /** Of a connection error (Node's `net` and `dns`). */
  hostname?: string
  address?: string
  message?: string
  code?: string
  syscall?: string
  cause?: { code?: string }
  $metadata?: { httpStatusCode?: number; attempts?: number }
}

const expired = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'])
const refused = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'OptInRequired'])
const unknownKey = new Set([
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
  'AuthFailure',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
])
/** As the SDK lists them (@smithy/core, THROTTLING_ERROR_CODES), without those about a quota. */
const throttled = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'EC2ThrottledException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'TooManyRequestsException',
])
/** S3 operations whose permission has another name (Amazon S3 user guide, "Required permissions"). */
const s3Actions: Record<string, string> = {
  's3:DeleteObjects': 's3:DeleteObject and s3:DeleteObjectVersion',
  's3:HeadBucket': 's3:ListBucket',
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
}
const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EPIPE',
  // It does not speak TLS.
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
])

/** Whether an endpoint's host is this one, as far as that can be told: a name may have any address. */
function reaches(endpoint: string, host: string): boolean {
  const { hostname } = new URL(endpoint)
  return hostname === host || /^[\d.]+$|:/.test(host)
}

/**
 * The failure for an error that any AWS call can have: credentials, permissions, network, throttling. An error that only
 * the caller can judge (a stack that does not exist) is returned as it is.
 */
export function translate(error: unknown, { call, region, endpoint }: Place): unknown {
  if (error instanceof Failure) return error
  const thrown = error as Thrown
  // A disk error of this machine: a rehearsed AWS lives entirely on its disk.
  const own = asFailure(error)
  if (own.code === 'DISK' && thrown.syscall !== 'connect') return own
  const name = thrown.name ?? ''
  const said = wordsOf(error)
  if (expired.has(name) || /token.* (has|is) expired|SSO session.*(expired|invalid)/i.test(said)) {
    const message = `the AWS credentials have expired (${call})`
    const next =
      'renew them (aws sso login, or new keys) and run the same command again: it continues where it stopped'
    return new Failure('CREDENTIALS_EXPIRED', { message, cause: said, next }, error)
  }
  if (/^MultiFactorAuthentication failed/.test(said)) {
    const next = 'run the same command again with a new code: each can be used once'
    const message = 'AWS did not accept the MFA code'
    return new Failure('CREDENTIALS_MISSING', { message, cause: said, next }, error)
  }
  if (unknownKey.has(name)) {
    const message = `AWS does not accept these credentials (${call})`
    return new Failure(
      'ACCESS_DENIED',
      {
        message,
        cause: said,
        next: 'check the access key and the secret; aws sts get-caller-identity shows who you are',
      },
      error,
    )
  }
  if (refused.has(name)) {
    const action = /perform:? ([\w-]+:\w+)/.exec(said)?.[1] ?? s3Actions[call] ?? call
    const next = `ask for permission to ${action}${name === 'OptInRequired' ? `, and enable the region ${region} in the account` : ''}`
    return new Failure('ACCESS_DENIED', { message: `not allowed to ${action}`, cause: said, next }, error)
  }
  if (throttled.has(name)) {
    const message = `AWS throttled ${call} (${thrown.$metadata?.attempts ?? 1} attempts)`
    return new Failure(
      'THROTTLED',
      { message, cause: said, next: 'wait a moment and run the same command again' },
      error,
    )
  }
  const errno = thrown.code ?? thrown.cause?.code ?? ''
  // Credentials come from hosts of their own: those of a role from STS, whatever the endpoint is.
  const host = thrown.hostname ?? thrown.address
  const elsewhere =
    endpoint !== undefined && host !== undefined && !reaches(endpoint, host) ? host : undefined
  const where = elsewhere ?? endpoint ?? `${call.split(':')[0]} in ${region}`
  if (isCertificateError(errno)) {
    const next =
      'if your network inspects HTTPS, set AWS_CA_BUNDLE to the PEM file of its certificate authority; otherwise check who answers there'
    const message = `the certificate of ${where} cannot be verified`
    return new Failure('ENDPOINT_UNREACHABLE', { message, cause: `${errno}: ${said}`, next }, error)
  }
  if (unreachable.has(errno) || name === 'TimeoutError') {
    const next =
      endpoint && !elsewhere
        ? 'check aws.endpoint: is the emulator running there?'
        : `check the network, and that region ${region} exists`
    return new Failure(
      'ENDPOINT_UNREACHABLE',
      { message: `cannot reach ${where}`, cause: said || errno, next },
      error,
    )
  }
  if ((thrown.$metadata?.httpStatusCode ?? 0) >= 500) {
    const message = `AWS could not answer ${call} (HTTP ${thrown.$metadata?.httpStatusCode})`
    return new Failure(
      'ENDPOINT_UNREACHABLE',
      { message, cause: said, next: 'run the same command again' },
      error,
    )
  }
  return name && thrown.$metadata ? unjudged(error, `AWS refused ${call} (${name})`, said) : error
}

/** Whether an error means that there are no credentials: the SDK's own, or a profile's file that does not exist. */
export function lacksCredentials(error: unknown): boolean {
  const { $metadata, code, name = '', path } = error as Thrown & { path?: string }
  if (error instanceof Failure || $metadata?.httpStatusCode !== undefined) return false
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') return true
  if (code === 'ENOENT' && path !== undefined) return true
  // The SDK's way to say that there is no such session.
  if (name === 'TypeError' && /reading 'sso_/.test(wordsOf(error))) return true
  return /could not load credentials|SSO session/i.test(wordsOf(error))
}

/** The first line of an error's message, without the SDK's prefix. */
export function wordsOf(error: unknown): string {
  return firstLine((error as Thrown).message).replace(/^@smithy\/\S+ - (\[ERROR\] )?/, '')
}

/** The error itself, carrying the failure to report if no caller handles it. */
function unjudged(error: unknown, message: string, cause: string): unknown {
  const next = 'see the reason above'
  return Object.assign(error as object, { failure: new Failure('STACK_FAILED', { message, cause, next }) })
}

/** The failure for an error of a service that is not handled elsewhere: its message is the cause. */
export function refusedByAws(error: unknown, message: string, next: string): unknown {
  if (error instanceof Failure || !(error as Thrown).$metadata) return error
  return new Failure('STACK_FAILED', { message, cause: firstLine((error as Thrown).message), next }, error)
}

function firstLine(text: string | undefined): string {
  return (text ?? '').split('\n')[0]!.trim()
}
