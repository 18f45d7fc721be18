import type { Use } from './context.ts'
import { installCli, installedCli } from './dcos/releases.ts'
import { type Check, done, todo } from './runner/task.ts'

export interface CliInstallValue {
  /** The installed binary; null when the built-in client is used. */
  cli: string | null
  version: string
}

/** Done when the configured binary is installed and still is what its hash says, or when none is configured. */
export async function check(use: Use): Promise<Check<CliInstallValue>> {
  const { url, sha256 } = use.config.cli
  if (!url) return done({ cli: null, version: 'built-in' }, 'built-in client (cli.url is not set)')
  const installed = await installedCli(use.folders.cli, { url, sha256 })
  if (!installed) return todo(`the dcos CLI of ${url} is not installed`)
  return done(
    { cli: installed.path, version: installed.version },
    `dcos CLI ${installed.version} (sha256 ${installed.sha256.slice(0, 12)}…)`,
  )
}

/** Downloads, verifies and installs the binary. */
export async function run(use: Use): Promise<CliInstallValue> {
  const { url, sha256 } = use.config.cli
  const installed = await installCli(
    use.folders.cli,
    { url: url!, sha256 },
    {
      signal: use.signal,
      progress: (done, total) =>
        use.progress({
          message: `${megabytes(done)}${total ? ` of ${megabytes(total)}` : ''}`,
          done,
          ...(total ? { total } : {}),
        }),
    },
  )
  return { cli: installed.path, version: installed.version }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
