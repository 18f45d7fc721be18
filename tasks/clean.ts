import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { describeStack, isOwnStack } from './aws/stack/stack.ts'
import { standingClusters } from './clusters.ts'
import type { Use } from './context.ts'
import { generatedKey } from './keypair.ts'
import { Failure } from './runner/failure.ts'

/**
 * Removes from .task what can be had again: downloaded CLIs, the cluster's private HOME, and the rehearsed cloud. A
 * generated private key, and the rehearsal, stay while the cluster they belong to is up.
 */
export async function execute(use: Use): Promise<number> {
  const { cli, cluster, rehearsal, root } = use.folders
  const precious = use.cloud.rehearsed ? rehearsal : generatedKey(use)
  if (existsSync(precious)) {
    const [first, ...others] = await standing(use)
    if (first) {
      const also =
        others.length > 0
          ? ` (and so ${others.length === 1 ? 'is' : 'are'} ${others.map(text).join(', ')})`
          : ''
      throw new Failure('LOCKED', {
        message: `cluster ${text(first)} is up${also}, and ${path.relative(root, precious)} is part of it`,
        cause: use.cloud.rehearsed
          ? 'the rehearsed cloud would vanish under it'
          : 'without its private key nobody gets into the instances',
        next: `npx task destroy cluster.name=${first.name} region=${first.region}, then npx task clean`,
      })
    }
  }
  for (const folder of [cli, cluster, ...(use.cloud.rehearsed ? [rehearsal] : [])]) {
    if (!existsSync(folder)) continue
    // The lock of this very run is nothing that was there.
    const nothing = (await readdir(folder)).every((name) => name === 'lock')
    await rm(folder, { recursive: true, force: true })
    if (!nothing) use.report.deleted.push(path.relative(root, folder))
  }
  await removeEmptyParents(path.dirname(cluster), path.join(root, '.task'))
  return 0
}

/** The clusters that stand on what would be removed: on the rehearsal all of them, on a private key its own. */
async function standing(use: Use): Promise<{ name: string; region: string }[]> {
  if (use.cloud.rehearsed) return standingClusters(use.aws)
  const { name } = use.config.cluster
  const stack = await describeStack(use.aws, name)
  return stack && isOwnStack(stack, name) ? [{ name, region: use.aws.region }] : []
}

function text({ name, region }: { name: string; region: string }): string {
  return `${name} in ${region}`
}

async function removeEmptyParents(folder: string, top: string): Promise<void> {
  for (let at = folder; at !== top && at.startsWith(top); at = path.dirname(at)) {
    if ((await readdir(at).catch(() => ['?'])).length > 0) return
    await rm(at, { recursive: true })
  }
}
