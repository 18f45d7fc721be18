import { builtIn, type CliInstallValue } from './cluster/cli.ts'
import type { Use } from './cluster/context.ts'
import { installCli, storePlugin } from './dcos/releases.ts'

export { type CliInstallValue, checkCli as check } from './cluster/cli.ts'

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
