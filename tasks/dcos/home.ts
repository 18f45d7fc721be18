import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { isSystemError, makePrivateFolder, onDisk, writeAtomically } from '../base/file.ts'
import { configuredClusters, currentOf } from './cluster-file.ts'

/** What is kept of a cluster besides the CLI's own files. */
export interface Kept {
  /** The token that was entered or obtained last. */
  token?: string
  /** The requested URL: the CLI stores the one that it was redirected to. */
  url?: string
  /** The cluster that answered there. */
  clusterId?: string
  /** The zips of the plugins that were added to it. */
  plugins?: string[]
  /** Where this HOME was then: plugins do not survive a move, because they hold absolute paths. */
  home?: string
}

/** The private HOME of a cluster's CLI, in the folder of that cluster. */
export function clusterHome(folder: string): string {
  return path.join(folder, 'home')
}

function keptIn(home: string): string {
  return path.join(home, 'kept.json')
}

export async function readKept(home: string): Promise<Kept> {
  const file = keptIn(home)
  return onDisk(file, async () => {
    try {
      return (JSON.parse(await readFile(file, 'utf8')) ?? {}) as Kept
    } catch (error) {
      // Incomplete or edited by hand: its content can be fetched again.
      if (error instanceof SyntaxError || (isSystemError(error) && error.code === 'ENOENT')) return {}
      throw error
    }
  })
}

/** Saves these values, and keeps the others. Throws DISK. */
export async function keep(home: string, news: Kept): Promise<void> {
  await makePrivateFolder(home)
  await writeAtomically(keptIn(home), `${JSON.stringify({ ...(await readKept(home)), ...news }, null, 2)}\n`)
}

/** Keeps a token for later runs, in a file for this user alone. Throws DISK. */
export async function keepToken(home: string, token: string): Promise<void> {
  await keep(home, { token })
}

/** The token of the attached cluster (a later `dcos auth login` counts), else the one that was kept. */
export async function readToken(home: string): Promise<string | undefined> {
  const current = currentOf(await configuredClusters(home))
  return current?.token || (await readKept(home)).token || undefined
}
