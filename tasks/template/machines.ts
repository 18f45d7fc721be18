import { conditionHolds, type Evaluated, evaluate } from './evaluate.ts'
import { existingResources, wholeNumber } from './groups.ts'
import { isObject, type Template } from './parse.ts'

/** Where a template puts instances: a zone by name or by index in the region's list; undefined leaves it to AWS. */
export type Place = { zone: string } | { index: number } | undefined

/** An instance, or a group of identical ones, that a stack of a template will have. What the parameters do not decide is undefined. */
export interface Machines {
  logicalId: string
  count: number | undefined
  /** An AMI's id, or `resolve:ssm:NAME`. */
  image: string | undefined
  /** The image is looked up in a mapping that has none for these keys, most likely for this region. */
  unmapped: boolean
  instanceType: string | undefined
  /** Whether some or all of them are spot instances. */
  spot: boolean | undefined
  places: Place[]
  /** The size of its first disk in GiB, if the template sets it. */
  disk: number | undefined
}

/**
 * The instances of a stack. `parameters` are the effective ones, defaults included, and may contain pseudo parameters such
 * as `AWS::Region`, by which images are usually mapped.
 */
export function machinesOf(template: Template, parameters: Record<string, string>): Machines[] {
  const reader = new Reader(template, parameters)
  return existingResources(template, parameters).flatMap(([logicalId, { Properties = {}, Type }]) => {
    if (Type === 'AWS::EC2::Instance') return [reader.machines(logicalId, Properties, Properties, 1)]
    if (Type !== 'AWS::AutoScaling::AutoScalingGroup') return []
    const size = wholeNumber(reader.value(Properties.DesiredCapacity ?? Properties.MinSize))
    return [reader.machines(logicalId, Properties, reader.launch(Properties), size)]
  })
}

/** The logical ids of the launch configurations that a stack will have. */
export function launchConfigurations(template: Template, parameters: Record<string, string>): string[] {
  return existingResources(template, parameters)
    .filter(([, { Type }]) => Type === 'AWS::AutoScaling::LaunchConfiguration')
    .map(([logicalId]) => logicalId)
}

type Properties = Record<string, unknown>

class Reader {
  constructor(
    private readonly template: Template,
    private readonly parameters: Record<string, string>,
  ) {}

  value(value: unknown): Evaluated {
    return evaluate(value, this.template, this.parameters)
  }

  machines(
    logicalId: string,
    owner: Properties,
    launch: Properties | undefined,
    count: number | undefined,
  ): Machines {
    const image = this.#choice(launch?.ImageId)
    return {
      logicalId,
      count,
      image: this.#text(image),
      unmapped: isObject(image) && 'Fn::FindInMap' in image && this.value(image) === undefined,
      instanceType: this.#text(launch?.InstanceType),
      spot: this.#spot(owner, launch),
      places: this.#places(owner),
      disk: wholeNumber(this.value(this.#object(this.#firstDisk(launch)?.Ebs)?.VolumeSize)),
    }
  }

  /** What a group launches from: a launch configuration or a launch template of the same template. */
  launch(group: Properties): Properties | undefined {
    const mixed = this.#object(group.MixedInstancesPolicy)?.LaunchTemplate
    // A mixed group chooses its instance types itself.
    const source = this.#object(group.LaunchTemplate)
    const specification = source ?? this.#object(this.#object(mixed)?.LaunchTemplateSpecification)
    const reference =
      group.LaunchConfigurationName ?? specification?.LaunchTemplateId ?? specification?.LaunchTemplateName
    const properties = this.#referred(reference)
    if (!properties) return undefined
    const data = this.#object(properties.LaunchTemplateData) ?? properties
    const overrides = this.#object(mixed)?.Overrides
    return overrides === undefined ? data : { ...data, InstanceType: undefined }
  }

  #spot(owner: Properties, launch: Properties | undefined): boolean | undefined {
    const distribution = this.#object(this.#object(owner.MixedInstancesPolicy)?.InstancesDistribution)
    const share = distribution?.OnDemandPercentageAboveBaseCapacity
    // Without it everything is on demand (CloudFormation, "AWS::AutoScaling::AutoScalingGroup InstancesDistribution").
    if (share !== undefined && wholeNumber(this.value(share)) !== 100) return undefined
    if (launch === undefined) return undefined
    const price = this.#setting(launch.SpotPrice)
    const options = this.#setting(launch.InstanceMarketOptions)
    const market = isObject(options) ? this.#setting(options.MarketType) : options
    return price === undefined || market === undefined ? undefined : price !== null || market !== null
  }

  /** What a property is set to: null if it is not set, undefined if more than the parameters decides that. */
  #setting(value: unknown): unknown {
    if (value === undefined) return null
    const chosen = this.#choice(value)
    return isObject(chosen) && chosen.Ref === 'AWS::NoValue' ? null : chosen
  }

  #places(owner: Properties): Place[] {
    const subnets = owner.VPCZoneIdentifier ?? owner.SubnetId ?? this.#network(owner)?.SubnetId
    if (subnets !== undefined) {
      return this.#list(subnets).map((subnet) => this.#place(this.#referred(subnet)?.AvailabilityZone))
    }
    const zones = owner.AvailabilityZones ?? owner.AvailabilityZone
    return zones === undefined ? [undefined] : this.#list(zones).map((zone) => this.#place(zone))
  }

  #place(value: unknown): Place {
    const chosen = this.#choice(value)
    const zone = this.#text(chosen)
    if (zone !== undefined) return { zone }
    if (!isObject(chosen)) return undefined
    const select = chosen['Fn::Select']
    if (Array.isArray(select) && isObject(select[1]) && 'Fn::GetAZs' in select[1]) {
      const index = wholeNumber(this.value(select[0]))
      return index === undefined ? undefined : { index }
    }
    const [subnet, attribute] = [chosen['Fn::GetAtt']].flat()
    const [id, name] = attribute === undefined ? String(subnet).split('.') : [subnet, attribute]
    return name === 'AvailabilityZone'
      ? this.#place(this.#properties(String(id))?.AvailabilityZone)
      : undefined
  }

  /** The branch of a condition that will be taken. */
  #choice(value: unknown): unknown {
    if (!isObject(value) || !Array.isArray(value['Fn::If'])) return value
    const [condition, then, otherwise] = value['Fn::If']
    const holds = conditionHolds(String(condition), this.template, this.parameters)
    return holds === undefined ? undefined : this.#choice(holds ? then : otherwise)
  }

  #list(value: unknown): unknown[] {
    const chosen = this.#choice(value)
    const items = (Array.isArray(chosen) ? chosen : [chosen]).map((item) => this.#choice(item))
    return items.filter((item) => !(isObject(item) && item.Ref === 'AWS::NoValue'))
  }

  #object(value: unknown): Properties | undefined {
    const chosen = this.#choice(value)
    return isObject(chosen) ? chosen : undefined
  }

  #firstDisk(launch: Properties | undefined): Properties | undefined {
    return launch?.BlockDeviceMappings === undefined
      ? undefined
      : this.#object(this.#list(launch.BlockDeviceMappings)[0])
  }

  #network(owner: Properties): Properties | undefined {
    return this.#object(this.#list(owner.NetworkInterfaces)[0])
  }

  #referred(value: unknown): Properties | undefined {
    const chosen = this.#choice(value)
    return isObject(chosen) && typeof chosen.Ref === 'string' ? this.#properties(chosen.Ref) : undefined
  }

  #properties(logicalId: string): Properties | undefined {
    return Object.hasOwn(this.template.Resources, logicalId)
      ? this.template.Resources[logicalId]?.Properties
      : undefined
  }

  #text(value: unknown): string | undefined {
    const found = this.value(value)
    return found === undefined || found === '' ? undefined : String(found)
  }
}
