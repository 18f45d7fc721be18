import { DescribeImagesCommand } from '@aws-sdk/client-ec2'
import type { Aws } from './clients.ts'
import { ec2 } from './ec2.ts'
import { callJson } from './json-call.ts'

export interface Image {
  id: string
  name: string
  /** `available`, else it cannot be launched. */
  state: string
  /** `x86_64`, `arm64` … */
  architecture: string
}

/** The images of these ids that exist in the region and may be launched from this account. */
export async function findImages(aws: Aws, ids: string[]): Promise<Image[]> {
  const unknown = new Set<string>()
  for (;;) {
    const ImageIds = ids.filter((id) => !unknown.has(id))
    if (ImageIds.length === 0) return []
    try {
      const { Images = [] } = await ec2(aws).send(new DescribeImagesCommand({ ImageIds }))
      return Images.map(({ Architecture, ImageId, Name, State }) => ({
        id: ImageId ?? '',
        name: Name ?? '',
        state: State ?? '',
        architecture: Architecture ?? '',
      })).filter(({ id }) => ids.includes(id))
    } catch (error) {
      const { message, name } = error as Error
      if (!/^InvalidAMI/i.test(name)) throw error
      // EC2 names those that it does not know, and says nothing about the others.
      const named = ImageIds.filter((id) => message.includes(id))
      for (const id of named.length > 0 ? named : ImageIds) unknown.add(id)
    }
  }
}

const SSM = { name: 'ssm', target: 'AmazonSSM' }

/** GetParameters takes at most ten names a call (SSM API reference). */
const NAMES_A_CALL = 10

/** What the SSM parameters of these names hold; those that do not exist are left out. */
export async function ssmValues(aws: Aws, names: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (let at = 0; at < names.length; at += NAMES_A_CALL) {
    const Names = names.slice(at, at + NAMES_A_CALL)
    const answer = await callJson(aws, SSM, 'GetParameters', { Names })
    for (const { Name, Selector = '', Value } of (answer.Parameters ?? []) as Record<string, string>[])
      found.set(`${Name}${Selector}`, Value ?? '')
  }
  return found
}
