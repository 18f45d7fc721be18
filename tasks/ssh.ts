import { Failure } from './base/failure.ts'
import { runAtTerminal } from './base/terminal-program.ts'
import { sshWords } from './cluster/access/ssh.ts'
import type { Use } from './cluster/context.ts'
import { findNodes } from './cluster/nodes/find.ts'
import { pickNode } from './cluster/nodes/pick.ts'
import { shellWord } from './runner/rerun.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** Logs in to a node by the machine's own ssh, or runs a command there; the exit status is what that ends with. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { dryRun, environment, rest: command = [], signal, stdout, words } = use
  const target = words.slice(0, words.length - command.length)
  const found = await findNodes(use)
  const { node, rest } = pickNode(found.nodes, target)
  if (rest.length > 0) throw unknownNode(rest)
  const ssh = [...(await sshWords(use, found, node)), ...command]
  const line = ['ssh', ...ssh.map(shellWord)].join(' ')
  if (dryRun) {
    stdout.write(`${line}\n`)
    return 0
  }
  if (use.cloud.onThisMachine) throw noMachine(node.name, line)
  return runAtTerminal('ssh', ssh, { environment, signal })
}

function unknownNode([word = '']: string[]): Failure {
  return new Failure('USAGE', {
    message: `ssh: ${JSON.stringify(word)} is no node`,
    cause: 'a node is leader, master, master N, agent N, an address or an id; a command comes after --',
    next: 'npx task nodes lists them, npx task ssh agent 1 -- uptime runs a command on one',
  })
}

function noMachine(node: string, line: string): Failure {
  return new Failure('NOT_UP', {
    message: `there is no machine to log in to: ${node} is rehearsed`,
    cause: `with machines it would run: ${line}`,
    next: 'npx task ssh --dry-run prints that line; only a cluster with cloud=aws has machines',
  })
}
