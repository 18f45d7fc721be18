import { Failure } from '../../base/failure.ts'
import type { Kept } from './kept.ts'

/** What is needed to read templates that are not on this machine. Independent of AWS clients and of how downloads work. */
export interface Remote {
  /** The kept copies of fetched templates. */
  kept: Kept
  /** The content of an object. Throws Unavailable, or a Failure that is not about the template (no credentials …). */
  fetchS3(bucket: string, key: string): Promise<Buffer>
  /** The content of an https:// URL (or http:// on this machine). Throws Unavailable. */
  fetchWeb(url: URL): Promise<Buffer>
  /** Logs a message for the user. */
  log(message: string): void
}

/** A template cannot be fetched from where it should be; the message says why. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

/** The failure for a template that cannot be read. */
export function unreadable(source: string, cause: string, next: string): Failure {
  return new Failure('TEMPLATE_UNREADABLE', { message: `the template ${source} cannot be read`, cause, next })
}
