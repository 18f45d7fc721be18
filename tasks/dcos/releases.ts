import { access, chmod, constants, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { realClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { isSystemError, makePrivateFolder, moveIntoPlace, onDisk, writeAtomically } from '../base/file.ts'
import { withLock } from '../base/lock.ts'
import { describe, mismatch, recognise } from './executable.ts'
import { readLocal, type Transferred } from './intake.ts'
import { type Kind, named, type Pin, type Source, sourceOf } from './pin.ts'
import { readSource, type TransferOptions, transfer, unavailable } from './transfer.ts'

// A pinned file is kept in `<folder>/<sha256>/`: clusters with the same pin share it, and a changed pin is another file.

/** A pinned file that exists and matches its hash. */
export interface Stored {
  path: string
  sha256: string
  bytes: number
}

export interface Installed extends Stored {
  /** As the binary itself reports it. */
  version: string
}

/** The machine that has to run a binary, as Node names it. */
export interface Machine {
  platform: NodeJS.Platform
  arch: string
}

const fileNames: Record<Kind, string> = { cli: 'dcos', plugin: 'plugin.zip' }
/** The suffix of unfinished files; the holder of the lock may remove them. */
const DRAFT = '.part'
/** How long another process may take for the same download, in milliseconds. */
const LONGEST_WAIT = 30 * 60_000

/**
 * Checks a pin as far as possible without the network, so that it comes before anything that costs money: the form of
 * the hash; that a local file exists, matches its hash and runs on this machine. With `folder`, a file that is
 * stored there already is fine, wherever it came from. Throws CLI_HASH, CLI_UNAVAILABLE, CLI_NOT_EXECUTABLE.
 */
export async function judgeLocally(
  pin: Pin,
  folder?: string,
  kind: Kind = 'cli',
  machine: Machine = process,
): Promise<void> {
  const source = sourceOf(pin, kind)
  if (!('file' in source.from)) return
  if (folder && source.sha256 && (await stored(folder, source.sha256, kind))) return
  judge(source, await readSource(source, source.from.file), machine)
}

/** The installed CLI, if it exists, is executable, and still matches its hash (it is read again each time). */
export async function installedCli(folder: string, pin: Pin): Promise<Installed | undefined> {
  const source = sourceOf(pin, 'cli')
  const sha256 = await hashOf(source).catch(() => undefined)
  const found = sha256 && (await stored(folder, sha256, 'cli'))
  return found ? withVersion(found) : undefined
}

/**
 * Installs the CLI: fetched, verified, tried out, and only then put into place. Nothing is fetched twice, not even by two
 * processes at once. Throws CLI_UNAVAILABLE, CLI_HASH, CLI_NOT_EXECUTABLE, DISK, LOCKED, or the signal's reason.
 */
export async function installCli(folder: string, pin: Pin, options: TransferOptions): Promise<Installed> {
  return put(folder, sourceOf(pin, 'cli'), options, async (source, place, sha256) => {
    const found = await stored(folder, sha256, 'cli')
    const installed = found && (await withVersion(found))
    if (installed) return installed
    const file = path.join(place, fileNames.cli)
    // A file that lacks only its mode or its version is not fetched again.
    const intact = (await readLocal(file).catch(() => undefined))?.sha256 === sha256
    const draft = intact ? file : `${file}${DRAFT}`
    if (!intact) await fetchVerified(source, sha256, draft, options)
    await onDisk(draft, () => chmod(draft, 0o755))
    const version = await tryOut(source, draft, place, options)
    await writeAtomically(path.join(place, 'version'), `${version}\n`)
    if (!intact) await onDisk(file, () => moveIntoPlace(draft, file))
    const { size } = await onDisk(file, () => stat(file))
    return { path: file, sha256, bytes: size, version }
  })
}

/** The stored zip of a plugin, if it exists and still matches its hash. */
export async function storedPlugin(folder: string, pin: Pin): Promise<Stored | undefined> {
  const sha256 = await hashOf(sourceOf(pin, 'plugin')).catch(() => undefined)
  return sha256 === undefined ? undefined : stored(folder, sha256, 'plugin')
}

/** Stores the zip of a plugin as `installCli` stores the CLI; `cluster setup` then adds it. Throws the same. */
export async function storePlugin(folder: string, pin: Pin, options: TransferOptions): Promise<Stored> {
  return put(folder, sourceOf(pin, 'plugin'), options, async (source, place, sha256) => {
    const found = await stored(folder, sha256, 'plugin')
    if (found) return found
    const file = path.join(place, fileNames.plugin)
    const { bytes } = await fetchVerified(source, sha256, `${file}${DRAFT}`, options)
    await onDisk(file, () => moveIntoPlace(`${file}${DRAFT}`, file))
    return { path: file, sha256, bytes }
  })
}

/** Runs `body` with exclusive use of the folder of this hash, cleared of what an interrupted run left. */
async function put<Result>(
  folder: string,
  source: Source,
  options: TransferOptions,
  body: (source: Source, place: string, sha256: string) => Promise<Result>,
): Promise<Result> {
  const { clock = realClock, signal } = options
  const sha256 = await hashOf(source)
  const place = path.join(folder, sha256)
  await makePrivateFolder(folder)
  const lock = { clock, signal, wait: LONGEST_WAIT }
  return withLock(`${place}.lock`, `fetching ${named[source.kind].what}`, lock, async () => {
    await makePrivateFolder(place)
    await sweep(place)
    try {
      return await body(source, place, sha256)
    } finally {
      await sweep(place)
      // A rejected file does not even leave its folder.
      await rmdir(place).catch(() => undefined)
    }
  })
}

async function sweep(place: string): Promise<void> {
  await onDisk(place, async () => {
    for (const name of await readdir(place)) {
      if (name.endsWith(DRAFT)) await rm(path.join(place, name), { recursive: true, force: true })
    }
  })
}

/** The pinned hash; for a local file without one, the hash of its content now. */
async function hashOf(source: Source): Promise<string> {
  if (source.sha256 !== undefined) return source.sha256
  if (!('file' in source.from)) throw new Error('a URL without a hash is refused beforehand')
  return (await readSource(source, source.from.file)).sha256
}

async function stored(folder: string, sha256: string, kind: Kind): Promise<Stored | undefined> {
  const file = path.join(folder, sha256, fileNames[kind])
  try {
    if (kind === 'cli') await access(file, constants.X_OK)
    const found = await readLocal(file)
    return found.sha256 === sha256 ? { path: file, sha256, bytes: found.bytes } : undefined
  } catch {
    return undefined
  }
}

/** The version is kept next to the binary: running the binary each time takes longer than reading it. */
async function withVersion(found: Stored): Promise<Installed | undefined> {
  try {
    const version = (await readFile(path.join(path.dirname(found.path), 'version'), 'utf8')).trim()
    return version ? { ...found, version } : undefined
  } catch (error) {
    if (isSystemError(error)) return undefined
    throw error
  }
}

async function fetchVerified(
  source: Source,
  sha256: string,
  draft: string,
  options: TransferOptions,
): Promise<Transferred> {
  const arrived = await transfer(source, draft, options)
  judge({ ...source, sha256 }, arrived, process)
  return arrived
}

/** Checks what was read from a source, the hash first. Throws CLI_HASH, CLI_UNAVAILABLE, CLI_NOT_EXECUTABLE. */
function judge(source: Source, arrived: Transferred, machine: Machine): void {
  const { what, key } = named[source.kind]
  const content = recognise(arrived.head)
  if (source.sha256 !== undefined && arrived.sha256 !== source.sha256) {
    throw new Failure('CLI_HASH', {
      message: `${what} from ${source.place} does not match its sha256`,
      cause: `expected ${source.sha256}, got ${arrived.sha256} (${arrived.bytes} bytes: ${describe(content)})`,
      next: `point ${key} at the file you trust; only if it is this one, set its sha256 to the one it has`,
    })
  }
  if (source.kind === 'plugin') {
    if (content.kind !== 'zip') throw unavailable(source, `it is not a zip archive but ${describe(content)}`)
    return
  }
  if (content.kind !== 'program')
    throw notExecutable(source.place, `it is not a binary but ${describe(content)}`)
  const obstacle = mismatch(content, machine.platform, machine.arch)
  if (obstacle) throw notExecutable(source.place, obstacle)
}

async function tryOut(
  source: Source,
  file: string,
  place: string,
  options: TransferOptions,
): Promise<string> {
  const { askVersion } = await import('./command.ts')
  const home = path.join(place, `home${DRAFT}`)
  await makePrivateFolder(home)
  const { clock = realClock, signal } = options
  const answer = await askVersion(file, home, { clock, signal })
  if (answer.version === undefined) throw notExecutable(source.place, answer.cause)
  return answer.version
}

function notExecutable(place: string, cause: string): Failure {
  return new Failure('CLI_NOT_EXECUTABLE', {
    message: `the dcos CLI from ${place} cannot be executed here`,
    cause,
    next: `set ${named.cli.key} to a dcos binary for this machine, or to auto or built-in`,
  })
}
