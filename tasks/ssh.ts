import { Failure } from './base/failure.ts'
import { makePrivateFolder } from './base/file.ts'
import { sshArguments, sshLine } from './cluster/access/ssh.ts'
import type { Use } from './cluster/context.ts'
import type { WaitValue } from './cluster/health.ts'
import { findNode, readNodes } from './cluster/nodes.ts'
import { gapText } from './cluster/permission-gap.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** Logs in to a node, or runs a command there, on the user's own terminal. With `--dry-run` it prints the line instead. */
export async function execute(use: Use & CommandTools, { wait }: { wait: WaitValue }): Promise<number> {
  await use.cloud.reach(wait.url)
  const nodes = await readNodes(use, wait.url, (gap) => use.stderr.write(`${gapText(gap)}\n`))
  const node = findNode(nodes, use.before)
  const words = await sshArguments(use, nodes, node, use.rest)
  if (use.flags.dryRun) {
    use.stdout.write(`${sshLine(words)}\n`)
    return 0
  }
  if (use.cloud.onThisMachine) {
    throw new Failure('USAGE', {
      message: `${node.role} ${node.number} is rehearsed: there is no machine to log in to`,
      cause: `on AWS it would be: ${sshLine(words)}`,
      next: 'npx task logs, npx task nodes and npx task dcos answer in a rehearsal, too',
    })
  }
  await makePrivateFolder(use.folders.cluster)
  const { runCli } = await import('./dcos/command.ts')
  const { environment, folders, signal } = use
  return runCli('ssh', folders.home, words, { environment, signal })
}
