import { distinct, listed, type Survey, ssmName } from './survey.ts'
import { done, fail, type Verdict, warn } from './verdict.ts'

/** Whether every image that the template would launch exists in the region. */
export async function images(survey: Survey): Promise<Verdict> {
  const { use } = survey
  const { region } = use.aws
  const machines = await survey.machines()
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
      use.cloud.costsMoney ? null : 'before cloud=aws, name an image (npx task show-template)',
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
  if (undecided.length > 0) return warn(open)
  return done(`${ids.join(', ')} ${ids.length === 1 ? 'exists' : 'exist'} in ${region}`)
}

/** An emulator has no images but its own, and launches any. */
function missing({ use }: Survey, message: string, next: string, cause?: string): Verdict {
  if (use.aws.options.endpoint) return warn(message, 'AWS itself would refuse it')
  return fail('PARAMETER_INVALID', message, next, cause)
}
