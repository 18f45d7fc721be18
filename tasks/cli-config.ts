import { rm } from 'node:fs/promises'
import { authorityOf, forgetAuthority } from './cluster/access/authority.ts'
import { knownHosts } from './cluster/access/known-hosts.ts'
import { knownToken, logIn } from './cluster/access/token.ts'
import type { CliConfigValue, CliInstallValue } from './cluster/cli.ts'
import type { Use } from './cluster/context.ts'
import type { WaitValue } from './cluster/health.ts'
import { type AttachedCluster, attachByFile, attached, forget, setUp } from './dcos/configuration.ts'
import { clusterHome } from './dcos/home.ts'
import type { Help } from './runner/help/text.ts'
import { type Check, done, todo } from './runner/task.ts'

/** What `npx task help cli-config` says. */
export const help: Help = {
  checks: "the CLI's private HOME is attached to the cluster at this address, and has every plugin",
  runs: 'logs in if DC/OS requires it, and attaches the CLI to the cluster. At a terminal it asks for credentials the config does not have',
  undo: 'detaches from the cluster: deletes the token, its certificate authority and the host keys of its nodes',
  keys: ['cloud', 'region', 'cluster', 'auth', 'cli', 'aws'],
  examples: ['cli-config', 'cli-config auth.username=admin auth.passwordFile=~/.dcos-password'],
}

interface Needs {
  wait: WaitValue
  cliInstall: CliInstallValue
}

/** Done when the private HOME under .task is attached to the running cluster and has the configured plugins. */
export async function check(use: Use, { wait, cliInstall }: Partial<Needs>): Promise<Check<CliConfigValue>> {
  const known = await attached(clusterHome(use.folders.cluster), wait?.url)
  const standing = { standing: known !== undefined }
  if (!wait) return todo('the cluster is not up', standing)
  if (!cliInstall) return todo('the CLI is not installed', standing)
  if (!known) return todo(`${wait.url} is not attached`)
  if (!wait.clusterId) return todo(`DC/OS at ${wait.url} requires a login`, standing)
  if (known.clusterId !== wait.clusterId)
    return todo(`the cluster at ${wait.url} is not the one attached`, standing)
  const missing = cliInstall.plugins.find((plugin) => !known.plugins.includes(plugin))
  if (missing) return todo(`plugin ${missing} is not installed`, standing)
  return done(
    describe(known, wait, cliInstall),
    `${clientName(cliInstall)} attached to ${use.config.cluster.name}`,
  )
}

/** Attaches the CLI: with the Go CLI's own `cluster setup`, otherwise by writing the same files. */
export async function run(use: Use, { wait, cliInstall }: Needs): Promise<CliConfigValue> {
  const home = clusterHome(use.folders.cluster)
  await use.cloud.reach(wait.url, cliInstall.cli ? 'steady' : undefined)
  // DC/OS reports its id only if no login is needed, or after one.
  const { clusterId, token } = wait.clusterId
    ? { clusterId: wait.clusterId, token: await knownToken(use) }
    : await logIn(use, wait.url)
  const caCert = authorityOf(use)
  const cluster = { url: wait.url, name: use.config.cluster.name, token, caCert }
  const { cli, pluggable, plugins } = cliInstall
  const { environment, signal } = use
  if (cli && pluggable) {
    const known = await setUp(cli, home, { ...cluster, plugins, signal, environment })
    return describe(known, wait, cliInstall)
  }
  const known = await attachByFile(home, { ...cluster, clusterId })
  if (cli) {
    const { confirmAttached } = await import('./dcos/confirm.ts')
    await confirmAttached(cli, home, known.clusterId, { signal, environment })
  }
  return describe(known, wait, cliInstall)
}

export const undoing = 'Detach the dcos CLI from the cluster'

/** Removes the private HOME with its token, the certificate authority, and the host keys of the nodes. */
export async function undo(use: Use): Promise<string | undefined> {
  const { cluster } = use.folders
  const detached = await forget(clusterHome(cluster))
  await forgetAuthority(cluster)
  await rm(knownHosts(cluster), { force: true })
  return detached ? 'detached from the cluster' : undefined
}

function clientName({ cli, pluggable, plugins, version }: CliInstallValue): string {
  if (!cli) return 'built-in client'
  // For an unknown command the CLI prints its usage and exits with 0.
  const lacks =
    plugins.length > 0 || !pluggable
      ? ''
      : ' (without cli.plugins it has no node, marathon, package or service)'
  return `dcos CLI ${version}${lacks}`
}

function describe(known: AttachedCluster, wait: WaitValue, { cli }: CliInstallValue): CliConfigValue {
  return { url: wait.url, clusterId: known.clusterId, cli, version: wait.version }
}
