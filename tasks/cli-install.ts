import { spoken } from './base/redact-url.ts'
import type { Use } from './cluster/context.ts'
import { installCli, installedCli, storedPlugin, storePlugin } from './dcos/releases.ts'
import { type Check, done, todo } from './runner/task.ts'

export interface CliInstallValue {
  /** The installed binary; null when the built-in client is used. */
  cli: string | null
  version: string
  /** The zips of its plugins. */
  plugins: string[]
}

const builtIn: CliInstallValue = { cli: null, version: 'built-in', plugins: [] }

/** Done when the configured binary and its plugins are there and still are what their hashes say, or when none is configured. */
export async function check(use: Use): Promise<Check<CliInstallValue>> {
  const { plugins, sha256, url } = use.config.cli
  if (!url) return done(builtIn, 'built-in client (cli.url is not set)')
  const installed = await installedCli(use.folders.cli, { url, sha256 })
  if (!installed) return todo(`the dcos CLI of ${spoken(url)} is not installed`)
  const stored = await Promise.all(plugins.map((plugin) => storedPlugin(use.folders.cli, plugin)))
  const missing = plugins.find((_, index) => !stored[index])
  if (missing) return todo(`the plugin of ${spoken(missing.url)} is not there`)
  const value = { cli: installed.path, version: installed.version, plugins: stored.map((one) => one!.path) }
  return done(value, `dcos CLI ${installed.version} (sha256 ${installed.sha256.slice(0, 12)}…)`)
}

/** Downloads, verifies and installs the binary and its plugins. */
export async function run(use: Use): Promise<CliInstallValue> {
  const { plugins, sha256, url } = use.config.cli
  if (!url) return builtIn
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
  return { cli: installed.path, version: installed.version, plugins: stored }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
