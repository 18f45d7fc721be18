import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Templates and objects, each kept once under the SHA-256 of its bytes, so that the log holds only their names. */
export class Blobs {
  private readonly folder: string

  constructor(folder: string) {
    this.folder = path.join(folder, 'blobs')
  }

  /** Stores the bytes and returns their name. Atomic: written to another file, then renamed. */
  put(bytes: string | Uint8Array): string {
    const name = createHash('sha256').update(bytes).digest('hex')
    const file = path.join(this.folder, name)
    if (!existsSync(file)) {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 })
      const aside = `${file}.${randomUUID()}`
      try {
        writeFileSync(aside, bytes, { mode: 0o600 })
        renameSync(aside, file)
      } catch (error) {
        rmSync(aside, { force: true })
        throw error
      }
    }
    return name
  }

  get(name: string): Buffer {
    return readFileSync(path.join(this.folder, name))
  }
}
