import { Failure } from './base/failure.ts'
import { runAtTerminal } from './base/terminal-program.ts'
import { sshArguments, sshLine } from './cluster/access/ssh.ts'
import type { Use } from './cluster/context.ts'
import { findNodes } from './cluster/nodes.ts'
import { pickNode } from './cluster/pick-node.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help ssh` says. */
export const help: Help = {
  runs: 'logs in with ssh, to private nodes through a master; runs the command after --, if any. A node is master, leader, agent N, public N, bootstrap, an address or an id; by default the leading master. Rehearsed nodes have no ssh',
  keys: ['cloud', 'region', 'cluster', 'access.publicKey', 'access.sshUser', 'auth', 'aws'],
  options: { 'dry-run': 'print the ssh command without running it' },
  exit: 'that of ssh, which is that of the command; 1 the cluster is not up; 2 the command line or the config is wrong',
  examples: ['ssh agent 2', 'ssh leader -- uptime', 'ssh public 1 --dry-run'],
}

/** Logs in to a node, or runs a command there, on the user's terminal. With `--dry-run` it prints the command instead. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const found = await findNodes(use)
  const { node, rest } = pickNode(found.nodes, use.before)
  if (rest.length > 0) throw notNode(rest[0]!)
  const words = await sshArguments(use, found, node, use.rest)
  if (use.flags.dryRun) {
    use.stdout.write(`${sshLine(words)}\n`)
    return 0
  }
  if (use.cloud.onThisMachine) {
    throw new Failure('USAGE', {
      message: `${node.role} ${node.number} is rehearsed: there is no machine to log in to`,
      cause: `on AWS it would be: ${sshLine(words)}`,
      next: 'npx task logs, npx task nodes and npx task dcos also work in a rehearsal',
    })
  }
  const { environment, signal } = use
  return runAtTerminal('ssh', words, { environment, signal })
}

function notNode(word: string): Failure {
  return new Failure('USAGE', {
    message: `ssh: ${JSON.stringify(word)} is not a node`,
    cause: 'a node is master, leader, agent N, public N, an address or an id; a command comes after --',
    next: 'npx task nodes lists them; npx task ssh agent 1 -- uptime runs a command on one',
  })
}
