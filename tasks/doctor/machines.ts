import { findInstanceTypes, runningInstances, zonesOffering } from '../aws/instance-types.ts'
import { ec2Quota, isStandard, STANDARD_VCPUS } from '../aws/quotas.ts'
import { availabilityZones } from '../aws/regions.ts'
import type { Machines, Place } from '../aws/template/machines.ts'
import { Failure } from '../runner/failure.ts'
import { parameterFor } from '../wanted.ts'
import { distinct, type Survey, ssmName } from './survey.ts'
import { Depends, done, fail, type Verdict, warn } from './verdict.ts'

/** Whether every image that the template would launch exists in the region. */
export async function images(survey: Survey): Promise<Verdict> {
  const { use } = survey
  const { region } = use.aws
  const machines = await survey.machines()
  const unmapped = machines.filter((one) => one.unmapped)
  if (unmapped.length > 0) {
    return fail(
      'PARAMETER_INVALID',
      `the template has no image for ${region} (${list(unmapped)})`,
      "choose a region of the template's mappings (npx task show-template), or another template",
    )
  }
  const ids = distinct(machines.map(({ image }) => image))
  if (ids.length === 0) {
    return machines.length === 0
      ? done('the template launches no instances of its own')
      : warn(
          `could not be checked: the template names no image for ${list(machines)}`,
          'before cloud=aws, set the parameter that names the AMI (npx task show-template)',
        )
  }
  const unresolved = ids.map(ssmName).filter((name) => name !== undefined)
  if (unresolved.length > 0) {
    return fail(
      'PARAMETER_INVALID',
      `there is no SSM parameter ${unresolved.join(', ')} in ${region}, which should name the image`,
      'name another SSM parameter, or another region',
    )
  }
  const found = await survey.images()
  const missing = ids.filter((id) => !found.some((image) => image.id === id))
  const unavailable = found.filter(({ state }) => state !== 'available' && state !== '')
  if (missing.length > 0) {
    const what = `${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} not exist in ${region}, or not for this account`
    const who = list(machines.filter(({ image }) => image !== undefined && missing.includes(image)))
    // An emulator has no images but its own, and takes any.
    if (use.aws.options.endpoint) return warn(`the image ${what}`, 'AWS itself would refuse it')
    return fail(
      'PARAMETER_INVALID',
      `the image ${what}`,
      'name an image of this region: a parameter of the template, or another template',
      `${who} would be launched from it; images belong to one region, and old ones are removed`,
    )
  }
  if (unavailable.length > 0) {
    const what = unavailable.map(({ id, state }) => `${id} is ${state}`).join(', ')
    return fail('PARAMETER_INVALID', `the image ${what}`, 'name an image that is available')
  }
  const undecided = machines.filter(({ image }) => image === undefined)
  if (undecided.length > 0)
    return warn(`could not be checked for ${list(undecided)}: not known before it runs`)
  return done(`${ids.join(', ')} ${ids.length === 1 ? 'exists' : 'exist'} in ${region}`)
}

/** Whether the types exist, run the images, and are offered where the template puts them. */
export async function instanceTypes(survey: Survey): Promise<Verdict> {
  const { aws } = survey.use
  const machines = await survey.machines()
  const names = distinct(machines.map(({ instanceType }) => instanceType))
  if (names.length === 0) return warn('could not be checked: the template leaves the instance types to AWS')
  const [types, offered, zones] = await Promise.all([
    survey.instanceTypes(),
    zonesOffering(aws, names),
    availabilityZones(aws),
  ])
  const next = await otherType(survey)
  const unknown = names.filter((name) => !types.some((type) => type.name === name))
  if (unknown.length > 0)
    return fail('PARAMETER_INVALID', `EC2 has no instance type ${unknown.join(', ')}`, next)
  const nowhere = names.filter((name) => offered.get(name)?.length === 0)
  if (nowhere.length > 0)
    return fail('PARAMETER_INVALID', `${nowhere.join(', ')} is not offered in ${aws.region}`, next)
  const mismatch = await architectures(survey, machines)
  if (mismatch) return fail('PARAMETER_INVALID', mismatch, next)
  for (const { instanceType, logicalId, places } of machines) {
    if (instanceType === undefined) continue
    const there = offered.get(instanceType) ?? []
    for (const place of places) {
      const zone = zoneOf(place, zones)
      if (zone === undefined || there.includes(zone)) continue
      return fail(
        'PARAMETER_INVALID',
        `${instanceType} is not offered in ${zone}, where ${logicalId} would be`,
        `put it into ${there.join(' or ')} (a parameter of the template), or ${next}`,
      )
    }
    const missing = zones.filter((zone) => !there.includes(zone))
    if (missing.length > 0 && places.some((place) => place === undefined)) {
      return warn(
        `${instanceType} is not offered in ${missing.join(', ')}, and the template leaves the zone to AWS`,
        `if that fails, run it again, or ${next}`,
      )
    }
  }
  return done(
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} offered where the template needs ${names.length === 1 ? 'it' : 'them'}`,
  )
}

/** Whether the account may run as many vCPUs as masters and agents will have, besides what runs already. */
export async function quota(survey: Survey): Promise<Verdict> {
  const { use } = survey
  const machines = await survey.machines()
  const types = await survey.instanceTypes()
  const known = machines.filter(
    ({ count, instanceType }) => count !== undefined && instanceType !== undefined,
  )
  const vCpus = (name: string) => types.find((type) => type.name === name)?.vCpus
  let needed = 0
  let instances = 0
  const others: string[] = []
  for (const { count = 0, instanceType = '' } of known) {
    const each = vCpus(instanceType)
    if (each === undefined) throw new Depends(`it is not known how many vCPUs ${instanceType} has`)
    if (!isStandard(instanceType)) others.push(instanceType)
    else {
      needed += count * each
      instances += count
    }
  }
  const limit = await ec2Quota(use.aws, STANDARD_VCPUS)
  if (limit === undefined)
    return warn(`could not be checked: Service Quotas does not know the quota ${STANDARD_VCPUS}`)
  const running = await vCpusRunning(survey)
  const used = typeof running === 'number' ? running : 0
  const sum = `${instances} instances with ${needed} vCPUs`
  const rest = used > 0 ? `, ${used} of them in use` : ''
  if (needed + used > limit) {
    return fail(
      'PARAMETER_INVALID',
      `${sum} are more than the quota of ${limit} vCPUs in ${use.aws.region} allows${rest}`,
      `fewer agents, or aws service-quotas request-service-quota-increase --service-code ec2 --quota-code ${STANDARD_VCPUS} --desired-value ${needed + used} --region ${use.aws.region}`,
      `the quota ${STANDARD_VCPUS} counts the vCPUs of all running on-demand standard instances of the account`,
    )
  }
  if (typeof running !== 'number')
    return warn(
      `${sum} fit into the quota of ${limit} vCPUs if little else runs: ${running.message}`,
      running.next ?? null,
    )
  if (known.length < machines.length)
    return warn(`could not be checked for ${list(machines.filter((one) => !known.includes(one)))}`)
  if (others.length > 0)
    return warn(`could not be checked for ${distinct(others).join(', ')}, which has a quota of its own`)
  return done(`${sum} fit into the quota of ${limit}${rest}`)
}

/** The vCPUs of what runs in the region besides this cluster; a Failure where nobody may look. */
async function vCpusRunning({ use }: Survey): Promise<number | Failure> {
  try {
    const counts = await runningInstances(use.aws, use.config.cluster.name)
    const names = [...counts.keys()].filter(isStandard)
    const types = names.length > 0 ? await findInstanceTypes(use.aws, names) : []
    return types.reduce((sum, { name, vCpus }) => sum + (counts.get(name) ?? 0) * vCpus, 0)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

/** What to do about a type: the key of the config, where the template has a parameter for it. */
async function otherType(survey: Survey): Promise<string> {
  const { all } = await survey.wanted()
  const declared = parameterFor('instanceType', (name) => name in all) !== undefined
  return declared
    ? 'set agents.instanceType to another type'
    : 'use another template: this one fixes the type'
}

/** Why an image would not run on its type; undefined if all do, or if the images are not to be had. */
async function architectures(survey: Survey, machines: Machines[]): Promise<string | undefined> {
  const types = await survey.instanceTypes()
  const found = await survey.images().catch(() => [])
  for (const { image, instanceType } of machines) {
    const architecture = found.find(({ id }) => id === image)?.architecture
    const type = types.find(({ name }) => name === instanceType)
    if (!architecture || !type || type.architectures.length === 0) continue
    if (!type.architectures.includes(architecture))
      return `${instanceType} (${type.architectures.join(', ')}) does not run ${image} (${architecture})`
  }
  return undefined
}

function zoneOf(place: Place, zones: string[]): string | undefined {
  if (place === undefined) return undefined
  return 'zone' in place ? place.zone : zones[place.index]
}

function list(machines: Machines[]): string {
  return machines.map(({ logicalId }) => logicalId).join(', ')
}
