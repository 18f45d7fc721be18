import { access } from 'node:fs/promises'
import path from 'node:path'
import { findImages } from '../../aws/images.ts'
import { readTemplate } from '../../aws/stack/stack.ts'
import { Failure } from '../../base/failure.ts'
import { makePrivateFolder } from '../../base/file.ts'
import { shellWord } from '../../runner/rerun.ts'
import type { Use } from '../context.ts'
import type { ClusterNode, Found } from '../nodes/find.ts'
import { leader } from '../nodes/pick.ts'
import { generatedKey } from './generated-key.ts'

/** The user of an image, by what its name holds (the documentation of each: "default user"). The first that fits counts. */
const USERS: [RegExp, string][] = [
  [/coreos|flatcar/i, 'core'],
  [/centos/i, 'centos'],
  [/ubuntu/i, 'ubuntu'],
  [/debian/i, 'admin'],
  [/rocky/i, 'rocky'],
  [/rhel|amzn|\bal20/i, 'ec2-user'],
]
/** DC/OS's own CLI takes this one since 2.1-patch.1. */
const USUAL_USER = 'centos'

/** The user to log in as: `access.sshUser`, else that of the node's image, else what the stack's template shows of its system. */
export async function sshUser(use: Use, node: ClusterNode, stack: Found['stack']): Promise<string> {
  const { sshUser: configured } = use.config.access
  if (configured !== 'auto') return configured
  const images = node.image ? await findImages(use.aws, [node.image]).catch(refused) : undefined
  const byImage = userOfImage(images?.[0]?.name ?? '')
  if (byImage) return byImage
  const template = await readTemplate(use.aws, stack.arn).catch(refused)
  return template && isCoreOs(template) ? 'core' : USUAL_USER
}

/** What AWS does not let us see is not known; anything else is to be told. */
function refused(error: unknown): undefined {
  if (!(error instanceof Failure && error.code === 'ACCESS_DENIED')) throw error
}

/** The user that comes with an image of this name. */
export function userOfImage(name: string): string | undefined {
  return USERS.find(([pattern]) => pattern.test(name))?.[1]
}

/** The official templates are made for CoreOS: their instances read a cloud-config with a section `coreos`. */
export function isCoreOs(template: string): boolean {
  return template.includes('#cloud-config') && /(^|\n|\\n|")\s*\\?"?coreos\\?"?:/m.test(template)
}

/** The cluster's own list of host keys. */
export function knownHosts(use: Pick<Use, 'folders'>): string {
  return path.join(use.folders.cluster, 'known_hosts')
}

/**
 * The words of `ssh` that lead to a node. Only masters can be reached from outside: the others are reached through one, by the same key
 * and the same host keys. Nothing in ~/.ssh is written, and what is set there still counts.
 */
export async function sshWords(use: Use, { nodes, stack }: Found, node: ClusterNode): Promise<string[]> {
  const user = await sshUser(use, node, stack)
  await makePrivateFolder(use.folders.cluster)
  const key = await privateKey(use)
  const common = commonWords(knownHosts(use), key)
  const outside = nodes.filter(({ publicAddress, role }) => role === 'master' && publicAddress)
  // Where no master has a public address, whoever asks is in the cluster's own network.
  const jump = node.role === 'master' || outside.length === 0 ? undefined : leader(outside)
  const address = jump ? node.address : (node.publicAddress ?? node.address)
  const proxy = jump ? ['-o', `ProxyCommand=${jumpCommand(user, jump, common)}`] : []
  return [...common, ...alias(node), ...proxy, '--', `${user}@${address}`]
}

function commonWords(hosts: string, key: string | undefined): string[] {
  return [
    // An unknown host is noted, a key that has changed is refused.
    ...['-o', 'StrictHostKeyChecking=accept-new'],
    ...['-o', `UserKnownHostsFile="${literal(hosts)}"`],
    // A shared connection of the user's would leave its socket in ~/.ssh.
    ...['-o', 'ControlPath=none'],
    ...(key ? ['-i', literal(key), '-o', 'IdentitiesOnly=yes'] : []),
  ]
}

/** Host keys go by the instance: another one that gets the same address later is another host, and no alarm. */
function alias({ address, instance }: ClusterNode): string[] {
  return ['-o', `HostKeyAlias=${instance ?? address}`]
}

/** What `-J` stands for, but with our options, which that would not pass on. A shell reads it, after ssh has replaced what has a %. */
function jumpCommand(user: string, master: ClusterNode, common: string[]): string {
  const words = ['ssh', ...common, ...alias(master)].map(literal)
  const to = ['-W', '[%h]:%p', '--', `${user}@${master.publicAddress}`]
  return [...words, ...to].map(shellWord).join(' ')
}

/** ssh replaces %h and its like (ssh_config(5), TOKENS). */
function literal(word: string): string {
  return word.replaceAll('%', '%%')
}

/** The private key of the cluster's: the one that was generated, else the half of `access.publicKey`, if it is there. */
async function privateKey(use: Use): Promise<string | undefined> {
  const { publicKey } = use.config.access
  const own = publicKey === 'auto' ? generatedKey(use) : publicKey.replace(/\.pub$/, '')
  if (own === publicKey) return undefined
  return access(own).then(
    () => own,
    () => undefined,
  )
}
