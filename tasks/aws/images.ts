import {
  type _InstanceType,
  DescribeImagesCommand,
  RunInstancesCommand,
  type Image as SdkImage,
} from '@aws-sdk/client-ec2'
import type { Aws } from './clients.ts'
import { ec2 } from './ec2.ts'
import { callJson } from './json-call.ts'

export interface Image {
  id: string
  name: string
  /** Anything but `available` cannot be launched. */
  state: string
  /** `x86_64`, `arm64` … */
  architecture: string
  /** `/dev/sda1` … */
  rootDevice: string
  /** The minimum size of its root disk, in GiB; undefined if unknown. */
  rootSize: number | undefined
  /** It is sold on the AWS Marketplace: an account needs a subscription to launch it. */
  sold: boolean
}

/** CentOS's own account, and what it called its images of CentOS 7 (wiki.centos.org, "Cloud/AWS"). */
const CENTOS = '125523088429'
const CENTOS_7 = ['CentOS Linux 7 x86_64*', 'CentOS 7*x86_64*']

/**
 * CentOS's newest image of CentOS 7 in the region. It is deprecated, so it is listed only with IncludeDeprecated, but it can
 * still be launched (EC2 User Guide, "Deprecate an AMI"). Undefined if there is none.
 */
export async function newestCentos7(aws: Aws): Promise<Image | undefined> {
  const { Images = [] } = await ec2(aws).send(
    new DescribeImagesCommand({
      Owners: [CENTOS],
      IncludeDeprecated: true,
      Filters: [
        { Name: 'name', Values: CENTOS_7 },
        { Name: 'architecture', Values: ['x86_64'] },
        { Name: 'virtualization-type', Values: ['hvm'] },
        { Name: 'root-device-type', Values: ['ebs'] },
        { Name: 'state', Values: ['available'] },
      ],
    }),
  )
  const byAge = Images.sort((a, b) => (a.CreationDate ?? '').localeCompare(b.CreationDate ?? ''))
  const newest = byAge.at(-1)
  return newest && imageFrom(newest)
}

function imageFrom(image: SdkImage): Image {
  const { Architecture, BlockDeviceMappings = [], ImageId, Name, ProductCodes = [], State } = image
  const rootDevice = image.RootDeviceName ?? ''
  return {
    id: ImageId ?? '',
    name: Name ?? '',
    state: State ?? '',
    architecture: Architecture ?? '',
    rootDevice,
    rootSize: BlockDeviceMappings.find(({ DeviceName }) => DeviceName === rootDevice)?.Ebs?.VolumeSize,
    sold: ProductCodes.some(({ ProductCodeType }) => ProductCodeType === 'marketplace'),
  }
}

/** AWS's message if the account cannot launch an image because it lacks the subscription; undefined if it can, or if that cannot be tested. */
export async function launchRefusal(
  aws: Aws,
  ImageId: string,
  instanceType: string,
): Promise<string | undefined> {
  try {
    await ec2(aws).send(
      new RunInstancesCommand({
        ImageId,
        InstanceType: instanceType as _InstanceType,
        MinCount: 1,
        MaxCount: 1,
        DryRun: true,
      }),
    )
  } catch (error) {
    // A refusal comes as a Failure, with AWS's own error as its cause.
    const said = ((error as Error).cause ?? error) as Error
    if (said.name === 'OptInRequired') return said.message
  }
  return undefined
}

/** The images with these ids that exist in the region and are visible to this account. */
export async function findImages(aws: Aws, ids: string[]): Promise<Image[]> {
  const unknown = new Set<string>()
  for (;;) {
    const ImageIds = ids.filter((id) => !unknown.has(id))
    if (ImageIds.length === 0) return []
    try {
      const { Images = [] } = await ec2(aws).send(new DescribeImagesCommand({ ImageIds }))
      return Images.map(imageFrom).filter(({ id }) => ids.includes(id))
    } catch (error) {
      const { message, name } = error as Error
      if (!/^InvalidAMI/i.test(name)) throw error
      // EC2 names the ones it does not know, and returns none of the others.
      const named = ImageIds.filter((id) => message.includes(id))
      for (const id of named.length > 0 ? named : ImageIds) unknown.add(id)
    }
  }
}

const SSM = { name: 'ssm', target: 'AmazonSSM' }

/** GetParameters takes at most ten names a call (SSM API reference). */
const NAMES_A_CALL = 10

/** The values of the SSM parameters with these names; those that do not exist are left out. */
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
