import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { describeStack, isOwnStack } from './aws/stack/stack.ts'
import type { Use } from './context.ts'
import { generatedKey } from './keypair.ts'
import { Failure } from './runner/failure.ts'

/**
 * Removes from .task what can be had again: downloaded CLIs, the cluster's private HOME, and the rehearsed cloud. A
 * generated private key, and the rehearsal, stay while the cluster they belong to is up.
 */
export async function execute(use: Use): Promise<number> {
  const { cli, cluster, rehearsal, root } = use.folders
  const { name } = use.config.cluster
  const precious = use.cloud.rehearsed ? rehearsal : generatedKey(use)
  if (existsSync(precious)) {
    const stack = await describeStack(use.aws, name)
    if (stack && isOwnStack(stack, name)) {
      throw new Failure('LOCKED', {
        message: `cluster ${name} is up, and ${path.relative(root, precious)} is part of it`,
        cause: use.cloud.rehearsed
          ? 'the rehearsed cloud would vanish under it'
          : 'without its private key nobody gets into the instances',
        next: 'npx task destroy, then npx task clean',
      })
    }
  }
  for (const folder of [cli, cluster, ...(use.cloud.rehearsed ? [rehearsal] : [])]) {
    if (!existsSync(folder)) continue
    await rm(folder, { recursive: true, force: true })
    use.report.deleted.push(path.relative(root, folder))
  }
  await removeEmptyParents(path.dirname(cluster), path.join(root, '.task'))
  return 0
}

async function removeEmptyParents(folder: string, top: string): Promise<void> {
  for (let at = folder; at !== top && at.startsWith(top); at = path.dirname(at)) {
    if ((await readdir(at).catch(() => ['?'])).length > 0) return
    await rm(at, { recursive: true })
  }
}
