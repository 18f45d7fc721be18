import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { standingClusters } from './aws/clusters.ts'
import { describeStack, isOwnStack } from './aws/stack/stack.ts'
import { Failure } from './base/failure.ts'
import { withLock } from './base/lock.ts'
import { generatedFiles, generatedKey } from './cluster/access/generated-key.ts'
import type { Use } from './cluster/context.ts'
import type { Help } from './runner/help/text.ts'

/** What `npx task help clean` says. */
export const help: Help = {
  runs: "deletes installed CLIs, the cluster's private HOME, and the rehearsed cloud in .task/. A generated private key and the rehearsed cloud are kept while a cluster needs them",
  undo: 'none; what it deletes is recreated when needed, except for a rehearsed cluster',
  keys: ['cloud', 'region', 'cluster.name', 'aws'],
  examples: ['clean', 'clean cloud=aws cluster.name=dcos-test'],
}

/**
 * Deletes the caches and downloads in .task: installed CLIs, the cluster's private HOME, and the rehearsed cloud. A
 * generated private key and the rehearsed cloud are kept while their cluster is up. Because a cluster may be in an
 * account other than the current one, the key of an AWS cluster is only removed when the user confirms it.
 */
export async function execute(use: Use): Promise<number> {
  const { cluster, rehearsal, root } = use.folders
  const precious = use.cloud.onThisMachine ? rehearsal : generatedKey(use)
  if (existsSync(precious)) {
    const [first, ...others] = await dependentClusters(use)
    if (first) {
      const also =
        others.length > 0
          ? ` (and so ${others.length === 1 ? 'is' : 'are'} ${others.map(text).join(', ')})`
          : ''
      throw new Failure('LOCKED', {
        message: `cluster ${text(first)} is up${also}, and ${path.relative(root, precious)} is part of it`,
        cause: use.cloud.onThisMachine
          ? 'the cluster runs in the rehearsed cloud'
          : 'without this private key there is no access to the instances',
        next: `npx task destroy cluster.name=${first.name} region=${first.region}, then npx task clean`,
      })
    }
  }
  const kept = await keyToKeep(use)
  await removeClis(use)
  // The cluster's own folder last: it holds the lock that keeps other runs away.
  for (const folder of [...(use.cloud.onThisMachine ? [rehearsal] : []), cluster]) {
    if (!existsSync(folder)) continue
    // Not this run's own lock.
    const there = (await readdir(folder)).filter((name) => name !== 'lock')
    const stays = folder === cluster ? kept : []
    const going = there.filter((name) => !stays.includes(name))
    if (stays.length === 0) await rm(folder, { recursive: true, force: true })
    else for (const name of going) await rm(path.join(folder, name), { recursive: true, force: true })
    if (going.length > 0) use.report.deleted.push(path.relative(root, folder))
  }
  const { deleted } = use.report
  use.log(deleted.length > 0 ? `deleted ${deleted.join(', ')}` : 'nothing to delete')
  return 0
}

/** The CLIs, which all clusters share; one that another run is installing right now is kept. */
async function removeClis(use: Use): Promise<void> {
  const { cli, root } = use.folders
  const names = existsSync(cli) ? await readdir(cli) : []
  for (const name of names.filter((one) => !one.includes('.lock'))) {
    const place = path.join(cli, name)
    const lock = { clock: use.clock, signal: use.signal }
    await withLock(`${place}.lock`, 'npx task clean', lock, () =>
      rm(place, { recursive: true, force: true }),
    ).catch((error) => {
      if (!(error instanceof Failure) || error.code !== 'LOCKED') throw error
      use.log(`${path.relative(root, place)} is kept: another run is installing it`)
    })
  }
  if (names.length > 0) use.report.deleted.push(path.relative(root, cli))
  if (existsSync(cli) && (await readdir(cli)).length === 0) await rm(cli, { recursive: true })
}

/** The files of a generated private key that the user has not agreed to delete. A rehearsed one opens nothing elsewhere. */
async function keyToKeep(use: Use): Promise<string[]> {
  const key = generatedKey(use)
  if (use.cloud.onThisMachine || !existsSync(key)) return []
  const { name } = use.config.cluster
  const file = path.relative(use.folders.root, key)
  const answer =
    use.interactive && !use.yes
      ? await use.ask(
          `${file} is the only copy of this private key, and cluster ${name} may exist in another account. Type the cluster's name to remove the key, or press Enter to keep it: `,
        )
      : undefined
  if (answer?.trim() === name) return []
  use.report.retained.push(file)
  use.log(
    `${file} is kept: it cannot be recreated (run npx task clean at a terminal to be asked, or remove it by hand)`,
  )
  return generatedFiles
}

/** The clusters that depend on what would be removed: all of them for the rehearsed cloud, its own for a private key. */
async function dependentClusters(use: Use): Promise<{ name: string; region: string }[]> {
  if (use.cloud.onThisMachine) return standingClusters(use.aws)
  const { name } = use.config.cluster
  const stack = await describeStack(use.aws, name)
  return stack && isOwnStack(stack, name) ? [{ name, region: use.aws.region }] : []
}

function text({ name, region }: { name: string; region: string }): string {
  return `${name} in ${region}`
}
