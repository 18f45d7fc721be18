import { Failure } from '../../base/failure.ts'

/**
 * Far above the largest template that AWS takes, for white space may be removed from it: larger files are not read at all.
 */
export const MAX_READ_BYTES = 16 * 1024 * 1024

/** The refusal of a file that is too large to be looked at; `bytes` is what is known of its size. */
export function tooLarge(source: string, bytes: number): Failure {
  return new Failure('TEMPLATE_TOO_LARGE', {
    message: `the template ${source} has ${bytes} bytes${bytes === MAX_READ_BYTES ? ' or more' : ''}`,
    cause: 'CloudFormation takes no template of more than 1 MB',
    next: 'name a template of at most 1 MB',
  })
}
