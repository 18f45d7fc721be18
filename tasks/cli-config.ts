import type { CliInstallValue } from './cli-install.ts'
import type { Use } from './context.ts'
import { attachByFile, attached, forget, setUp } from './dcos/configuration.ts'
import { clusterHome } from './dcos/home.ts'
import { type Check, done, todo } from './runner/task.ts'
import { knownToken } from './token.ts'
import type { WaitValue } from './wait.ts'

export interface CliConfigValue {
  url: string
  clusterId: string
  /** The CLI to run; null for the built-in client. */
  cli: string | null
  version: string
}

interface Needs {
  wait: WaitValue
  cliInstall: CliInstallValue
}

/** Done when the cluster is attached in the private HOME under .task. */
export async function check(use: Use, { wait, cliInstall }: Partial<Needs>): Promise<Check<CliConfigValue>> {
  const home = clusterHome(use.folders.cluster)
  const known = await attached(home, wait?.url)
  const standing = { standing: known !== undefined }
  if (!wait) return todo('the cluster is not up', standing)
  if (!known) return todo(`${wait.url} is not attached`, standing)
  if (wait.clusterId && known.clusterId !== wait.clusterId)
    return todo(`another cluster answers at ${wait.url} than the one attached`, standing)
  const client = cliInstall?.cli ? `dcos CLI ${cliInstall.version}` : 'built-in client'
  const value = {
    url: wait.url,
    clusterId: known.clusterId,
    cli: cliInstall?.cli ?? null,
    version: wait.version,
  }
  return done(value, `${client} attached to ${use.config.cluster.name}`)
}

/** Attaches the cluster: by the CLI's own `cluster setup` where there is one, else by writing the same files. */
export async function run(use: Use, { wait, cliInstall }: Needs): Promise<CliConfigValue> {
  const home = clusterHome(use.folders.cluster)
  await use.cloud.reach(wait.url)
  const token = (await knownToken(use)) ?? (wait.clusterId ? undefined : await enterToken(use, wait.url))
  return {} as never
}

/** Forgets the cluster: the private HOME with its token. */
export async function undo(use: Use): Promise<string | undefined> {
  const forgotten = await forget(clusterHome(use.folders.cluster))
  return forgotten ? 'the attached cluster forgotten' : undefined
}
