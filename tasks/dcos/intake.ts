import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { isSystemError } from '../base/file.ts'
import { HEAD_BYTES } from './executable.ts'

/** What arrived. */
export interface Transferred {
  sha256: string
  bytes: number
  /** The first bytes, by which `recognise` judges. */
  head: Buffer
}

/** A try that failed; a `passing` one may succeed if it is repeated. */
export class TryFailed extends Error {
  readonly passing: boolean
  constructor(message: string, passing: boolean) {
    super(message)
    this.passing = passing
  }
}

/** Counts and hashes what comes in, and keeps how it begins. */
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

/** The sha256 of a local file, and how it begins. Throws TryFailed for what cannot be read. */
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
