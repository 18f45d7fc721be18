import { chmod, readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { parse, stringify, type TomlTable } from 'smol-toml'
import { Failure } from '../base/failure.ts'
import { isSystemError, makePrivateFolder, onDisk, PRIVATE_FILE, writeAtomically } from '../base/file.ts'

// How the dcos CLI (1.x, Go) keeps its clusters: `$HOME/.dcos/clusters/<id>/` holds `dcos.toml`, an empty file `attached`
// in the one it is attached to, and `dcos_ca.crt` if there is one. Each reads what the other writes.

export interface ConfiguredCluster {
  id: string
  name: string
  url: string
  /** Empty if no login is needed. */
  token: string
  attached: boolean
  /** When the CLI last wrote it, in milliseconds. */
  written: number
  table: TomlTable
}

const SETTINGS = 'dcos.toml'
const MARKER = 'attached'
const AUTHORITY = 'dcos_ca.crt'
/** Seconds; what `cluster setup` writes. */
const REQUEST_TIMEOUT = 180

function clustersIn(home: string): string {
  return path.join(home, '.dcos', 'clusters')
}

/** The clusters that the CLI knows in this HOME; folders with unreadable settings are skipped. */
export async function configuredClusters(home: string): Promise<ConfiguredCluster[]> {
  const names = (await readdir(clustersIn(home)).catch(absent)) ?? []
  const clusters = await Promise.all(names.map((id) => readCluster(path.join(clustersIn(home), id), id)))
  return clusters.filter((cluster) => cluster !== undefined)
}

/** The cluster that the CLI talks to: the only one, else the attached one. */
export function currentOf(clusters: ConfiguredCluster[]): ConfiguredCluster | undefined {
  const candidates = clusters.length === 1 ? clusters : clusters.filter((cluster) => cluster.attached)
  return candidates.length === 1 ? candidates[0] : undefined
}

async function readCluster(folder: string, id: string): Promise<ConfiguredCluster | undefined> {
  const file = path.join(folder, SETTINGS)
  const [text, status, marker] = await Promise.all([
    readFile(file, 'utf8').catch(absent),
    stat(file).catch(absent),
    stat(path.join(folder, MARKER)).catch(absent),
  ])
  if (text === undefined || status === undefined) return undefined
  const table = tableOf(text)
  const core = table?.core as TomlTable | undefined
  const cluster = table?.cluster as TomlTable | undefined
  if (table === undefined || typeof core?.dcos_url !== 'string') return undefined
  return {
    id,
    name: scalarText(cluster?.name),
    url: core.dcos_url,
    token: scalarText(core.dcos_acs_token),
    attached: marker !== undefined,
    written: status.mtimeMs,
    table,
  }
}

export interface ClusterSettings {
  id: string
  name: string
  url: string
  token: string
  /** The file of the certificate authority to trust. */
  caCert?: string | undefined
}

/** Writes a cluster as `cluster setup` would, keeping the user's own settings, and attaches it. Throws DISK, DCOS_UNHEALTHY. */
export async function writeCluster(home: string, settings: ClusterSettings): Promise<void> {
  const { caCert, name, token, url } = settings
  const folder = folderOf(home, settings.id)
  await makePrivateFolders(home, settings.id)
  const table: TomlTable = {
    cluster: { name },
    core: { dcos_acs_token: token, dcos_url: url, timeout: REQUEST_TIMEOUT },
  }
  const core = table.core as TomlTable
  if (caCert) {
    const authority = path.join(folder, AUTHORITY)
    await writeAtomically(authority, await onDisk(caCert, () => readFile(caCert)))
    core.ssl_verify = authority
  } else if (url.startsWith('https:')) core.ssl_verify = 'true'
  const before = await readCluster(folder, settings.id)
  await writeAtomically(
    path.join(folder, SETTINGS),
    stringify(before ? withUsersOwn(table, before.table) : table),
  )
  for (const other of await configuredClusters(home)) {
    if (other.id !== settings.id && other.attached) await removeMarker(home, other.id)
  }
  await writeAtomically(path.join(folder, MARKER), '')
}

/** Restores what the user had set before `cluster setup` rewrote the file, such as `core.ssh_user`. Throws DISK. */
export async function restoreUsersOwn(
  home: string,
  now: ConfiguredCluster,
  before: ConfiguredCluster,
): Promise<void> {
  const table = withUsersOwn(now.table, before.table)
  const text = stringify(table)
  if (text !== stringify(now.table)) await writeAtomically(path.join(folderOf(home, now.id), SETTINGS), text)
}

/** The settings that setup decides; all others are the user's. */
const decided: Record<string, string[]> = {
  cluster: ['name'],
  core: ['dcos_url', 'dcos_acs_token', 'ssl_verify'],
}

function withUsersOwn(table: TomlTable, before: TomlTable): TomlTable {
  const merged: TomlTable = { ...before, ...table }
  for (const [section, keys] of Object.entries(decided)) {
    const own = Object.entries((before[section] as TomlTable | undefined) ?? {}).filter(
      ([key]) => !keys.includes(key),
    )
    merged[section] = { ...(table[section] as TomlTable | undefined), ...Object.fromEntries(own) }
  }
  return merged
}

/** Removes a cluster as `cluster remove` would. */
export async function removeCluster(home: string, id: string): Promise<void> {
  const folder = folderOf(home, id)
  await onDisk(folder, () => rm(folder, { recursive: true, force: true }))
}

async function removeMarker(home: string, id: string): Promise<void> {
  const file = path.join(folderOf(home, id), MARKER)
  await onDisk(file, () => rm(file, { force: true }))
}

/** What the CLI writes when a master does not give its id: settings of no cluster. */
export async function removeNameless(home: string): Promise<void> {
  for (const name of [SETTINGS, MARKER, AUTHORITY]) {
    const file = path.join(clustersIn(home), name)
    await onDisk(file, () => rm(file, { force: true }))
  }
}

/** The CLI creates world-readable folders (0755): restricts them, and the files that hold the token. */
export async function tighten(home: string, id: string): Promise<void> {
  await makePrivateFolders(home, id)
  const folder = folderOf(home, id)
  for (const name of [SETTINGS, MARKER, AUTHORITY]) {
    const file = path.join(folder, name)
    await onDisk(file, () => chmod(file, PRIVATE_FILE).catch(absent))
  }
}

async function makePrivateFolders(home: string, id: string): Promise<void> {
  for (const folder of [home, path.join(home, '.dcos'), clustersIn(home), folderOf(home, id)]) {
    await makePrivateFolder(folder)
  }
}

/** The id comes from the network and becomes the name of a folder. */
function folderOf(home: string, id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) return path.join(clustersIn(home), id)
  throw new Failure('DCOS_UNHEALTHY', {
    message: 'the master does not return a valid cluster ID',
    cause: `its CLUSTER_ID is ${JSON.stringify(id)}`,
    next: 'wait until DC/OS is up (npx task wait), then run the same command again',
  })
}

function tableOf(text: string): TomlTable | undefined {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

function scalarText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function absent(error: unknown): undefined {
  if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
  throw error
}
