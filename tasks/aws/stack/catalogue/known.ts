import type { During } from '../cause.ts'

/** A failure, as the catalogue looks at it. */
export interface Clue {
  /** What AWS said, on one line, with its error codes. */
  reason: string
  type: string
  logicalId: string
  /** Empty where there is none yet. */
  physicalId: string
  region: string
  during: During
  /** The line that goes on once the cause is fixed. */
  again: string
  /** Signals of the resource's instances, as far as they are known. */
  signals: { received: number | undefined; expected: number | undefined; failed: string[] }
  /** What was under way and given up because of it, the longest first. */
  givenUp: string[]
  /** What a denial was about, where its encoded message could be decoded. */
  denied: { action: string; resource: string; explicit: boolean } | undefined
}

/** A cause that is known: how AWS words it, and what a user can do. */
export interface Known {
  /** Stays the same, so that scripts can match on it. */
  id: string
  /** Only for resources of these types. */
  types?: RegExp
  words: RegExp
  /** In one line without a full stop, best with the line to run. */
  advice(match: RegExpExecArray, clue: Clue): string
}
