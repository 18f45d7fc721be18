import type { During } from '../cause.ts'

/** A failure, as the catalogue sees it. */
export interface Clue {
  /** AWS's reason, on one line, with its error codes. */
  reason: string
  type: string
  logicalId: string
  /** Empty if there is none yet. */
  physicalId: string
  region: string
  during: During
  /** The command to run once the cause is fixed. */
  again: string
  /** Signals of the resource's instances, as far as they are known. */
  signals: { received: number | undefined; expected: number | undefined; failed: string[] }
  /** What was in progress and cancelled because of it, the longest first. */
  givenUp: string[]
  /** What was denied, if the encoded message could be decoded. */
  denied: { action: string; resource: string; explicit: boolean } | undefined
}

/** A known cause: how AWS words it, and what a user can do. */
export interface Known {
  /** Stays the same, so that scripts can match on it. */
  id: string
  /** Only for resources of these types. */
  types?: RegExp
  words: RegExp
  /** In one line without a full stop, best with the line to run. */
  advice(match: RegExpExecArray, clue: Clue): string
}
