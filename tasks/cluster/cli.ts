import { redactUrl } from '../base/redact-url.ts'
import { findInstalled, placeOf, readNote } from '../dcos/pypi/environment.ts'
import { LOCKED_VERSION, readRecipe } from '../dcos/pypi/recipe.ts'
import { installedCli, storedPlugin } from '../dcos/releases.ts'
import { type Check, done, todo } from '../runner/task.ts'
import type { Context, Use } from './context.ts'

export interface CliInstallValue {
  /** The installed program; null when the built-in client is used. */
  cli: string | null
  version: string
  /** Whether most of its commands are plugins, as in the Go CLI. */
  pluggable: boolean
  /** The zips of its plugins. */
  plugins: string[]
}

/** If no CLI is wanted, or none is available. */
export const builtIn: CliInstallValue = { cli: null, version: 'built-in', pluggable: false, plugins: [] }

/** Where the CLI comes from. */
export type CliSource = 'built-in' | 'pypi' | 'pypi or built-in' | 'file'

/** What `cli.url` means; from PyPI the schema allows only the locked version. */
export function cliSource(url: string): CliSource {
  if (url === 'built-in') return 'built-in'
  if (url === 'auto') return 'pypi or built-in'
  return url.startsWith('pypi:') ? 'pypi' : 'file'
}

/** Done when the wanted CLI is installed and still matches its hashes, or when none is wanted. */
export async function checkCli(use: Use): Promise<Check<CliInstallValue>> {
  const source = cliSource(use.config.cli.url)
  if (source === 'built-in') return done(builtIn, 'built-in client (cli.url is built-in)')
  return source === 'file' ? checkFile(use) : checkPypi(use, source)
}

/** What is installed from PyPI, as a value. */
export function fromPypi({ path, version }: { path: string; version: string }): CliInstallValue {
  return { cli: path, version, pluggable: false, plugins: [] }
}

/** The line shown if the built-in client replaces the CLI that was wanted. */
export function insteadOf(why: string): string {
  return `built-in client: ${why} (npx task cli-install --force tries again)`
}

async function checkPypi(use: Use, source: CliSource): Promise<Check<CliInstallValue>> {
  const place = placeOf(use.folders.cli, await readRecipe(use.folders.package))
  const installed = await findInstalled(place)
  if (installed)
    return done(fromPypi(installed), `dcos CLI ${installed.version} on Python ${installed.python}`)
  const why = source === 'pypi' ? undefined : await readNote(place)
  return why === undefined
    ? todo(`dcoscli ${LOCKED_VERSION} from PyPI is not installed`)
    : done(builtIn, insteadOf(why))
}

async function checkFile(use: Use): Promise<Check<CliInstallValue>> {
  const { plugins, sha256, url } = use.config.cli
  const installed = await installedCli(use.folders.cli, { url, sha256 })
  if (!installed) return todo(`the dcos CLI from ${redactUrl(url)} is not installed`)
  const stored = await Promise.all(plugins.map((plugin) => storedPlugin(use.folders.cli, plugin)))
  const missing = plugins.find((_, index) => !stored[index])
  if (missing) return todo(`the plugin from ${redactUrl(missing.url)} is missing`)
  const value = {
    cli: installed.path,
    version: installed.version,
    pluggable: true,
    plugins: stored.map((one) => one!.path),
  }
  return done(value, `dcos CLI ${installed.version} (sha256 ${installed.sha256.slice(0, 12)}…)`)
}

/** What other tasks get about the CLI that is attached to the cluster. */
export interface CliConfigValue {
  url: string
  clusterId: string
  /** The CLI to run; null for the built-in client. */
  cli: string | null
  /** Of DC/OS. */
  version: string
}

/** Checks what can be checked of the CLI without a download: the form of its hash, a local file. Throws CLI_…. */
export async function judgeCliFile({ config, folders }: Pick<Context, 'config' | 'folders'>): Promise<void> {
  const { sha256, url } = config.cli
  if (cliSource(url) !== 'file') return
  const { judgeLocally } = await import('../dcos/releases.ts')
  await judgeLocally({ url, sha256 }, folders.cli)
}
