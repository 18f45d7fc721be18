import { spoken } from '../base/redact-url.ts'
import { installedCli, storedPlugin } from '../dcos/releases.ts'
import { type Check, done, todo } from '../runner/task.ts'
import type { Use } from './context.ts'

export interface CliInstallValue {
  /** The installed binary; null when the built-in client is used. */
  cli: string | null
  version: string
  /** The zips of its plugins. */
  plugins: string[]
}

/** Where no CLI is configured. */
export const builtIn: CliInstallValue = { cli: null, version: 'built-in', plugins: [] }

/** Done when the configured binary and its plugins are there and still are what their hashes say, or when none is configured. */
export async function checkCli(use: Use): Promise<Check<CliInstallValue>> {
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

/** What other tasks are told of the CLI that is attached to the cluster. */
export interface CliConfigValue {
  url: string
  clusterId: string
  /** The CLI to run; null for the built-in client. */
  cli: string | null
  /** Of DC/OS. */
  version: string
}
