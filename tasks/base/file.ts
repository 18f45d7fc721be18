import { chmod, type FileHandle, mkdir, open, rename, rm, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { asFailure, Failure } from './failure.ts'

/** Accessible to this user only. */
export const PRIVATE_FOLDER = 0o700
export const PRIVATE_FILE = 0o600

/**
 * Replaces the file at `file` with `data`, or leaves it as it was: a reader never gets half of it, not even after a power
 * cut. `mode` (0600 by default) applies whatever the umask is. Throws DISK.
 */
export async function writeAtomically(
  file: string,
  data: string | Uint8Array,
  { mode = PRIVATE_FILE }: { mode?: number } = {},
): Promise<void> {
  await onDisk(file, async () => {
    // The global loads node:crypto when it is used: most starts write nothing.
    const draft = `${file}.${process.pid}.${crypto.randomUUID()}.tmp`
    try {
      const handle = await open(draft, 'wx', mode)
      try {
        await handle.chmod(mode)
        await handle.writeFile(data)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await moveIntoPlace(draft, file)
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined)
      throw error
    }
  })
}

/** Renames a finished, synced draft to its name in the same folder, and makes the new name survive a power cut. */
export async function moveIntoPlace(draft: string, file: string): Promise<void> {
  await rename(draft, file)
  await syncFolder(path.dirname(file))
}

/** Creates the folder and any missing parents, accessible to this user only; an existing folder is restricted too. Throws DISK. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await onDisk(folder, async () => {
    await makeFolder(folder)
    const { mode } = await stat(folder)
    if ((mode & 0o777) !== PRIVATE_FOLDER) await chmod(folder, PRIVATE_FOLDER)
  })
}

/** Creates the folder and any missing parents, accessible to this user only. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })
  } catch (error) {
    // On a read-only disk a recursive mkdir fails with ENOENT for the folder it was to create; a plain one gives the reason.
    if (isSystemError(error) && error.code === 'ENOENT' && error.path) await mkdir(error.path)
    throw error
  }
}

/** Removes a folder and its parents below `top`, as long as they are empty. */
export async function removeEmptyFolders(folder: string, top: string): Promise<void> {
  for (let at = folder; at !== top && at.startsWith(top); at = path.dirname(at)) {
    const refused = await rmdir(at).catch((error: unknown) => error)
    if (refused && !(isSystemError(refused) && refused.code === 'ENOENT')) return
  }
}

/** Runs something that only touches the disk at `place`: a system error becomes a DISK failure that names the place. */
export async function onDisk<Value>(place: string, body: () => Promise<Value>): Promise<Value> {
  try {
    return await body()
  } catch (error) {
    throw diskFailure(place, error)
  }
}

/** The failure for a file system error at `place`; anything else thrown is returned as it is. */
export function diskFailure(place: string, error: unknown): unknown {
  if (!isSystemError(error)) return error
  const known = asFailure(error)
  const obstacle = {
    message: obstacles[error.code] ?? 'a file operation failed',
    next: 'check that path, then run the same command again',
  }
  const { message, next = obstacle.next } = known.code === 'DISK' ? known : obstacle
  return new Failure('DISK', { message: `${message}: ${place}`, cause: error.message, next }, error)
}

/** Whether this is an error of the system, with its code (errno(3)). */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return (
    error instanceof Error && 'syscall' in error && typeof (error as NodeJS.ErrnoException).code === 'string'
  )
}

/** Further file system errors (errno(3)). */
const obstacles: Record<string, string> = {
  EEXIST: 'something else is in the way',
  ENOTDIR: 'there is a file where a folder should be',
  EISDIR: 'there is a folder where a file should be',
  ENOENT: 'a folder is missing',
  ENOTEMPTY: 'a folder is not empty',
  EIO: 'the disk failed',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'a path is too long',
}

/** Folders cannot be opened on Windows, and some network file systems cannot sync them: the rename has to be enough there. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(folder, 'r')
    await handle.sync()
  } catch {
    // the file itself is synced
  } finally {
    await handle?.close()
  }
}
