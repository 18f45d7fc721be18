import { addressNumber, addressText } from '../../template/functions.ts'
import { draw, hex } from '../state/chance.ts'
import { zoneOf } from './attributes.ts'
import { boot } from './durations.ts'
import { publicAddress } from './identifiers.ts'
import type { Model } from './model.ts'
import type { Recorder } from './recorder.ts'
import { roleOf } from './roles.ts'
import type { Machine } from './timeline.ts'

export const GROUP = 'AWS::AutoScaling::AutoScalingGroup'
export const INSTANCE = 'AWS::EC2::Instance'

/** AWS reserves the first four addresses of a subnet and the last one. */
const RESERVED = 4

type Properties = Record<string, unknown>

/** How many instances a group should have. */
export function capacityOf(properties: Properties): number {
  return Number(properties.DesiredCapacity ?? properties.MinSize ?? 0)
}

/** Launches the instances `from … to - 1` of a group. Their places and what they run come from the template. */
export function launchGroup(
  model: Model,
  recorder: Recorder,
  id: string,
  from: number,
  to: number,
  at: number,
): Machine[] {
  const properties = model.properties(id)
  const launch = launchOf(model, properties)
  const launchedFrom = templateOf(properties)
  const subnets = listOf(properties.VPCZoneIdentifier)
  const zones = listOf(properties.AvailabilityZones)
  const tags: Record<string, string> = { 'aws:autoscaling:groupName': model.physicalId(id) }
  for (const tag of tagsIn(properties)) {
    if (String(tag.PropagateAtLaunch) === 'true') tags[String(tag.Key)] = String(tag.Value)
  }
  return Array.from({ length: Math.max(0, to - from) }, (_, offset) => {
    const index = from + offset
    const words = [model.specification.seed, model.stack.id, id, model.generations[id] ?? 0, index]
    return machine(model, recorder, {
      id: `i-0${hex(16, 'instance', ...words)}`,
      resource: id,
      group: model.physicalId(id),
      launchedAt: at + recorder.span(4, 14, id, 'launch', index),
      subnet: subnets[index % Math.max(1, subnets.length)] ?? '',
      zone: zones[index % Math.max(1, zones.length)],
      launch,
      launchedFrom,
      tags,
      words,
    })
  })
}

/** The launch template, and its version, that a group launches from. */
export function templateOf(properties: Properties): Machine['launchedFrom'] {
  const found = specificationOf(properties)
  if (!found) return undefined
  return { LaunchTemplateId: String(found.LaunchTemplateId ?? ''), Version: String(found.Version ?? '') }
}

function specificationOf(properties: Properties): Properties | undefined {
  const mixed = properties.MixedInstancesPolicy as
    | { LaunchTemplate?: { LaunchTemplateSpecification?: Properties } }
    | undefined
  return (properties.LaunchTemplate ?? mixed?.LaunchTemplate?.LaunchTemplateSpecification) as
    | Properties
    | undefined
}

/** The machine of an instance that is a resource of its own. */
export function launchInstance(model: Model, recorder: Recorder, id: string, at: number): Machine {
  const properties = model.properties(id)
  const network = interfaceOf(properties)
  const tags: Record<string, string> = {}
  for (const tag of tagsIn(properties)) tags[String(tag.Key)] = String(tag.Value)
  return machine(model, recorder, {
    id: model.physicalId(id),
    resource: id,
    group: undefined,
    launchedAt: at,
    subnet: String(properties.SubnetId ?? network?.SubnetId ?? ''),
    zone: undefined,
    launch: properties.LaunchTemplate ? { ...launchOf(model, properties), ...properties } : properties,
    tags,
    words: [model.specification.seed, model.stack.id, id, model.generations[id] ?? 0],
  })
}

interface Order {
  id: string
  resource: string
  group: string | undefined
  launchedAt: number
  subnet: string
  zone: string | undefined
  launch: Properties
  launchedFrom?: Machine['launchedFrom']
  tags: Record<string, string>
  words: (string | number)[]
}

function machine(model: Model, recorder: Recorder, order: Order): Machine {
  const { launch, words } = order
  const subnetId = model.byPhysicalId(order.subnet)
  const subnet = subnetId ? model.properties(subnetId) : {}
  const block = String(subnet.CidrBlock ?? '172.31.0.0/20')
  const associate = interfaceOf(launch)?.AssociatePublicIpAddress ?? launch.AssociatePublicIpAddress
  const open = String(associate ?? subnet.MapPublicIpOnLaunch ?? 'false') === 'true'
  const [low, high] = boot[order.group === undefined ? 'other' : roleOf(order.resource)]
  return {
    id: order.id,
    resource: order.resource,
    group: order.group,
    launchedAt: order.launchedAt,
    bootedAt: order.launchedAt + recorder.span(low, high, order.id, 'boot'),
    subnet: order.subnet,
    zone: order.zone ?? String(subnet.AvailabilityZone ?? zoneOf(model.stack.region, 0)),
    privateIp: privateAddress(block, recorder.timeline.machines, words),
    publicIp: open ? publicAddress(...words) : undefined,
    image: String(launch.ImageId ?? ''),
    instanceType: String(launch.InstanceType ?? 'm1.small'),
    launchedFrom: order.launchedFrom,
    userData: launch.UserData === undefined ? undefined : String(launch.UserData),
    keyName: launch.KeyName === undefined ? undefined : String(launch.KeyName),
    tags: {
      ...order.tags,
      'aws:cloudformation:stack-name': model.stack.name,
      'aws:cloudformation:stack-id': model.stack.id,
      'aws:cloudformation:logical-id': order.resource,
    },
  }
}

/** A free address of the block, drawn; the next one if it is taken. */
function privateAddress(block: string, machines: readonly Machine[], words: (string | number)[]): string {
  const [network = '10.0.0.0', length = '20'] = block.split('/')
  const room = Math.max(1, 2 ** (32 - Number(length)) - RESERVED - 1)
  const taken = new Set(
    machines.filter((other) => other.terminatedAt === undefined).map((other) => other.privateIp),
  )
  const first = Math.floor(draw('private', ...words) * room)
  for (let step = 0; step < room; step++) {
    const address = addressText(addressNumber(network) + RESERVED + ((first + step) % room))
    if (!taken.has(address)) return address
  }
  return network
}

/** The launch configuration or the launch template's data behind a group or an instance. */
function launchOf(model: Model, properties: Properties): Properties {
  const configuration = properties.LaunchConfigurationName
  const template = specificationOf(properties)
  const id =
    configuration !== undefined
      ? model.byPhysicalId(configuration)
      : (model.byPhysicalId(template?.LaunchTemplateId) ??
        model.sorted.find(
          (other) =>
            template?.LaunchTemplateName &&
            model.properties(other).LaunchTemplateName === template.LaunchTemplateName,
        ))
  if (id === undefined) return {}
  const found = model.properties(id)
  return (found.LaunchTemplateData as Properties | undefined) ?? found
}

interface TagProperty {
  Key?: string
  Value?: unknown
  PropagateAtLaunch?: unknown
}

function tagsIn({ Tags }: Properties): TagProperty[] {
  return Array.isArray(Tags) ? (Tags as TagProperty[]) : []
}

function interfaceOf(properties: Properties): Properties | undefined {
  return (properties.NetworkInterfaces as Properties[] | undefined)?.[0]
}

function listOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String)
  return typeof value === 'string' && value !== '' ? value.split(',') : []
}
