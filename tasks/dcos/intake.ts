import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { isSystemError } from '../base/file.ts'
import { HEAD_BYTES } from './executable.ts'

/** What arrived. */
export interface Transferred {
  sha256: string
  bytes: number
  /** The first bytes, for `recognise`. */
  head: Buffer
}

/** A failed attempt; a `passing` one may succeed if it is repeated. */
export class TryFailed extends Error {
  readonly passing: boolean
  constructor(message: string, passing: boolean) {
    super(message)
    this.passing = passing
  }
}

/** Counts and hashes the data, and keeps its first bytes. */
export class Intake {
  bytes = 0
  judged = false
  readonly #hash = createHash('sha256')
  readonly #first: Buffer[] = []

  take(piece: Buffer): void {
    if (this.bytes < HEAD_BYTES) this.#first.push(Buffer.from(piece.subarray(0, HEAD_BYTES)))
    this.bytes += piece.length
    this.#hash.update(piece)
  }

  head(): Buffer {
    return Buffer.concat(this.#first).subarray(0, HEAD_BYTES)
  }

  finish(): Transferred {
    return { sha256: this.#hash.digest('hex'), bytes: this.bytes, head: this.head() }
  }
}

/** The sha256 of a local file, and its first bytes. Throws TryFailed if it cannot be read. */
export async function readLocal(
  file: string,
  each?: (piece: Buffer, total: number) => Promise<void>,
): Promise<Transferred> {
  try {
    const status = await stat(file)
    if (!status.isFile()) throw new TryFailed('it is not a file', false)
    const intake = new Intake()
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
      intake.take(piece as Buffer)
      await each?.(piece as Buffer, status.size)
    }
    return intake.finish()
  } catch (error) {
    throw isSystemError(error) ? new TryFailed(error.message, false) : error
  }
}
