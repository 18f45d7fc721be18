import { Failure } from '../base/failure.ts'
import { type ClusterNode, roles } from './nodes.ts'

/** Names of nodes, in addition to addresses and ids; `public-agent` is the dcos CLI's word. */
const NAMES = ['leader', 'master', 'agent', 'public', 'public-agent', 'bootstrap']
/** An address, or an id of EC2 or Mesos: no systemd unit looks like it. */
const PLACE = /^(\d+(\.\d+){3}|i-[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]+-S\d+)$/

/**
 * The node that the first words name (`leader`, `master`, `agent 3`, `public 1`, an address, an id), and the words after it; the leading
 * master if they name none. Throws USAGE if the cluster has no such node.
 */
export function pickNode(
  nodes: readonly ClusterNode[],
  words: readonly string[],
): { node: ClusterNode; rest: string[] } {
  const [first = 'leader', second = ''] = words
  if (PLACE.test(first)) {
    const node = nodes.find((one) =>
      [one.address, one.publicAddress, one.instance, one.agentId].includes(first),
    )
    return { node: node ?? missing(nodes, first), rest: words.slice(1) }
  }
  if (!NAMES.includes(first)) return { node: leaderOf(nodes) ?? missing(nodes, 'leader'), rest: [...words] }
  const role = first.replace('-agent', '')
  const counted = role !== 'leader' && /^\d+$/.test(second)
  const number = counted ? Number(second) : 1
  const leads = role === 'leader' || (role === 'master' && !counted)
  const node = leads ? leaderOf(nodes) : nodes.find((one) => one.role === role && one.number === number)
  const named = counted ? `${first} ${second}` : first
  return { node: node ?? missing(nodes, named), rest: words.slice(counted ? 2 : 1) }
}

/** The leading master; if it is not known, the first one. */
export function leaderOf(nodes: readonly ClusterNode[]): ClusterNode | undefined {
  const masters = nodes.filter(({ role }) => role === 'master')
  return masters.find(({ leader }) => leader) ?? masters[0]
}

function missing(nodes: readonly ClusterNode[], words: string): never {
  const counts = roles.map((role) => `${nodes.filter((node) => node.role === role).length} × ${role}`)
  throw new Failure('USAGE', {
    message: `there is no node ${words}`,
    cause: `the cluster has ${counts.join(', ')}`,
    next: 'npx task nodes lists them; a node is master, leader, agent N, public N, or an address',
  })
}
