import { jsonText } from './base/terminal-text.ts'
import type { Use } from './cluster/context.ts'
import { type ClusterNode, findNodes } from './cluster/nodes/find.ts'
import { table } from './dcos/client/table.ts'
import type { CommandTools } from './runner/taskfile.ts'

const HEADER = ['NODE', 'ADDRESS', 'PUBLIC', 'ZONE', 'STATE', 'HEALTH', 'TASKS', 'CPUS', 'MEM']
const NONE = '-'

/** Lists the nodes of the cluster: what each is, where it is, how it fares and how much it has to do. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { json, stderr, stdout } = use
  const { nodes, unseen, url } = await findNodes(use)
  if (json) stdout.write(`${jsonText({ url: url ?? null, nodes, unseen }, 2)}\n`)
  else {
    stdout.write(table(HEADER, nodes.map(row)))
    for (const why of unseen) stderr.write(`not all could be asked: ${why}\n`)
  }
  return 0
}

function row(node: ClusterNode): string[] {
  const { address, health, load, name, publicAddress, role, state, zone } = node
  const kind = role === 'agent_public' ? ' (public)' : node.leader ? ' (leader)' : ''
  const where = [address || NONE, publicAddress ?? NONE, zone ?? NONE]
  return [`${name}${kind}`, ...where, state, health, ...loadCells(load)]
}

/** Of the resources what is used of what there is; memory in GiB, which Mesos counts in MiB. */
function loadCells(load: ClusterNode['load']): string[] {
  if (!load) return [NONE, NONE, NONE]
  const { cpus, mem, tasks } = load
  const share = (used: number, total: number) => `${rounded(used)}/${rounded(total)}`
  return [String(tasks), share(cpus.used, cpus.total), `${share(mem.used / 1024, mem.total / 1024)} GiB`]
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10)
}
