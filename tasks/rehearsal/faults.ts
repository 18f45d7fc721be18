import { CALLER } from './services/sts.ts'
import type { ResourceFault } from './state/entries.ts'
import { AwsError } from './wire/errors.ts'

/**
 * What is to fail: a resource of stacks created by this process, or a call. `error` is an AWS error code, or a status such
 * as `503`; `cut` for a connection that breaks before the request arrives, `cut-reply` for one that breaks after it was accepted;
 * `crash-before` and `crash-after` for a process that is killed at these moments (SIGKILL: the caller's, or the one that serves).
 */
export type Fault =
  | ResourceFault
  | {
      call: string
      error: string
      /** How often in this process; once by default. */
      times?: number | undefined
      /** How many calls succeed before. */
      after?: number | undefined
    }

/** A broken connection, which the listener and the SDK show in their own ways. */
export class CutConnection extends Error {
  override readonly name = 'TimeoutError'
  readonly code = 'ECONNRESET'
  constructor() {
    super('socket hang up')
  }
}

/** Counts calls and decides which of them fail. */
export class CallFaults {
  private readonly left: { call: string; error: string; times: number; after: number }[]

  constructor(faults: readonly Fault[]) {
    this.left = faults
      .filter((fault) => 'call' in fault)
      .map(({ call, error, times = 1, after = 0 }) => ({ call, error, times, after }))
  }

  /** How this call is to fail, or undefined. */
  next(call: string): string | undefined {
    for (const fault of this.left) {
      if (fault.call !== call || fault.times <= 0) continue
      if (fault.after > 0) fault.after--
      else {
        fault.times--
        return fault.error
      }
    }
    return undefined
  }
}

/** Resources that are to fail. */
export function resourceFaults(faults: readonly Fault[]): ResourceFault[] {
  return faults.filter((fault) => 'resource' in fault)
}

/** An error by its code, with the text and the status of the service. */
export function errorOf(code: string, service: string, operation: string): AwsError {
  if (/^[45]\d\d$/.test(code)) {
    const status = Number(code)
    return new AwsError(
      status === 503 ? 'ServiceUnavailable' : 'InternalFailure',
      statusWords(status),
      status,
    )
  }
  switch (code) {
    case 'Throttling':
      return new AwsError(code, 'Rate exceeded', 400)
    case 'RequestLimitExceeded':
      return new AwsError(code, 'Request limit exceeded.', 503)
    case 'SlowDown':
      return new AwsError(code, 'Please reduce your request rate.', 503)
    case 'ExpiredToken':
    case 'RequestExpired':
      if (service === 'ec2') return new AwsError('RequestExpired', 'Request has expired.', 400)
      if (service === 's3') return new AwsError('ExpiredToken', 'The provided token has expired.', 400)
      return new AwsError('ExpiredToken', 'The security token included in the request is expired', 403)
    case 'InvalidClientTokenId':
      if (service === 'ec2') {
        const message = 'AWS was not able to validate the provided access credentials'
        return new AwsError('AuthFailure', message, 401)
      }
      if (service === 's3') {
        const message = 'The AWS Access Key Id you provided does not exist in our records.'
        return new AwsError('InvalidAccessKeyId', message, 403)
      }
      return new AwsError(code, 'The security token included in the request is invalid.', 403)
    case 'AccessDenied':
      if (service === 'ec2') {
        return new AwsError(
          'UnauthorizedOperation',
          `You are not authorized to perform this operation. User: ${CALLER} is not authorized to perform: ec2:${operation} because no identity-based policy allows the ec2:${operation} action`,
          403,
        )
      }
      return new AwsError(
        'AccessDenied',
        `User: ${CALLER} is not authorized to perform: ${service}:${operation} because no identity-based policy allows the ${service}:${operation} action`,
        403,
      )
    default:
      return new AwsError(code, code, 400)
  }
}

function statusWords(status: number): string {
  return status === 503
    ? 'Service is unable to handle request.'
    : 'The request processing has failed because of an unknown error, exception or failure.'
}
