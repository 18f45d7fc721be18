import { open } from 'node:fs/promises'
import { Failure } from './failure.ts'
import { isSystemError, onDisk, writeAtomically } from './file.ts'

/** The mark of a file we wrote is in its first bytes. */
const HEAD_BYTES = 4096
const READABLE = 0o644

/**
 * Writes a file that the user named, without overwriting one that we did not write: ours contain `mark` near the
 * beginning. `force` overwrites it anyway. Throws USAGE, DISK.
 */
export async function writeOwnFile(
  file: string,
  text: string,
  { force, mark, mode = READABLE }: { force: boolean; mark: string; mode?: number },
): Promise<void> {
  const there = force ? undefined : await onDisk(file, () => headOf(file))
  if (there !== undefined && there !== '' && !there.includes(mark))
    throw new Failure('USAGE', {
      message: `${file} already exists, with other content`,
      next: 'name another file, or overwrite it with -f',
    })
  await writeAtomically(file, text, { mode })
}

async function headOf(file: string): Promise<string | undefined> {
  try {
    const handle = await open(file, 'r')
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined
    throw error
  }
}
