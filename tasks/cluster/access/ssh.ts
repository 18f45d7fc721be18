import { existsSync } from 'node:fs'
import { makePrivateFolder } from '../../base/file.ts'
import { shellWord } from '../../runner/rerun.ts'
import type { Use } from '../context.ts'
import type { ClusterNode, Found } from '../nodes.ts'
import { leaderOf } from '../pick-node.ts'
import { generatedKey } from './generated-key.ts'
import { knownHosts } from './known-hosts.ts'
import { sshUser } from './ssh-user.ts'

/**
 * The arguments of ssh that lead to a node. Only masters and a bootstrap node accept SSH from outside: the public agents, whose security
 * group leaves port 22 out in every template of DC/OS, are reached through a master too. Host keys are kept in the cluster's folder, and
 * nothing in ~/.ssh is written; a host key that changed is refused by ssh itself.
 */
export async function sshArguments(
  use: Use,
  found: Found,
  node: ClusterNode,
  command: readonly string[],
): Promise<string[]> {
  const user = await sshUser(use, node, found)
  await makePrivateFolder(use.folders.cluster)
  const common = optionsOf(use, user)
  const outside = found.nodes.filter(({ publicAddress, role }) => role === 'master' && publicAddress)
  // If no master has a known public address, we are assumed to be in the cluster's own network.
  const direct = node.role === 'master' || (node.role === 'bootstrap' && node.publicAddress !== undefined)
  const gate = direct ? undefined : leaderOf(outside)
  const address = direct ? (node.publicAddress ?? node.address) : node.address
  const proxy = gate ? ['-o', `ProxyCommand=${jump(common, gate)}`] : []
  return [...proxy, ...alias(node), ...common, address, ...(command.length > 0 ? ['--', ...command] : [])]
}

/** What ProxyJump does, but with these options, which it would not accept. ssh expands each %, then a shell reads it. */
function jump(common: readonly string[], gate: ClusterNode): string {
  const words = ['ssh', ...alias(gate), ...common].map((word) => word.replaceAll('%', '%%'))
  return [...words, '-W', '%h:%p', gate.publicAddress!].map(shellWord).join(' ')
}

function optionsOf(use: Use, user: string): string[] {
  const key = privateKey(use)
  const hosts = knownHosts(use.folders.cluster)
  return [
    ...['-o', `UserKnownHostsFile=${inConfig(hosts)}`, '-o', 'StrictHostKeyChecking=accept-new'],
    // A shared connection, if the user's config has one, would leave its socket in ~/.ssh.
    ...['-o', 'ControlPath=none'],
    // A security group that does not admit the user lets the request wait for minutes.
    ...['-o', 'ConnectTimeout=20'],
    ...(key ? ['-o', 'IdentitiesOnly=yes', '-o', `IdentityFile=${inConfig(key)}`] : []),
    ...['-l', user],
  ]
}

/** Host keys are stored per instance: a later one with the same address is another host, and must not raise an alarm. */
function alias({ address, instance }: ClusterNode): string[] {
  return ['-o', `HostKeyAlias=${instance ?? address}`]
}

/** The cluster's private key: the one that was generated here, else the other half of `access.publicKey`, if that is a file. */
function privateKey(use: Use): string | undefined {
  const { publicKey } = use.config.access
  if (publicKey !== 'auto' && !publicKey.endsWith('.pub')) return undefined
  const file = publicKey === 'auto' ? generatedKey(use) : publicKey.slice(0, -'.pub'.length)
  return existsSync(file) ? file : undefined
}

/** A path in a value of ssh_config(5): quoted, and `%` is no token. */
function inConfig(file: string): string {
  return `"${file.replaceAll('%', '%%')}"`
}

/** The command as a user would type it. */
export function sshLine(words: readonly string[]): string {
  return ['ssh', ...words].map(shellWord).join(' ')
}
