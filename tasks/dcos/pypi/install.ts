import { chmod, copyFile, mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { realClock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { makePrivateFolder, onDisk } from '../../base/file.ts'
import { withLock } from '../../base/lock.ts'
import { askVersion } from '../command.ts'
import {
  choose,
  findInstalled,
  type Installed,
  newEnvironment,
  newScratch,
  placeOf,
  sweep,
  writeNote,
} from './environment.ts'
import { isForPipAlone } from './index.ts'
import { findPython, onPath, type Python } from './python.ts'
import { LAUNCHER, LOCKED_VERSION, type Recipe, SOURCES, START, WHEELS } from './recipe.ts'
import { installRefused } from './refusal.ts'
import { runTool, type ToolOptions, toolEnvironment } from './tool.ts'

/** How long to wait for another process that does the same, in milliseconds. */
const LONGEST_WAIT = 30 * 60_000
/** What everyday use does not import is not compiled in advance. */
const UNCOMPILED = 'pygments/(lexers|styles|formatters)/|setuptools|pkg_resources|_distutils_hack|/tests?/'
/** For every package: verify its hash, install no dependency that is not in the lock. */
const LOCKED = ['--require-hashes', '--no-deps']

export interface InstallOptions {
  signal: AbortSignal
  /** The user's environment. */
  environment: Record<string, string | undefined>
  progress?: (message: string) => void
}

/** What the steps of one installation work with. */
interface Job extends InstallOptions {
  recipe: Recipe
  /** The environment being built. */
  target: string
  tools: ToolOptions
}

/**
 * Installs dcoscli from PyPI into an environment of its own below `cliFolder`: with uv if there is one, else with the
 * pip of a Python on the PATH. Throws CLI_UNAVAILABLE, CLI_HASH, CLI_NOT_EXECUTABLE, DISK, LOCKED, or the signal's reason.
 */
export async function installFromPypi(
  cliFolder: string,
  recipe: Recipe,
  options: InstallOptions,
): Promise<Installed> {
  const place = placeOf(cliFolder, recipe)
  await makePrivateFolder(cliFolder)
  const lock = { clock: realClock, signal: options.signal, wait: LONGEST_WAIT }
  return withLock(`${place}.lock`, 'installing the dcos CLI', lock, async () => {
    await makePrivateFolder(place)
    await sweep(place)
    const found = await findInstalled(place)
    const scratch = newScratch(place)
    await makePrivateFolder(scratch)
    try {
      if (found && (await tryOut(found.path, scratch, options)) === undefined) return found
      const target = newEnvironment(place)
      const environment = toolEnvironment(options.environment, scratch)
      const tools = { environment, folder: scratch, signal: options.signal }
      await build({ ...options, recipe, target, tools })
      const obstacle = await tryOut(path.join(target, 'dcos'), scratch, options)
      if (obstacle !== undefined) throw notExecutable(obstacle)
      return await choose(place, target, LOCKED_VERSION)
    } finally {
      await sweep(place)
    }
  })
}

/** The same, but if it cannot be installed, the failure is recorded, and returned instead. */
export async function installOrRemember(
  cliFolder: string,
  recipe: Recipe,
  options: InstallOptions,
): Promise<Installed | Failure> {
  try {
    return await installFromPypi(cliFolder, recipe, options)
  } catch (error) {
    if (!(error instanceof Failure) || !error.code.startsWith('CLI_')) throw error
    await writeNote(placeOf(cliFolder, recipe), [error.message, error.why].filter(Boolean).join(': '))
    return error
  }
}

async function build(job: Job): Promise<void> {
  const { environment } = job.tools
  const uv = (await isForPipAlone(environment)) ? undefined : await onPath('uv', environment.PATH)
  const failure = uv ? await withUv(job, uv) : undefined
  // A hash mismatch is no reason to try another tool.
  if (failure?.code === 'CLI_HASH') throw failure
  if (!uv || failure) await withPip(job)
  await compile(job)
  for (const [from, to] of [
    [START, 'dcos.py'],
    [LAUNCHER, 'dcos'],
  ] as const) {
    const file = path.join(job.target, to)
    await onDisk(file, () => copyFile(path.join(job.recipe.folder, from), file))
    await onDisk(file, () => chmod(file, to === 'dcos' ? 0o700 : 0o600))
  }
}

/** Fills the environment with uv; returns why that failed. */
async function withUv(job: Job, uv: string): Promise<Failure | undefined> {
  const { progress, recipe, target, tools } = job
  const python = path.join(target, 'bin/python3')
  const known = await findPython(probeOf(recipe), tools).catch((error) => {
    if (error instanceof Failure) return undefined
    throw error
  })
  progress?.('uv installs its packages from PyPI')
  const install = ['pip', 'install', '--quiet', '--python', python, ...LOCKED]
  const steps = [
    ['venv', '--quiet', '--no-project', '--python', known?.executable ?? '>=3.8', target],
    [...install, '--only-binary', ':all:', '-r', path.join(recipe.folder, WHEELS)],
    [...install, '--no-build-isolation', '-r', path.join(recipe.folder, SOURCES)],
  ]
  for (const words of steps) {
    const { code, stderr, stdout } = await runTool(uv, words, tools)
    if (code === 0) continue
    await onDisk(target, () => rm(target, { recursive: true, force: true }))
    return installRefused('uv', stdout + stderr)
  }
  return undefined
}

/** Fills the environment with the pip that comes with Python's ensurepip, without installing pip itself there. */
async function withPip({ progress, recipe, target, tools }: Job): Promise<void> {
  const python = await findPython(probeOf(recipe), tools)
  progress?.(`pip of Python ${python.version.slice(0, 2).join('.')} installs its packages from PyPI`)
  const pip = path.join(tools.folder, 'pip-unpacked')
  await onDisk(pip, () => mkdir(pip))
  await venvTool(python, ['-m', 'venv', '--without-pip', target], tools)
  // Unpacked, pip is twice as fast as from its archive.
  await venvTool(python, ['-m', 'zipfile', '-e', python.pip, pip], tools)
  const install = [
    ...['-I', path.join(pip, 'pip'), 'install', '--quiet', '--no-input', '--disable-pip-version-check'],
    ...['--no-cache-dir', '--no-user', '--no-compile', '--no-warn-conflicts', '--no-warn-script-location'],
    // The timeout in seconds, and one retry: without a network it must fail soon.
    ...['--timeout', '5', '--retries', '1', ...LOCKED],
  ]
  const steps = [
    [...install, '--only-binary', ':all:', '-r', path.join(recipe.folder, WHEELS)],
    [...install, '--no-build-isolation', '--use-pep517', '-r', path.join(recipe.folder, SOURCES)],
  ]
  for (const words of steps) {
    const { code, stderr, stdout } = await runTool(path.join(target, 'bin/python3'), words, tools)
    if (code !== 0) throw installRefused('pip', stdout + stderr)
  }
}

async function venvTool(python: Python, words: string[], tools: ToolOptions): Promise<void> {
  const { code, stderr, stdout } = await runTool(python.executable, ['-I', '-B', ...words], tools)
  if (code !== 0) throw installRefused(`${python.executable} ${words.slice(0, 2).join(' ')}`, stdout + stderr)
}

/** Compiles in advance, because it runs without writing bytecode, which would go wherever Python keeps its own. */
async function compile({ progress, target, tools }: Job): Promise<void> {
  progress?.('compiling')
  const words = ['-I', '-W', 'ignore', '-m', 'compileall', '-q', '-x', UNCOMPILED, path.join(target, 'lib')]
  // Modules that do not compile are for other Pythons.
  await runTool(path.join(target, 'bin/python3'), words, tools)
}

/** Why this dcoscli does not report the expected version; undefined if it does. */
async function tryOut(
  program: string,
  home: string,
  { signal }: InstallOptions,
): Promise<string | undefined> {
  const answer = await askVersion(program, home, { clock: realClock, signal })
  if (answer.version === undefined) return answer.cause
  return answer.version === LOCKED_VERSION ? undefined : `it reports version ${answer.version}`
}

function probeOf(recipe: Recipe): string {
  return path.join(recipe.folder, 'probe.py')
}

function notExecutable(cause: string): Failure {
  return new Failure('CLI_NOT_EXECUTABLE', {
    message: `dcoscli ${LOCKED_VERSION} from PyPI does not run on this Python`,
    cause,
    next: 'try another Python (the first python3 on the PATH is used), then npx task cli-install --force',
  })
}
