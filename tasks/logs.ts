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
  runs: "prints the last 100 lines of a node's journal, or of one systemd unit in it, by dcos-log, else by ssh",
  keys: ['cloud', 'region', 'cluster', 'access.publicKey', 'access.sshUser', 'auth', 'aws'],
  options: { force: 'follow the journal until Ctrl-C' },
  examples: ['logs leader', 'logs agent 2 dcos-net -f'],
}

/** How many lines are shown of what was before. */
const LINES = 100
/** The name of a unit (systemd.unit(5)); it may come into a line for a shell. */
const UNIT = /^[A-Za-z0-9_:][A-Za-z0-9_:.@\\-]*$/

/** Shows a node's journal, all of it or of one unit; `-f` follows it. By dcos-log, else by ssh. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const found = await findNodes(use)
  const { node, rest } = pickNode(found.nodes, use.words)
  const unit = unitOf(rest)
  const byDcos = await readByDcos(use, found, node, unit)
  return byDcos ? 0 : readBySsh(use, found, node, unit)
}

/** What is left of the words when the node is taken away. */
function unitOf(words: readonly string[]): string | undefined {
  const [unit] = words
  if (unit === undefined) return undefined
  if (words.length === 1 && UNIT.test(unit)) return /\.\w+$/.test(unit) ? unit : `${unit}.service`
  throw new Failure('USAGE', {
    message: `logs does not understand ${JSON.stringify(words.join(' '))}`,
    cause: 'it takes a node (leader, master N, agent N, public N, an address), then a unit of systemd',
    next: 'npx task logs agent 1 dcos-mesos-slave',
  })
}

/** Whether DC/OS had the journal. dcos-log answers for agents and for the leading master alone. */
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
    // A node is asked directly where DC/OS is in no state to answer for it; a rehearsed one cannot be.
    if (!(error instanceof Failure) || use.cloud.onThisMachine || unseen.length === 0) throw error
    use.stderr.write(`by ssh, as ${error.message}\n`)
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
      message: `the journal of ${node.role} ${node.number} could only be read by ssh, and it is rehearsed`,
      ...(found.unseen[0] ? { cause: found.unseen[0] } : {}),
      next: 'npx task logs leader, or npx task logs agent 1',
    })
  }
  const { environment, flags, signal } = use
  const journal = ['journalctl', '--no-pager', '-n', String(LINES)]
  // ssh joins the words for the shell of the node.
  const command = [...journal, ...(unit ? ['-u', `'${unit}'`] : []), ...(flags.force ? ['-f'] : [])]
  return runAtTerminal('ssh', await sshArguments(use, found, node, command), { environment, signal })
}
