import { existsSync } from 'node:fs'
import { findImages } from '../../aws/images.ts'
import { Failure } from '../../base/failure.ts'
import type { Use } from '../context.ts'
import type { ClusterNode } from '../nodes.ts'
import { orGap } from '../permission-gap.ts'
import { generatedKey } from './generated-key.ts'
import { knownHosts } from './known-hosts.ts'

/** The users of images that DC/OS runs on, by the image's name (the documentation of each). */
const USERS: [RegExp, string][] = [
  [/centos/i, 'centos'],
  [/coreos|flatcar/i, 'core'],
  [/ubuntu/i, 'ubuntu'],
  [/rhel|red.?hat|amzn|amazon|al20/i, 'ec2-user'],
]
/** What the dcos CLI logs in as since DC/OS 2.1. */
const USUAL_USER = 'centos'

/**
 * The arguments of ssh that lead to a node: to one without a public address through a master. Host keys are kept in the cluster's
 * folder and nothing in ~/.ssh is written; a host key that changed is refused by ssh itself.
 */
export async function sshArguments(
  use: Use,
  nodes: readonly ClusterNode[],
  node: ClusterNode,
  command: readonly string[],
): Promise<string[]> {
  const user = await userOf(use, node)
  const options = optionsOf(use, user)
  if (node.publicAddress) return [...options, node.publicAddress, ...after(command)]
  const gate = nodes.find((one) => one.role === 'master' && one.publicAddress)
  if (!gate?.publicAddress) {
    throw new Failure('DCOS_UNREACHABLE', {
      message: `${node.role} ${node.number} (${node.address}) cannot be reached`,
      cause: 'it has no public address, and no master with one is known to go through',
      next: 'allow ec2:DescribeInstances, so that the addresses can be looked up, or run ssh in the network of the cluster',
    })
  }
  // Not by ProxyJump: that would not take these options for the jump.
  const jump = ['ssh', ...options, '-W', '%h:%p', gate.publicAddress].map(quote).join(' ')
  return ['-o', `ProxyCommand=${jump}`, ...options, node.address, ...after(command)]
}

function optionsOf(use: Use, user: string): string[] {
  const key = generatedKey(use)
  const hosts = knownHosts(use.folders.cluster)
  return [
    ...['-o', `UserKnownHostsFile=${inConfig(hosts)}`, '-o', 'StrictHostKeyChecking=accept-new'],
    ...(existsSync(key) ? ['-o', 'IdentitiesOnly=yes', '-o', `IdentityFile=${inConfig(key)}`] : []),
    ...['-l', user],
  ]
}

/** A command is one word for the shell of the node, as ssh itself joins it. */
function after(command: readonly string[]): string[] {
  return command.length > 0 ? ['--', ...command] : []
}

/** A path in a value of ssh_config(5): quoted, and `%` is no token. */
function inConfig(file: string): string {
  return `"${file.replaceAll('%', '%%')}"`
}

/** For the shell that ssh starts a ProxyCommand with; its own tokens stay. */
function quote(word: string): string {
  return /^[\w%:=.,/@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

async function userOf(use: Use, { image }: ClusterNode): Promise<string> {
  const { sshUser } = use.config.access
  if (sshUser !== 'auto') return sshUser
  const [found] = image ? await orGap('the image', findImages(use.aws, [image]), () => {}) : []
  return USERS.find(([name]) => name.test(found?.name ?? ''))?.[1] ?? USUAL_USER
}

/** How a line would be typed, for somebody to read. */
export function sshLine(words: readonly string[]): string {
  return ['ssh', ...words]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ')
}
