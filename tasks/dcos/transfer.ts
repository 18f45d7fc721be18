import { type FileHandle, open } from 'node:fs/promises'
import { type Clock, realClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { onDisk } from '../base/file.ts'
import { type DownloadOptions, download } from './download.ts'
import { readLocal, type Transferred, TryFailed } from './intake.ts'
import { named, type Source } from './pin.ts'

/** How a pinned file is fetched; `progress` begins again with each try. */
export interface TransferOptions extends Omit<DownloadOptions, 'clock'> {
  /** For deadlines and pauses. Real time unless a test sets another: a rehearsal downloads for real. */
  clock?: Clock | undefined
}

/** Pauses before further attempts, in milliseconds. */
const PAUSES = [1_000, 2_000, 4_000]

/**
 * Copies what `source` names to the file `draft`, in pieces, and syncs it. A temporary failure (5xx, a cut or stalled
 * connection) is retried three times. Throws CLI_UNAVAILABLE, DISK, or the signal's reason.
 */
export async function transfer(
  source: Source,
  draft: string,
  options: TransferOptions,
): Promise<Transferred> {
  const { signal, clock = realClock } = options
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted()
    const handle = await onDisk(draft, () => open(draft, 'w', 0o600))
    try {
      const arrived = await ('file' in source.from
        ? copy(source.from.file, handle, draft, options)
        : download(source.from.url, handle, draft, { ...options, clock }))
      await onDisk(draft, () => handle.sync())
      return arrived
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof TryFailed)) throw error
      const pause = error.passing ? PAUSES[tries - 1] : undefined
      if (pause === undefined)
        throw unavailable(source, tries > 1 ? `${error.message} (${tries} tries)` : error.message)
      await clock.sleep(pause, signal)
    } finally {
      await handle.close()
    }
  }
}

/** The failure for a source that cannot be fetched. */
export function unavailable(source: Source, cause: string): Failure {
  const { what, key } = named[source.kind]
  const dead = 'url' in source.from && /^downloads\.(dcos|mesosphere)\./.test(source.from.url.hostname)
  const epitaph = dead ? '; the vendor closed its downloads after DC/OS ended in 2021' : ''
  return new Failure('CLI_UNAVAILABLE', {
    message: `${what} cannot be fetched from ${source.place}`,
    cause: `${cause}${epitaph}`,
    next: `set ${key} to where it is available: a path, file:// or https://${source.kind === 'cli' ? '; or to auto, which is dcoscli from PyPI' : ''}`,
  })
}

/** `readLocal`, with the failure for the user. */
export async function readSource(source: Source, file: string): Promise<Transferred> {
  return readLocal(file).catch((error) => {
    throw error instanceof TryFailed ? unavailable(source, error.message) : error
  })
}

async function copy(
  file: string,
  handle: FileHandle,
  draft: string,
  options: TransferOptions,
): Promise<Transferred> {
  let bytes = 0
  return readLocal(file, async (piece, total) => {
    options.signal.throwIfAborted()
    await onDisk(draft, () => handle.writeFile(piece))
    bytes += piece.length
    options.progress?.(bytes, total)
  })
}
