import { randomUUID } from 'node:crypto'
import { access, constants, readdir, readFile, realpath, rm } from 'node:fs/promises'
import path from 'node:path'
import { isSystemError, onDisk, writeAtomically } from '../../base/file.ts'
import type { Recipe } from './recipe.ts'

// `<cli folder>/<digest of the recipe>/` holds an environment in a folder with a fresh name, and `installed.json`, which
// names it and is written last: an interrupted installation is never used, and the current one stays until there is
// another. An environment is found by files alone, without Python or the network.

const MARKER = 'installed.json'
const NOTE = 'not-installed.json'
const ENVIRONMENT = 'python-'
const SCRATCH = 'scratch-'

/** An installed dcoscli. */
export interface Installed {
  /** The program to run. */
  path: string
  version: string
  /** Of Python, such as 3.11. */
  python: string
}

interface Marker {
  /** The environment's folder. */
  name: string
  version: string
  python: string
  /** The program that the environment's Python linked to. */
  executable: string
}

/** Where the environments of a recipe are, in the folder that all clusters share. */
export function placeOf(cliFolder: string, recipe: Recipe): string {
  return path.join(cliFolder, recipe.digest)
}

/** The path of a new environment, which the caller creates. */
export function newEnvironment(place: string): string {
  return path.join(place, `${ENVIRONMENT}${randomUUID().slice(0, 8)}`)
}

/** A folder for temporary files, also with a fresh name: the children of a killed run may still be writing to the last one. */
export function newScratch(place: string): string {
  return path.join(place, `${SCRATCH}${randomUUID().slice(0, 8)}`)
}

/** The installed dcoscli; undefined if there is none, or if the Python that it ran on is gone. */
export async function findInstalled(place: string): Promise<Installed | undefined> {
  const marker = await readJson<Marker>(path.join(place, MARKER))
  if (!marker?.name || !marker.python || !marker.version) return undefined
  const program = path.join(place, marker.name, 'dcos')
  try {
    await access(program, constants.X_OK)
    const executable = await realpath(path.join(place, marker.name, 'bin/python3'))
    // A newer patch of the same Python will do, another minor version looks for packages elsewhere.
    const same = executable === marker.executable || path.basename(executable) === `python${marker.python}`
    return same ? { path: program, version: marker.version, python: marker.python } : undefined
  } catch (error) {
    if (isSystemError(error)) return undefined
    throw error
  }
}

/** Makes this environment the current one; removes the others, and the record of a failure. Throws DISK. */
export async function choose(place: string, environment: string, version: string): Promise<Installed> {
  const python = await pythonVersion(environment)
  const executable = await onDisk(environment, () => realpath(path.join(environment, 'bin/python3')))
  const marker: Marker = { name: path.basename(environment), version, python, executable }
  await writeAtomically(path.join(place, MARKER), `${JSON.stringify(marker, null, 2)}\n`)
  await onDisk(place, () => rm(path.join(place, NOTE), { force: true }))
  await sweep(place)
  return { path: path.join(environment, 'dcos'), version, python }
}

/** Removes the environments that are not the current one, and temporary files. Only for the holder of the lock. */
export async function sweep(place: string): Promise<void> {
  const chosen = (await readJson<Marker>(path.join(place, MARKER)))?.name
  const names = await readdir(place).catch(() => [])
  const ours = names.filter((name) => name.startsWith(ENVIRONMENT) || name.startsWith(SCRATCH))
  for (const name of ours.filter((one) => one !== chosen)) {
    // The pip of a killed run may still be writing there: the next one tries again.
    await rm(path.join(place, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)
  }
}

/** Why dcoscli could not be installed, if that failed and the built-in client is used instead. */
export async function readNote(place: string): Promise<string | undefined> {
  const note = await readJson<{ why: unknown }>(path.join(place, NOTE))
  return typeof note?.why === 'string' ? note.why : undefined
}

/** Records why, so that not every run tries again. Throws DISK. */
export async function writeNote(place: string, why: string): Promise<void> {
  await writeAtomically(path.join(place, NOTE), `${JSON.stringify({ why }, null, 2)}\n`)
}

/** From pyvenv.cfg: venv writes `version = 3.11.7`, uv `version_info = 3.11.7`. */
async function pythonVersion(environment: string): Promise<string> {
  const file = path.join(environment, 'pyvenv.cfg')
  const text = await onDisk(file, () => readFile(file, 'utf8'))
  return /^version(?:_info)? *= *(\d+\.\d+)/m.exec(text)?.[1] ?? ''
}

/** The content of a file; undefined if it is missing or incomplete. */
async function readJson<Content>(file: string): Promise<Partial<Content> | undefined> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) ?? undefined) as Partial<Content> | undefined
  } catch (error) {
    if (isSystemError(error) || error instanceof SyntaxError) return undefined
    throw error
  }
}
