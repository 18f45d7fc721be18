import { existsSync } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import path from 'node:path'
import { Failure } from '../../base/failure.ts'
import { LOCKED_VERSION } from './recipe.ts'
import { runTool, type ToolOptions } from './tool.ts'

/** The oldest minor version of Python 3 that the locked packages run on. */
const OLDEST = 8
/** If `python3` is too old, a newer one may be installed under its own name. */
const NAMES = ['python3', ...[14, 13, 12, 11, 10, 9, 8].map((minor) => `python3.${minor}`)]

/** The output of `probe.py`. */
export interface Python {
  /** Such as [3, 11, 7]. */
  version: number[]
  executable: string
  /** The wheel of the pip that it came with. */
  pip?: string
  /** The module it lacks to create an environment. */
  lacks?: string
}

/** A Python that can create an environment and has a pip to fill it. Throws CLI_UNAVAILABLE: there is none, and why. */
export async function findPython(probe: string, options: ToolOptions): Promise<Python & { pip: string }> {
  const found = await pythonsOf(probe, options)
  const fit = found.find(({ pip, version }) => isRecent(version) && pip)
  if (fit?.pip) return { ...fit, pip: fit.pip }
  throw noPython(found)
}

/** A program of that name on the user's PATH. */
export async function onPath(name: string, search = ''): Promise<string | undefined> {
  for (const folder of search.split(path.delimiter).filter((one) => path.isAbsolute(one))) {
    const file = path.join(folder, name)
    const runs = await access(file, constants.X_OK).then(
      () => stat(file).then((status) => status.isFile()),
      () => false,
    )
    if (runs && !onlyOffersToInstall(file)) return file
  }
  return undefined
}

async function pythonsOf(probe: string, options: ToolOptions): Promise<Python[]> {
  const found: Python[] = []
  for (const name of NAMES) {
    const program = await onPath(name, options.environment.PATH)
    const about = program && (await ask(program, probe, options))
    if (!about) continue
    found.push(about)
    if (isRecent(about.version) && about.pip) break
  }
  return found
}

async function ask(program: string, probe: string, options: ToolOptions): Promise<Python | undefined> {
  const { code, stdout } = await runTool(program, ['-I', '-B', probe], options)
  try {
    const about = JSON.parse(stdout) as Python
    return code === 0 && Array.isArray(about.version) ? about : undefined
  } catch {
    // Not a Python (a shim of a version manager without a version): treated as missing.
    return undefined
  }
}

function isRecent([major = 0, minor = 0]: number[]): boolean {
  return major === 3 && minor >= OLDEST
}

/** Without Apple's command line tools this program opens a window that offers them, and fails. */
function onlyOffersToInstall(file: string): boolean {
  const places = ['/Library/Developer/CommandLineTools', '/Applications/Xcode.app']
  return process.platform === 'darwin' && file === '/usr/bin/python3' && !places.some(existsSync)
}

/** The failure if no Python will do, from those that were found. */
export function noPython(found: Python[]): Failure {
  const message = `dcoscli ${LOCKED_VERSION} cannot be installed without Python 3.${OLDEST} or later`
  const partial = found.find(({ lacks, version }) => isRecent(version) && lacks)
  if (partial) {
    return new Failure('CLI_UNAVAILABLE', {
      message: `dcoscli ${LOCKED_VERSION} cannot be installed: this Python cannot create environments`,
      cause: `${partial.executable} has no module ${partial.lacks}`,
      next: 'install it (on Debian and Ubuntu: apt-get install python3-venv), or uv; then npx task cli-install --force',
    })
  }
  const [old] = found
  return new Failure('CLI_UNAVAILABLE', {
    message,
    cause: old
      ? `${old.executable} is Python ${old.version.slice(0, 2).join('.')}`
      : 'there is no python3 on the PATH',
    next: 'install one, then npx task cli-install --force; or set cli.url to built-in or to a dcos binary',
  })
}
