import { mkdir, readdir, readFile, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Clock } from './clock.ts'
import { Failure } from './failure.ts'
import { isSystemError, makeFolder, onDisk, PRIVATE_FILE, PRIVATE_FOLDER } from './file.ts'
import { isDead, type ProcessIdentity, self } from './process-identity.ts'

// A lock is a folder with one file in it, which names the holder. To take it, a process renames a folder that already
// contains its own file to the lock's name: rename(2) succeeds, atomically, only if nothing or an empty folder is there.
// To release it, or to clear a dead holder, that file is removed. Its name is unique to the holder, so a late removal
// can never hit the next holder, and no second lock is needed to guard it.

/** Who holds a lock. */
export interface Holder extends ProcessIdentity {
  /** What it is doing, in the user's words: `task bootstrap`. */
  holder: string
  /** When it took the lock, ISO 8601. */
  since: string
}

export interface LockOptions {
  clock: Clock
  /** How long to wait for another holder, in milliseconds on that clock; 0 (the default) tries once. */
  wait?: number
  signal?: AbortSignal
  /** Called once, if it has to wait. */
  waiting?: (holder: Holder | undefined) => void
}

export interface Lock {
  /** Releases it; calling it twice is harmless. A holder that dies is cleared by the next process that wants the lock. */
  release(): Promise<void>
}

/** Between two checks of a held lock, in milliseconds on the caller's clock. */
const FIRST_LOOK = 10
const LAST_LOOK = 250
/** A draft of a lock lives for milliseconds: one this old was left by a killed process. In real milliseconds. */
const DRAFT_AGE = 60_000
/** Attempts to create a draft whose folder keeps vanishing: this many in a row are no coincidence. */
const MOST_DRAFTS = 100

/** Runs `body` as the only holder of the lock at `place`, on this machine and on others that share the disk. */
export async function withLock<Value>(
  place: string,
  holder: string,
  options: LockOptions,
  body: () => Promise<Value>,
): Promise<Value> {
  const lock = await acquire(place, holder, options)
  try {
    return await body()
  } finally {
    await lock.release()
  }
}

/** Takes the lock at `place`. Throws LOCKED, naming the holder, when the wait is over, and DISK. */
export async function acquire(place: string, holder: string, options: LockOptions): Promise<Lock> {
  const { clock, wait = 0, signal, waiting } = options
  const deadline = clock.now() + wait
  const name = `${process.pid}-${crypto.randomUUID()}`
  let told = false
  for (let look = FIRST_LOOK; ; look = Math.min(look * 1.5, LAST_LOOK)) {
    signal?.throwIfAborted()
    if (await onDisk(place, () => take(place, name, holder))) return lockAt(place, name)
    const other = await onDisk(place, () => clearTheDead(place))
    if (other === 'free') continue
    if (clock.now() >= deadline) throw locked(place, other)
    if (!told) waiting?.(other)
    told = true
    await clock.sleep(Math.min(look, Math.max(deadline - clock.now(), 1)), signal)
  }
}

/** One try: true if the lock is ours. */
async function take(place: string, name: string, holder: string): Promise<boolean> {
  if ((await holdersIn(place)).length > 0) return false
  await sweepDrafts(place)
  const draft = `${place}.${name}`
  const words: Holder = { ...(await self()), holder, since: new Date().toISOString() }
  await makeDraft(draft)
  try {
    await writeFile(path.join(draft, name), `${JSON.stringify(words, null, 2)}\n`, { mode: PRIVATE_FILE })
    await rename(draft, place)
    return true
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // ENOTEMPTY or EEXIST: another process was faster. ENOENT: our draft was swept.
    if (isSystemError(error) && ['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(error.code)) return false
    throw error
  }
}

/** Another run that ends may remove the empty folder at this moment: then it is created again. */
async function makeDraft(draft: string): Promise<void> {
  for (let tries = MOST_DRAFTS; ; tries--) {
    try {
      await makeFolder(path.dirname(draft))
      return await mkdir(draft, { mode: PRIVATE_FOLDER })
    } catch (error) {
      if (tries === 1 || !isSystemError(error) || !['ENOENT', 'EEXIST'].includes(error.code)) throw error
    }
  }
}

function lockAt(place: string, name: string): Lock {
  return { release: () => onDisk(place, () => clear(place, name)) }
}

/** Removes one holder's file; the folder too, unless another process has taken the lock meanwhile. */
async function clear(place: string, name: string): Promise<void> {
  await unlink(path.join(place, name)).catch(unless('ENOENT'))
  await rmdir(place).catch(unless('ENOENT', 'ENOTEMPTY', 'EEXIST'))
}

/** Clears dead holders. Returns the living one, or 'free' if the lock can be tried again. */
async function clearTheDead(place: string): Promise<Holder | undefined | 'free'> {
  let living: Holder | undefined | 'free' = 'free'
  for (const name of await holdersIn(place)) {
    const text = await readFile(path.join(place, name), 'utf8').catch(unless('ENOENT'))
    if (text === undefined) continue
    const other = parse(text)
    // An incomplete file is due to a power failure, as it is written before it can be seen here.
    if (other === undefined || (await isDead(other))) await clear(place, name)
    else living = other
  }
  return living
}

async function holdersIn(place: string): Promise<string[]> {
  return (await readdir(place).catch(unless('ENOENT'))) ?? []
}

async function sweepDrafts(place: string): Promise<void> {
  const folder = path.dirname(place)
  const prefix = `${path.basename(place)}.`
  for (const name of await holdersIn(folder)) {
    if (!name.startsWith(prefix) || !/^\d+-[0-9a-f-]{36}$/.test(name.slice(prefix.length))) continue
    const draft = path.join(folder, name)
    const status = await stat(draft).catch(unless('ENOENT'))
    if (status && Date.now() - status.mtimeMs > DRAFT_AGE) await rm(draft, { recursive: true, force: true })
  }
}

function parse(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null
    return typeof value?.pid === 'number' && typeof value.host === 'string' ? (value as Holder) : undefined
  } catch {
    return undefined
  }
}

function locked(place: string, other: Holder | undefined): Failure {
  const who = other
    ? `process ${other.pid} on ${other.host} (${other.holder}), since ${other.since}`
    : 'another process'
  return new Failure('LOCKED', {
    message: `another run holds ${path.basename(place)}`,
    cause: `it is held by ${who}`,
    next: `wait until it is done, or end it; if that machine is gone for good, remove ${place}`,
  })
}

/** For `catch`: undefined instead of an error with one of these codes. */
function unless(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (isSystemError(error) && codes.includes(error.code)) return undefined
    throw error
  }
}
