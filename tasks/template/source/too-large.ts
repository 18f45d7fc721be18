import { Failure } from '../../base/failure.ts'

/**
 * Far above the largest template that AWS accepts, as white space may be removed from it. Larger files are not read at all.
 */
export const MAX_READ_BYTES = 16 * 1024 * 1024

/** The failure for a file that is too large to be read; `bytes` is its size, as far as known. */
export function tooLarge(source: string, bytes: number): Failure {
  return new Failure('TEMPLATE_TOO_LARGE', {
    message: `the template ${source} has ${bytes} bytes${bytes === MAX_READ_BYTES ? ' or more' : ''}`,
    cause: 'CloudFormation accepts templates of at most 1 MB',
    next: 'name a template of at most 1 MB',
  })
}
