import { findInstanceTypes, runningInstances } from '../../aws/instance-types.ts'
import { ec2Quota, isStandard, STANDARD_VCPUS } from '../../aws/quotas.ts'
import { Failure } from '../../base/failure.ts'
import { distinct, listed, type Survey } from './survey.ts'
import { Depends, done, fail, type Verdict, warn } from './verdict.ts'

/** Whether the quota allows the vCPUs of masters and agents, besides what runs already. */
export async function quota(survey: Survey): Promise<Verdict> {
  const { use } = survey
  const machines = await survey.machines()
  if (machines.length === 0) return done('the template launches no instances of its own')
  const types = await survey.instanceTypes()
  const known = machines.filter(
    ({ count, instanceType, spot }) =>
      count !== undefined && instanceType !== undefined && spot !== undefined,
  )
  const vCpus = (name: string) => types.find((type) => type.name === name)?.vCpus
  let needed = 0
  let instances = 0
  const others: string[] = []
  for (const { count = 0, instanceType = '', spot } of known) {
    const each = vCpus(instanceType)
    if (each === undefined) throw new Depends(`the number of vCPUs of ${instanceType} is not known`)
    if (spot) others.push(`${instanceType} on the spot market`)
    else if (!isStandard(instanceType)) others.push(instanceType)
    else {
      needed += count * each
      instances += count
    }
  }
  const limit = await ec2Quota(use.aws, STANDARD_VCPUS)
  if (limit === undefined)
    return warn(`could not be checked: Service Quotas does not list the quota ${STANDARD_VCPUS}`)
  const running = await vCpusRunning(survey)
  const used = typeof running === 'number' ? running : 0
  const sum = `${instances} instances with ${needed} vCPUs`
  const rest = used > 0 ? `, ${used} of them in use` : ''
  if (needed > 0 && needed + used > limit) {
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
    return warn(`could not be checked for ${listed(machines.filter((one) => !known.includes(one)))}`)
  if (others.length > 0)
    return warn(`could not be checked for ${distinct(others).join(', ')}, which has a quota of its own`)
  return done(`${sum} fit into the quota of ${limit}${rest}`)
}

/** The vCPUs of what runs in the region besides this cluster; a Failure if that may not be listed. */
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
