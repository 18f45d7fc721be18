import { table } from './base/table.ts'
import { jsonText } from './base/terminal-text.ts'
import type { Use } from './cluster/context.ts'
import { type ClusterNode, findNodes } from './cluster/nodes.ts'
import type { Help } from './runner/help/text.ts'
import { layOut } from './runner/present/lay-out.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help nodes` says. */
export const help: Help = {
  runs: 'asks AWS and DC/OS for the nodes and prints a row for each; reports what either could not provide',
  keys: ['cloud', 'region', 'cluster', 'auth', 'aws'],
  options: { json: 'one JSON document: the nodes, and what could not be determined' },
  examples: ['nodes', 'nodes --json region=us-east-1'],
}

const HEADER = ['NODE', 'ADDRESS', 'PUBLIC', 'ZONE', 'STATE', 'TASKS', 'CPUS', 'MEM (GiB)']
/** Columns dropped on a narrow terminal, in this order. */
const SPARE = ['ZONE', 'MEM (GiB)', 'CPUS', 'PUBLIC', 'TASKS']

/** Lists the nodes: where each is, its state, and its load. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const { json, stderr, stdout } = use
  const { nodes, unseen } = await findNodes(use)
  const columns = stdout.isTTY ? stdout.columns : undefined
  stdout.write(json ? `${jsonText({ nodes, unseen }, 2)}\n` : table(HEADER, nodes.map(row), columns, SPARE))
  if (!json)
    for (const why of unseen) stderr.write(`${await layOut(`this list may be incomplete: ${why}`, stderr)}\n`)
  return 0
}

function row({ address, leader, load, number, publicAddress, role, state, zone }: ClusterNode): string[] {
  const share = ([used, all]: [number, number], unit: number) =>
    `${Number((used / unit).toFixed(1))} of ${Number((all / unit).toFixed(1))}`
  return [
    `${role} ${number}${leader ? ' (leader)' : ''}`,
    address,
    publicAddress ?? '',
    zone ?? '',
    state,
    ...(load ? [String(load.tasks), share(load.cpus, 1), share(load.mem, 1024)] : ['', '', '']),
  ]
}
