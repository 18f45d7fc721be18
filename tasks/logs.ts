import { Failure } from './base/failure.ts'
import { sshArguments } from './cluster/access/ssh.ts'
import { knownToken, masterAt } from './cluster/access/token.ts'
import type { Use } from './cluster/context.ts'
import type { WaitValue } from './cluster/health.ts'
import { type ClusterNode, findNode, readNodes } from './cluster/nodes.ts'
import { gapText } from './cluster/permission-gap.ts'
import { followJournal, readJournal, type Wanted } from './dcos/logs.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** How many lines are shown of what was before. */
const LINES = 100

/** Shows a node's journal, all of it or of one unit; `-f` follows it. By dcos-log, else by ssh. */
export async function execute(use: Use & CommandTools, { wait }: { wait: WaitValue }): Promise<number> {
  const { signal, stderr, stdout, words } = use
  await use.cloud.reach(wait.url, 'steady')
  const nodes = await readNodes(use, wait.url, (gap) => stderr.write(`${gapText(gap)}\n`))
  const { named, unit } = split(words)
  const node = findNode(nodes, named)
  // dcos-log of the masters answers for the leader alone.
  if (node.role === 'master' && !node.leader) return bySsh(use, nodes, node, unit)
  const token = await knownToken(use)
  const master = masterAt(use, wait.url, token)
  const wanted: Wanted = { agentId: node.agentId, unit: unit && unitName(unit), lines: LINES }
  if (use.flags.force) {
    await followJournal(master, wanted, token, signal, (line) => stdout.write(`${line}\n`))
    return 0
  }
  const text = await readJournal(master, wanted)
  if (text === undefined) return bySsh(use, nodes, node, unit)
  stdout.write(text)
  return 0
}

/** `agent 3 dcos-mesos-slave`: the node's words, and the unit's name. */
function split(words: readonly string[]): { named: string[]; unit: string | undefined } {
  const isUnit = (word: string) => /^dcos-|\.(service|socket|timer)$/.test(word)
  const units = words.filter(isUnit)
  return { named: words.filter((word) => !isUnit(word)), unit: units[0] }
}

function unitName(unit: string): string {
  return /\.\w+$/.test(unit) ? unit : `${unit}.service`
}

async function bySsh(
  use: Use & CommandTools,
  nodes: ClusterNode[],
  node: ClusterNode,
  unit: string | undefined,
): Promise<number> {
  if (use.cloud.onThisMachine) {
    throw new Failure('USAGE', {
      message: `the journal of ${node.role} ${node.number} could only be read by ssh, and it is rehearsed`,
      next: 'npx task logs leader, or npx task logs agent 1',
    })
  }
  const command = ['journalctl', '--no-pager', '-n', String(LINES), ...(unit ? ['-u', unitName(unit)] : [])]
  const words = await sshArguments(use, nodes, node, [...command, ...(use.flags.force ? ['-f'] : [])])
  const { runCli } = await import('./dcos/command.ts')
  const { environment, folders, signal } = use
  return runCli('ssh', folders.home, words, { environment, signal })
}
