import { findImages } from '../../aws/images.ts'
import { readTemplate } from '../../aws/stack/stack.ts'
import { Failure } from '../../base/failure.ts'
import type { Use } from '../context.ts'
import type { ClusterNode, Found } from '../nodes.ts'

/** The users of images that DC/OS runs on, by the image's name (the documentation of each). The first match counts. */
const USERS: [RegExp, string][] = [
  [/coreos|flatcar/i, 'core'],
  [/centos/i, 'centos'],
  [/ubuntu/i, 'ubuntu'],
  [/debian/i, 'admin'],
  [/rocky/i, 'rocky'],
  [/rhel|red.?hat|amzn|amazon|al20/i, 'ec2-user'],
]
/** What the dcos CLI logs in as since DC/OS 2.1. */
const USUAL_USER = 'centos'

/** The user to log in as: `access.sshUser`, else that of the node's image, else by the operating system in the stack's template. */
export async function sshUser(use: Use, { image }: ClusterNode, { stack }: Found): Promise<string> {
  const { sshUser: configured } = use.config.access
  if (configured !== 'auto') return configured
  const [found] = image ? ((await findImages(use.aws, [image]).catch(ifDenied)) ?? []) : []
  const known = userOfImage(found?.name ?? '')
  if (known) return known
  // A deleted image no longer has a name, such as CoreOS's in the official templates.
  const template = await readTemplate(use.aws, stack.arn).catch(ifDenied)
  return template && isForCoreOs(template) ? 'core' : USUAL_USER
}

function ifDenied(error: unknown): undefined {
  if (!(error instanceof Failure && error.code === 'ACCESS_DENIED')) throw error
}

/** The user that an image of this name comes with. */
export function userOfImage(name: string): string | undefined {
  return USERS.find(([pattern]) => pattern.test(name))?.[1]
}

/** The instances of the official templates read a cloud-config with a section `coreos`, which no other system uses. */
export function isForCoreOs(template: string): boolean {
  return template.includes('#cloud-config') && /(^|\n|\\n|")\s*\\?"?coreos\\?"?:/.test(template)
}
