import { stat } from 'node:fs/promises'
import { findImages, type Image, newestCentos7, ssmValues } from '../../aws/images.ts'
import { partition } from '../../aws/partition.ts'
import { Failure } from '../../base/failure.ts'
import { once } from '../../base/once.ts'
import type { Use } from '../context.ts'
import { findOwnAddress } from './own-address.ts'
import type { StackPlan } from './plan.ts'
import type { Automatic } from './settings.ts'

/**
 * The values that are determined at creation; those in `kept` were determined before and stay. May upload the installer, so this is
 * called only when a stack is created or changed.
 */
export async function findAutomatic(
  use: Use,
  plan: StackPlan,
  kept: Record<string, string>,
): Promise<Record<string, string>> {
  const image = once(() => findImage(use))
  const installer = once(() => upload(use))
  const finders: Record<Automatic, () => Promise<string>> = {
    adminLocation: () => findOwnAddress(use),
    image: async () => (await image()).id,
    rootDevice: async () => (await image()).rootDevice || '/dev/sda1',
    installerUrl: async () => (await installer()).url,
    installerArn: async () => (await installer()).arn,
    installerSha256: async () => (await installer()).sha256,
    unset: async () => '',
  }
  // The root device belongs to the image, so it is kept with it.
  const fixedImage = !Object.values(plan.automatic).includes('image')
  const found: Record<string, string> = {}
  for (const [name, what] of Object.entries(plan.automatic)) {
    const stays = kept[name] && !(what === 'rootDevice' && fixedImage)
    found[name] = stays ? kept[name]! : await finders[what]()
  }
  return found
}

/** What was found in this run: both the preflight and the creation need it. */
const looked = new WeakMap<Use['aws'], Promise<Image>>()

/** The image that the config names, or the newest, looked up once. Throws PARAMETER_INVALID if there is none. */
export function findImage(use: Pick<Use, 'aws' | 'config'>): Promise<Image> {
  const known = looked.get(use.aws)
  if (known) return known
  const looking = lookForImage(use)
  looked.set(use.aws, looking)
  // After a failure the next caller asks again.
  looking.catch(() => looked.delete(use.aws))
  return looking
}

async function lookForImage(use: Pick<Use, 'aws' | 'config'>): Promise<Image> {
  const { aws, config } = use
  const next = `set image=ami-… to an image of CentOS 7, RHEL 7.9 or Flatcar 2345 in ${aws.region}`
  if (config.image === 'auto') {
    const found = await newestCentos7(aws)
    if (found) return found
    throw new Failure('PARAMETER_INVALID', {
      message: `CentOS has no image of CentOS 7 in ${aws.region}`,
      cause: 'image is auto: the newest one of its own account is looked up, deprecated ones too',
      next,
    })
  }
  const name = config.image.replace(/^ssm:/, '')
  const id = config.image.startsWith('ssm:') ? (await ssmValues(aws, [name])).get(name) : config.image
  if (!id || !/^ami-[0-9a-f]+$/.test(id)) {
    throw new Failure('PARAMETER_INVALID', {
      message: id
        ? `the SSM parameter ${name} contains no image, but ${JSON.stringify(id.slice(0, 60))}`
        : `there is no SSM parameter ${name} in ${aws.region}`,
      cause: 'image names it',
      next: 'name another SSM parameter, or an image: image=ami-…',
    })
  }
  const [found] = await findImages(aws, [id])
  if (found) return found
  // An emulator knows only its own images, and launches any.
  if (aws.options.endpoint)
    return {
      id,
      name: '',
      state: '',
      architecture: '',
      rootDevice: '',
      rootSize: undefined,
      sold: false,
    }
  throw new Failure('PARAMETER_INVALID', {
    message: `the image ${id} does not exist in ${aws.region}, or not for this account`,
    cause: 'images belong to one region, and old ones are removed',
    next,
  })
}

interface Installer {
  url: string
  arn: string
  sha256: string
}

/** Uploads the installer, unless it is already there. */
async function upload(use: Use): Promise<Installer> {
  const { sha256Of, uploadInstaller } = await import('../../aws/installer-upload.ts')
  const { name } = use.config.cluster
  const { from = '', sha256: wanted } = use.config.installer
  const { size } = await stat(from)
  const show = (doing: string) => (done: number) =>
    use.progress({
      message: `${doing} the installer: ${megabytes(done)} of ${megabytes(size)}`,
      done,
      total: size,
    })
  const sha256 = await sha256Of(from, use.signal, show('checking'))
  if (wanted && sha256 !== wanted) {
    throw new Failure('PARAMETER_INVALID', {
      message: `${from} is not the installer that installer.sha256 names`,
      cause: `its SHA-256 is ${sha256}, not ${wanted}`,
      next: 'set installer.from to the right file, or correct installer.sha256',
    })
  }
  const file = { path: from, bytes: size, sha256 }
  const sending = { clock: use.clock, signal: use.signal, tags: use.config.tags, progress: show('uploading') }
  const { bucket, key } = await uploadInstaller(use.aws, name, file, sending)
  const place = `${bucket}/${key}`
  return { url: `s3://${place}`, arn: `arn:${partition(use.aws.region)}:s3:::${place}`, sha256 }
}

function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${Math.round(bytes / 1e6)} MB`
}
