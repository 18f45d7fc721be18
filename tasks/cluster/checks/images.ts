import { type Image, launchRefusal } from '../../aws/images.ts'
import type { Machines } from '../../template/machines.ts'
import { distinct, listed, type Survey, ssmName } from './survey.ts'
import { done, fail, type Verdict, warn } from './verdict.ts'

/** Whether every image that the template would launch exists in the region. */
export async function images(survey: Survey): Promise<Verdict> {
  const { use } = survey
  const { region } = use.aws
  const machines = await survey.machines()
  const { automatic } = await survey.plan()
  // Throws if the image in the config is not usable.
  if (Object.values(automatic).includes('image')) await survey.image()
  const unmapped = machines.filter((one) => one.unmapped)
  if (unmapped.length > 0) {
    return fail(
      'PARAMETER_INVALID',
      `the template has no image for ${region} (${listed(unmapped)})`,
      "choose a region of the template's mappings (npx task show-template), or another template",
    )
  }
  const ids = distinct(machines.map(({ image }) => image))
  const undecided = machines.filter(({ image }) => image === undefined)
  const open = `could not be checked for ${listed(undecided)}: the template leaves the image open`
  if (ids.length === 0) {
    if (machines.length === 0) return done('the template launches no instances of its own')
    return warn(
      open,
      use.cloud.costsMoney ? null : 'before you use cloud=aws, set an image (npx task show-template)',
    )
  }
  const unresolved = ids.map(ssmName).filter((name) => name !== undefined)
  if (unresolved.length > 0) {
    return missing(
      survey,
      `there is no SSM parameter ${unresolved.join(', ')} in ${region}, which should name the image`,
      'name another SSM parameter, or another region',
    )
  }
  const found = await survey.images()
  const gone = ids.filter((id) => !found.some((image) => image.id === id))
  if (gone.length > 0) {
    const who = listed(machines.filter(({ image }) => image !== undefined && gone.includes(image)))
    return missing(
      survey,
      `the image ${gone.join(', ')} ${gone.length === 1 ? 'does' : 'do'} not exist in ${region}, or not for this account`,
      'name an image of this region: a parameter of the template, or another template',
      `${who} would be launched from it; images belong to one region, and old ones are removed`,
    )
  }
  const unavailable = found.filter(({ state }) => state !== 'available' && state !== '')
  if (unavailable.length > 0) {
    const what = unavailable.map(({ id, state }) => `${id} is ${state}`).join(', ')
    return fail('PARAMETER_INVALID', `the image ${what}`, 'name an image that is available')
  }
  for (const machine of machines) {
    const fault = await unfit(survey, machine, found)
    if (fault) return fault
  }
  if (undecided.length > 0) return warn(open)
  return done(`${ids.join(', ')} ${ids.length === 1 ? 'exists' : 'exist'} in ${region}`)
}

/** Why an image cannot be launched as the template would. */
async function unfit(
  { use }: Survey,
  { disk, image, instanceType, logicalId }: Machines,
  found: Image[],
): Promise<Verdict | undefined> {
  const { id, rootSize, sold } = found.find((one) => one.id === image) ?? {}
  if (id === undefined) return undefined
  if (disk !== undefined && rootSize !== undefined && disk < rootSize) {
    return fail(
      'PARAMETER_INVALID',
      `the disk of ${logicalId} has ${disk} GiB, and ${id} needs ${rootSize}`,
      'make it larger (a parameter such as SlaveVolumeSize, or the volume of the pool)',
      'a disk cannot be smaller than its image',
    )
  }
  const refusal = sold && (await launchRefusal(use.aws, id, instanceType ?? 'm5.large'))
  if (!refusal) return undefined
  return fail(
    'ACCESS_DENIED',
    `this account may not launch ${id}`,
    'subscribe to it, or name another image',
    refusal,
  )
}

/** An emulator knows only its own images, and launches any. */
function missing({ use }: Survey, message: string, next: string, cause?: string): Verdict {
  if (use.aws.options.endpoint) return warn(message, 'AWS itself would refuse it')
  return fail('PARAMETER_INVALID', message, next, cause)
}
