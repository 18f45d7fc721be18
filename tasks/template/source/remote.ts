import { Failure } from '../../base/failure.ts'
import type { Kept } from './kept.ts'

/** What the reading of templates needs of the world beyond this machine. It knows no AWS client and no way to download. */
export interface Remote {
  /** The copies kept of what was fetched. */
  kept: Kept
  /** The content of an object. Throws Unavailable, or a Failure that is none of the template's (no credentials …). */
  fetchS3(bucket: string, key: string): Promise<Buffer>
  /** What an https:// URL (or http:// on this machine) leads to. Throws Unavailable. */
  fetchWeb(url: URL): Promise<Buffer>
  /** Says something to the user that is no failure. */
  log(message: string): void
}

/** A template cannot be fetched from where it should be; the message says why. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

/** The failure for a template that cannot be had. */
export function unreadable(source: string, cause: string, next: string): Failure {
  return new Failure('TEMPLATE_UNREADABLE', { message: `the template ${source} cannot be read`, cause, next })
}
