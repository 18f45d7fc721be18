import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { realClock } from '../base/clock.ts'
import { makePrivateFolder, onDisk } from '../base/file.ts'
import { withLock } from '../base/lock.ts'
import {
  type ClusterSettings,
  type ConfiguredCluster,
  configuredClusters,
  currentOf,
  removeCluster,
  removeNameless,
  restoreUsersOwn,
  tighten,
  writeCluster,
} from './cluster-file.ts'
import { type Kept, keep, readKept } from './home.ts'
import { pluginRefused, setupFailed } from './setup-failure.ts'

/** The cluster that the CLI, or the built-in client, talks to in a private HOME. */
export interface AttachedCluster {
  clusterId: string
  name: string
  /** As the CLI stores it: the redirect target if the requested URL redirects. */
  url: string
  /** The zips of the plugins that `setUp` added. */
  plugins: string[]
}

/** Limit for `cluster setup`, in milliseconds: it makes four requests to the master. */
const SETUP_DEADLINE = 60_000
const LIST_DEADLINE = 30_000
/** Limit for unpacking, in milliseconds: 22 MB take 0.2 s, more on a slow disk. */
const PLUGIN_DEADLINE = 60_000
/** How long to wait for another run that sets up the same HOME, in milliseconds. */
const LONGEST_WAIT = 5 * 60_000
/** Without these the CLI fetches its plugin from the vendor's dead host, or installs whatever the cluster offers. */
const NO_DOWNLOADS = {
  DCOS_CLUSTER_SETUP_SKIP_CANONICAL_URL_INSTALL: '1',
  DCOS_CLUSTER_SETUP_SKIP_COSMOS_INSTALL: '1',
}

/**
 * The attached cluster, if it is the one at `url` (undefined: any). Takes files only, about a millisecond: the health
 * check finds out whether the master still answers, and as the same cluster.
 */
export async function attached(home: string, url?: string): Promise<AttachedCluster | undefined> {
  const [clusters, kept] = await Promise.all([configuredClusters(home), readKept(home)])
  const current = currentOf(clusters)
  if (current === undefined || (url !== undefined && !isAt(current, url, kept))) return undefined
  return seen(current, kept, home)
}

export interface SetUpOptions {
  url: string
  name: string
  /** For a master that asks for a login. Passed to the CLI in its environment, never on a command line. */
  token?: string | undefined
  /** Zips of plugins to add. */
  plugins?: string[]
  /** The file of the certificate authority to trust. */
  caCert?: string | undefined
  signal: AbortSignal
  /** The user's environment, for network access. */
  environment?: Record<string, string | undefined>
}

/**
 * Has the CLI set up and attach the cluster at `url`, adds the plugins, and removes an older cluster of that URL. What
 * the user set with `dcos config set` stays. Throws AUTH_NEEDED, DCOS_UNREACHABLE, DCOS_UNHEALTHY, CLI_NOT_EXECUTABLE
 * (a plugin), DISK, LOCKED, or the signal's reason.
 */
export async function setUp(cli: string, home: string, options: SetUpOptions): Promise<AttachedCluster> {
  return alone(home, options, async () => {
    const { askCli } = await import('./command.ts')
    const { attachedId } = await import('./confirm.ts')
    const { caCert, environment, name, signal, token, url } = options
    // In a rehearsal too, the CLI is a real process that takes real time.
    const asking = { clock: realClock, signal, environment }
    const before = await configuredClusters(home)
    const words = ['cluster', 'setup', url, '--name', name, ...(caCert ? ['--ca-certs', caCert] : [])]
    const settings = token ? { ...NO_DOWNLOADS, DCOS_CLUSTER_SETUP_ACS_TOKEN: token } : NO_DOWNLOADS
    const answer = await askCli(cli, home, words, { ...asking, settings, deadline: SETUP_DEADLINE })
    await removeNameless(home)

    // Without its plugin the CLI exits with 1 even on success, and after a failure an older cluster may be attached:
    // so the list shows which one is attached, and the file's time whether it was written just now.
    const list = await askCli(cli, home, ['cluster', 'list', '--json'], {
      ...asking,
      deadline: LIST_DEADLINE,
    })
    const id = attachedId(list.stdout)
    const now = (await configuredClusters(home)).find((cluster) => cluster.id === id)
    const old = before.find((cluster) => cluster.id === id)
    if (now === undefined || old?.written === now.written) throw setupFailed(answer, { url, token })

    await tighten(home, now.id)
    if (old) await restoreUsersOwn(home, now, old)
    const plugins = await addPlugins(cli, home, now.id, options)
    return settle(home, now, url, { plugins, ...(token ? { token } : {}) })
  })
}

/**
 * Attaches a cluster for the built-in client, in the CLI's own files, so that a CLI installed later finds it. Throws
 * DISK, LOCKED, DCOS_UNHEALTHY (no sensible id).
 */
export async function attachByFile(
  home: string,
  options: {
    url: string
    name: string
    clusterId: string
    token?: string | undefined
    caCert?: string | undefined
  },
): Promise<AttachedCluster> {
  const { caCert, clusterId: id, name, token, url } = options
  return alone(home, {}, async () => {
    const cluster: ClusterSettings = { id, name, url: withoutSlash(url), token: token ?? '', caCert }
    await writeCluster(home, cluster)
    return settle(home, cluster, url, token ? { token } : {})
  })
}

/** Removes the private HOME with everything in it; false if there was none. Throws DISK, LOCKED. */
export async function forget(home: string): Promise<boolean> {
  if (!existsSync(home)) return false
  return alone(home, {}, async () => {
    await onDisk(home, () => rm(home, { recursive: true, force: true }))
    return true
  })
}

/** Two runs at once would write the same files. */
async function alone<Result>(
  home: string,
  { signal }: { signal?: AbortSignal },
  body: () => Promise<Result>,
): Promise<Result> {
  await makePrivateFolder(home)
  const options = { clock: realClock, wait: LONGEST_WAIT, ...(signal ? { signal } : {}) }
  return withLock(`${home}.lock`, 'setting up the dcos CLI', options, body)
}

async function addPlugins(cli: string, home: string, id: string, options: SetUpOptions): Promise<string[]> {
  const { askCli } = await import('./command.ts')
  const { environment, plugins = [], signal } = options
  for (const zip of plugins) {
    // -u also adds a missing plugin, and replaces one whose absolute paths no longer hold after a move
    const settings = { DCOS_CLUSTER: id }
    const words = ['plugin', 'add', '-u', path.resolve(zip)]
    const answer = await askCli(cli, home, words, {
      clock: realClock,
      signal,
      environment,
      settings,
      deadline: PLUGIN_DEADLINE,
    })
    if (answer.code !== 0) throw pluginRefused(zip, answer)
  }
  return plugins
}

/** Records what is attached now, and removes older clusters of the same URL: that cluster was recreated. */
async function settle(
  home: string,
  now: ClusterSettings | ConfiguredCluster,
  url: string,
  news: Kept,
): Promise<AttachedCluster> {
  const kept = await readKept(home)
  for (const other of await configuredClusters(home)) {
    if (other.id !== now.id && isAt(other, url, kept)) await removeCluster(home, other.id)
  }
  // Plugins of another cluster were not added to this one.
  const plugins = kept.clusterId === now.id ? (kept.plugins ?? []) : []
  const facts: Kept = { plugins, ...news, url, clusterId: now.id, home: path.resolve(home) }
  await keep(home, facts)
  return seen(now, facts, home)
}

function seen(cluster: ClusterSettings | ConfiguredCluster, kept: Kept, home: string): AttachedCluster {
  const inPlace = kept.clusterId === cluster.id && kept.home === path.resolve(home)
  return {
    clusterId: cluster.id,
    name: cluster.name,
    url: cluster.url,
    plugins: inPlace ? (kept.plugins ?? []) : [],
  }
}

function isAt(cluster: ConfiguredCluster, url: string, kept: Kept): boolean {
  if (withoutSlash(cluster.url) === withoutSlash(url)) return true
  return (
    kept.clusterId === cluster.id && kept.url !== undefined && withoutSlash(kept.url) === withoutSlash(url)
  )
}

function withoutSlash(url: string): string {
  return (URL.canParse(url) ? new URL(url).href : url).replace(/\/+$/, '')
}
