import { Failure } from './base/failure.ts'
import { builtIn, type CliInstallValue, cliSource, fromPypi, insteadOf } from './cluster/cli.ts'
import type { Use } from './cluster/context.ts'
import type { Help } from './runner/help/text.ts'

export { type CliInstallValue, checkCli as check } from './cluster/cli.ts'

/** What `npx task help cli-install` says. */
export const help: Help = {
  checks:
    'the CLI that cli.url names is in .task/cli/ and matches its SHA-256; the built-in client is always available',
  runs: 'installs dcoscli from PyPI, or downloads the file that cli.url names, verified by SHA-256. It does not need the cluster',
  undo: 'nothing: other clusters may use it; npx task clean removes it',
  keys: ['cli'],
  options: { force: 'install again, even if PyPI failed the last time' },
  examples: ['cli-install --force', 'cli-install cli.url=built-in'],
}

/** Installs the CLI: from PyPI, or as a verified download with its plugins. */
export async function run(use: Use): Promise<CliInstallValue> {
  const source = cliSource(use.config.cli.url)
  if (source === 'built-in') return builtIn
  return source === 'file' ? installFile(use) : installPypi(use, source === 'pypi or built-in')
}

async function installPypi(use: Use, orBuiltIn: boolean): Promise<CliInstallValue> {
  const { installFromPypi, installOrRemember } = await import('./dcos/pypi/install.ts')
  const { readRecipe } = await import('./dcos/pypi/recipe.ts')
  const { environment, folders, signal } = use
  const recipe = await readRecipe(folders.package)
  const options = { environment, signal, progress: (message: string) => use.progress({ message }) }
  const install = orBuiltIn ? installOrRemember : installFromPypi
  const installed = await install(folders.cli, recipe, options)
  if (!(installed instanceof Failure)) return fromPypi(installed)
  use.log(insteadOf([installed.message, installed.why].filter(Boolean).join(': ')))
  return builtIn
}

async function installFile(use: Use): Promise<CliInstallValue> {
  const { installCli, storePlugin } = await import('./dcos/releases.ts')
  const { plugins, sha256, url } = use.config.cli
  const options = {
    signal: use.signal,
    progress: (bytes: number, total?: number) =>
      use.progress({
        message: `${megabytes(bytes)}${total ? ` of ${megabytes(total)}` : ''}`,
        done: bytes,
        ...(total ? { total } : {}),
      }),
  }
  const installed = await installCli(use.folders.cli, { url, sha256 }, options)
  const stored: string[] = []
  for (const plugin of plugins) stored.push((await storePlugin(use.folders.cli, plugin, options)).path)
  return { cli: installed.path, version: installed.version, pluggable: true, plugins: stored }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
