import { Failure } from './base/failure.ts'
import { runAtTerminal } from './base/terminal-program.ts'
import { sshArguments } from './cluster/access/ssh.ts'
import { knownToken, masterAt } from './cluster/access/token.ts'
import type { Use } from './cluster/context.ts'
import { type ClusterNode, type Found, findNodes } from './cluster/nodes.ts'
import { pickNode } from './cluster/pick-node.ts'
import { followJournal, readJournal, type Wanted } from './dcos/logs.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help logs` says. */
export const help: Help = {
  runs: "prints the last 100 lines of a node's journal, or of one systemd unit in it, through dcos-log, or else ssh",
  keys: ['cloud', 'region', 'cluster', 'access.publicKey', 'access.sshUser', 'auth', 'aws'],
  options: { force: 'follow the journal until Ctrl-C' },
  examples: ['logs leader', 'logs agent 2 dcos-net -f'],
}

/** How many past lines are shown. */
const LINES = 100
/** The name of a unit (systemd.unit(5)); it may become part of a shell command. */
const UNIT = /^[A-Za-z0-9_:][A-Za-z0-9_:.@\\-]*$/

/** Shows a node's journal, all of it or of one unit; `-f` follows it. Uses dcos-log, or else ssh. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const found = await findNodes(use)
  const { node, rest } = pickNode(found.nodes, use.words)
  const unit = unitOf(rest)
  const byDcos = await readByDcos(use, found, node, unit)
  return byDcos ? 0 : readBySsh(use, found, node, unit)
}

/** The systemd unit in the words after the node. */
function unitOf(words: readonly string[]): string | undefined {
  const [unit] = words
  if (unit === undefined) return undefined
  if (words.length === 1 && UNIT.test(unit)) return /\.\w+$/.test(unit) ? unit : `${unit}.service`
  throw new Failure('USAGE', {
    message: `logs does not understand ${JSON.stringify(words.join(' '))}`,
    cause: 'it takes a node (leader, master N, agent N, public N, an address), then a systemd unit',
    next: 'npx task logs agent 1 dcos-mesos-slave',
  })
}

/** Whether DC/OS had the journal. dcos-log only serves agents and the leading master. */
async function readByDcos(
  use: Use & CommandTools,
  { unseen, url }: Found,
  node: ClusterNode,
  unit: string | undefined,
): Promise<boolean> {
  const served = node.role === 'master' ? node.leader : node.agentId !== undefined
  if (!url || !served) return false
  await use.cloud.reach(url, 'steady')
  const master = masterAt(use, url, await knownToken(use))
  const wanted: Wanted = { agentId: node.agentId, unit, lines: LINES }
  try {
    if (use.flags.force) return await followJournal(master, wanted, (line) => use.stdout.write(`${line}\n`))
    const text = await readJournal(master, wanted)
    use.stdout.write(text ?? '')
    return text !== undefined
  } catch (error) {
    // If DC/OS is in no state to answer, the node is asked directly; a rehearsed one cannot be.
    if (!(error instanceof Failure) || use.cloud.onThisMachine || unseen.length === 0) throw error
    use.stderr.write(`using ssh: ${error.message}\n`)
    return false
  }
}

async function readBySsh(
  use: Use & CommandTools,
  found: Found,
  node: ClusterNode,
  unit: string | undefined,
): Promise<number> {
  if (use.cloud.onThisMachine) {
    throw new Failure('USAGE', {
      message: `the journal of ${node.role} ${node.number} can only be read over ssh, and the node is rehearsed`,
      ...(found.unseen[0] ? { cause: found.unseen[0] } : {}),
      next: 'npx task logs leader, or npx task logs agent 1',
    })
  }
  const { environment, flags, signal } = use
  const journal = ['journalctl', '--no-pager', '-n', String(LINES)]
  // ssh joins the words into one command for the node's shell.
  const command = [...journal, ...(unit ? ['-u', `'${unit}'`] : []), ...(flags.force ? ['-f'] : [])]
  return runAtTerminal('ssh', await sshArguments(use, found, node, command), { environment, signal })
}
