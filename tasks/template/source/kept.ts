import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { makePrivateFolder, writeAtomically } from '../../base/file.ts'

/** SHA-256 in hex. */
export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Copies of fetched templates, each in a file named by its SHA-256, and the last one of each address. */
export class Kept {
  constructor(readonly folder: string) {}

  /** The copy with this hash; undefined if there is none, or if its content does not match. */
  async find(sha256: string): Promise<Buffer | undefined> {
    const content = await readFile(this.file(sha256)).catch(() => undefined)
    return content && sha256Of(content) === sha256 ? content : undefined
  }

  /** Keeps a copy, and returns its hash. Throws DISK. */
  async keep(content: Buffer): Promise<string> {
    const sha256 = sha256Of(content)
    if (await this.find(sha256)) return sha256
    await makePrivateFolder(this.folder)
    await writeAtomically(this.file(sha256), content)
    return sha256
  }

  /** Keeps the content of an address. Throws DISK. */
  async keepAs(address: string, content: Buffer): Promise<void> {
    const sha256 = await this.keep(content)
    const note = this.#note(address)
    if ((await readFile(note, 'utf8').catch(() => '')) !== sha256) await writeAtomically(note, sha256)
  }

  /** The last content of an address, and since when it has been that. */
  async last(address: string): Promise<{ content: Buffer; sha256: string; since: Date } | undefined> {
    try {
      const note = this.#note(address)
      const sha256 = await readFile(note, 'utf8')
      const content = /^[0-9a-f]{64}$/.test(sha256) ? await this.find(sha256) : undefined
      return content && { content, sha256, since: (await stat(note)).mtime }
    } catch {
      return undefined
    }
  }

  file(sha256: string): string {
    return path.join(this.folder, sha256)
  }

  /** Named by a hash, as an address can contain a secret and any character. */
  #note(address: string): string {
    return path.join(this.folder, `${sha256Of(address)}.last`)
  }
}
