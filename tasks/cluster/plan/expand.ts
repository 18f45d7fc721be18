import type { Config } from '../../../config/schema.ts'
import { POOL_TAG, tagList } from '../../aws/ownership.ts'
import { Failure } from '../../base/failure.ts'
import { type LoadedTemplate, withTemplate } from '../../template/load.ts'
import { isObject, type Template, type TemplateResource } from '../../template/parse.ts'

type Pool = Config['agents']['pools'][number]

/** The output with the number of agents in pools, in addition to those of the parameters. */
export const POOL_AGENTS = 'PoolAgentCount'

const GROUP = 'AWS::AutoScaling::AutoScalingGroup'
const LAUNCH_TEMPLATE = 'AWS::EC2::LaunchTemplate'

/**
 * The template with what parameters cannot express: a separate group for each pool, copied from that of the agents, and the
 * user's tags on disks, which CloudFormation does not put there. Throws CONFIG_INVALID for two pools of one name, PARAMETER_INVALID
 * if the template has nothing to copy.
 */
export function expand(loaded: LoadedTemplate, { agents, tags }: Config): LoadedTemplate {
  const names = agents.pools.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    const message = `agents.pools: there are two pools with the name ${twice}`
    throw new Failure('CONFIG_INVALID', { message, next: 'give each pool its own name' })
  }
  const pools = agents.pools.filter(({ count }) => count > 0)
  if (pools.length === 0 && Object.keys(tags).length === 0) return loaded
  const template = structuredClone(loaded.template)
  for (const pool of pools) addPool(template, pool, loaded.source)
  if (pools.length > 0) {
    const count = pools.reduce((sum, pool) => sum + pool.count, 0)
    template.Outputs = {
      ...template.Outputs,
      [POOL_AGENTS]: { Description: 'How many agents are in pools.', Value: String(count) },
    }
  }
  for (const { Properties, Type } of Object.values(template.Resources))
    if (Type === LAUNCH_TEMPLATE) tagDisks(Properties, tags)
  return withTemplate(loaded, template)
}

/** Copies the group of agents and its launch template, under names that begin with the pool's. */
function addPool(template: Template, pool: Pool, source: string): void {
  const original = pool.public ? 'PublicSlave' : 'Slave'
  const prefix = `${pool.name[0]!.toUpperCase()}${pool.name.slice(1)}${original}`
  const copies = [`${original}LaunchTemplate`, `${original}ServerGroup`].map((id) => {
    const resource = template.Resources[id]
    if (!resource) throw cannotHonour(source, id)
    const text = JSON.stringify(resource).replaceAll(
      new RegExp(`\\b${original}(LaunchTemplate|ServerGroup)\\b`, 'g'),
      `${prefix}$1`,
    )
    return [id.replace(original, prefix), JSON.parse(text) as TemplateResource] as const
  })
  for (const [id, resource] of copies) {
    delete resource.Condition
    const properties = resource.Properties ?? {}
    if (resource.Type === GROUP) resize(resource, pool)
    else relaunch(properties, pool)
    template.Resources[id] = resource
  }
  // The load balancer of the public agents also serves those in pools.
  if (pool.public && template.Conditions?.HasPublicLoadBalancer)
    template.Conditions.HasPublicLoadBalancer = { 'Fn::Equals': ['', ''] }
}

function resize(resource: TemplateResource, { count, name, spot }: Pool): void {
  const properties = resource.Properties!
  Object.assign(properties, { MinSize: 0, MaxSize: count, DesiredCapacity: count })
  if (resource.CreationPolicy?.ResourceSignal) resource.CreationPolicy.ResourceSignal.Count = count
  if (spot) {
    const { LaunchTemplate } = properties
    delete properties.LaunchTemplate
    properties.MixedInstancesPolicy = {
      LaunchTemplate: { LaunchTemplateSpecification: LaunchTemplate },
      // From the capacity pools with the most to spare, so that few are interrupted.
      InstancesDistribution: {
        OnDemandBaseCapacity: 0,
        OnDemandPercentageAboveBaseCapacity: 0,
        SpotAllocationStrategy: 'capacity-optimized',
      },
    }
  }
  properties.Tags = [
    ...(properties.Tags as unknown[]),
    { Key: POOL_TAG, Value: name, PropagateAtLaunch: true },
  ]
}

function relaunch(properties: Record<string, unknown>, pool: Pool): void {
  const data = properties.LaunchTemplateData as Record<string, unknown>
  if (pool.instanceType) data.InstanceType = pool.instanceType
  if (pool.volume) {
    const [disk] = data.BlockDeviceMappings as { Ebs: Record<string, unknown> }[]
    disk!.Ebs.VolumeSize = pool.volume
  }
  const attributes = [`pool:${pool.name}`, ...(pool.attributes ? [pool.attributes] : [])].join(';')
  data.UserData = JSON.parse(
    JSON.stringify(data.UserData).replace("ATTRIBUTES=''", () => `ATTRIBUTES='${attributes}'`),
  )
}

function tagDisks(properties: Record<string, unknown> | undefined, tags: Config['tags']): void {
  const data = properties?.LaunchTemplateData
  if (!isObject(data) || !Array.isArray(data.TagSpecifications)) return
  for (const { ResourceType, Tags } of data.TagSpecifications)
    if (ResourceType === 'volume') Tags.push(...tagList(tags))
}

function cannotHonour(source: string, missing: string): Failure {
  return new Failure('PARAMETER_INVALID', {
    message: 'this template cannot honour agents.pools',
    cause: `${source} has no ${missing} that a pool could be copied from`,
    next: 'leave agents.pools out, or use the template templates/dcos.yaml',
  })
}
