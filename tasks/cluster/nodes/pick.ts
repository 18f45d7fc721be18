import { Failure } from '../../base/failure.ts'
import type { ClusterNode } from './find.ts'

/** Addresses, and the ids of EC2 and Mesos: what no word of ours and no unit's name looks like. */
const PLACE = /^(\d+(\.\d+){3}|i-[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]+-S\d+)$/

/**
 * The node that the first words name (`leader`, `master [N]`, `agent [N]`, an address or an id), and the words after it. The leading
 * master where they name none. Throws USAGE when there is no such node.
 */
export function pickNode(
  nodes: readonly ClusterNode[],
  words: readonly string[],
): { node: ClusterNode; rest: string[] } {
  const [first = '', second = ''] = words
  if (first === 'master' || first === 'agent') {
    const numbered = /^\d+$/.test(second)
    const rest = words.slice(numbered ? 2 : 1)
    if (numbered) return { node: named(nodes, `${first} ${Number(second)}`), rest }
    return { node: first === 'master' ? leader(nodes) : named(nodes, 'agent 1'), rest }
  }
  if (first === 'leader') return { node: leader(nodes), rest: words.slice(1) }
  if (!PLACE.test(first)) return { node: leader(nodes), rest: [...words] }
  const node = nodes.find(({ address, id, instance, publicAddress }) =>
    [address, publicAddress, instance, id].includes(first),
  )
  if (!node) throw unknown(first, nodes)
  return { node, rest: words.slice(1) }
}

/** The leading master of Mesos; where nobody says which that is, the first one. */
export function leader(nodes: readonly ClusterNode[]): ClusterNode {
  const masters = nodes.filter(({ role }) => role === 'master')
  const found = masters.find((node) => node.leader) ?? masters[0]
  if (!found) throw unknown('leader', nodes)
  return found
}

function named(nodes: readonly ClusterNode[], name: string): ClusterNode {
  const found = nodes.find((node) => node.name === name)
  if (!found) throw unknown(name, nodes)
  return found
}

function unknown(word: string, nodes: readonly ClusterNode[]): Failure {
  const known = nodes.map(({ address, name }) => `${name} (${address})`)
  return new Failure('USAGE', {
    message: `the cluster has no node ${JSON.stringify(word)}`,
    cause: known.length > 0 ? `it has ${known.join(', ')}` : 'it has no nodes at this moment',
    next: 'npx task nodes',
  })
}
