import type { Xml } from './xml.ts'
import { document } from './xml.ts'

/** An error in AWS's form, with AWS's own code and text, since clients match on them. */
export class AwsError extends Error {
  override readonly name = 'AwsError'
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    /** S3 names the bucket or key in further elements. */
    readonly detail: Record<string, string> = {},
  ) {
    super(message)
  }
}

/** CloudFormation's code for nearly everything that is wrong with a request. */
export function validation(message: string): AwsError {
  return new AwsError('ValidationError', message)
}

/** How each protocol wraps an error. */
export function errorDocument(protocol: 'query' | 'ec2' | 's3', error: AwsError, requestId: string): string {
  const fault: Xml = { Code: error.code, Message: error.message, ...error.detail }
  if (protocol === 'ec2') return document('Response', { Errors: { Error: fault }, RequestID: requestId })
  if (protocol === 's3') return document('Error', { ...fault, RequestId: requestId, HostId: requestId })
  const type = error.status >= 500 ? 'Receiver' : 'Sender'
  return document('ErrorResponse', { Error: { Type: type, ...fault }, RequestId: requestId })
}
