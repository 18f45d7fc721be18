import { zonesOffering } from '../../aws/instance-types.ts'
import { availabilityZones } from '../../aws/regions.ts'
import type { Machines, Place } from '../../template/machines.ts'
import { parameterFor } from '../plan/settings.ts'
import { distinct, type Survey } from './survey.ts'
import { done, fail, type Verdict, warn } from './verdict.ts'

/** Whether the instance types exist, run the images, and are offered in the template's zones. */
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
  const unsure: Verdict[] = []
  for (const { instanceType, logicalId, places } of machines) {
    if (instanceType === undefined) continue
    const there = offered.get(instanceType) ?? []
    for (const place of places) {
      const zone = zoneOf(place, zones)
      if (place === undefined || zone === undefined || there.includes(zone)) continue
      const other = `put it into ${there.join(' or ')} (a parameter of the template), or ${next}`
      if ('zone' in place) {
        const message = `${instanceType} is not offered in ${zone}, where ${logicalId} would be`
        return fail('PARAMETER_INVALID', message, other)
      }
      const message = `${instanceType} is not offered in ${zone}, where ${logicalId} would be if every zone has a default subnet`
      unsure.push(warn(message, `if that fails, ${other}`))
    }
    const missing = zones.filter((zone) => !there.includes(zone))
    if (missing.length > 0 && places.some((place) => place === undefined)) {
      const message = `${instanceType} is not offered in ${missing.join(', ')}, and the template leaves the zone to AWS`
      unsure.push(warn(message, `if that fails, run it again, or ${next}`))
    }
  }
  if (unsure[0]) return unsure[0]
  return done(
    `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} offered where the template needs ${names.length === 1 ? 'it' : 'them'}`,
  )
}

/** What to do about a type: set the key of the config, if the template has a parameter for it. */
async function otherType(survey: Survey): Promise<string> {
  const { all } = await survey.plan()
  const declared = parameterFor('instanceType', (name) => name in all) !== undefined
  return declared
    ? 'set agents.instanceType to another type'
    : 'use another template: this one fixes the type'
}

/** Why an image would not run on its type; undefined if all do, or if the images cannot be looked up. */
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

/**
 * The zone of a place. Fn::GetAZs lists the zones that have a default subnet, or all where none has (CloudFormation User
 * Guide, "Fn::GetAZs"): for an index into that list the zone is a likely guess.
 */
function zoneOf(place: Place, zones: string[]): string | undefined {
  if (place === undefined) return undefined
  return 'zone' in place ? place.zone : zones[place.index]
}
