import { ACCOUNT } from '../../stack/model.ts'
import { hex } from '../../state/chance.ts'
import type { LooseResource } from '../../state/entries.ts'
import { AwsError } from '../../wire/errors.ts'
import { text, texts } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { passes } from './filters.ts'
import { discard, judgeIds, loose, required, running, stacked } from './inventory.ts'
import { tagSet, tagsFor } from './tags.ts'

export function createNetworkInterface(call: Call): Xml {
  const { cloud, fields, region } = call
  const subnet = required(call, 'SubnetId')
  const found = stacked(call, 'AWS::EC2::Subnet').find(({ incarnation }) => incarnation.physicalId === subnet)
  if (!found) throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${subnet}' does not exist`)
  const { properties } = found.incarnation
  const tags = tagsFor(fields, 'network-interface')
  const resource = cloud.log.commit((_, at) => {
    const made: LooseResource = {
      id: `eni-0${hex(16, 'loose', subnet, at)}`,
      kind: 'network-interface',
      region,
      description: text(fields, 'Description') ?? '',
      vpc: String(properties.VpcId),
      subnet,
      groups: texts(fields, 'SecurityGroupId'),
      zone: String(properties.AvailabilityZone ?? `${region}a`),
      tags,
    }
    return { change: { type: 'CreateResource', resource: made }, answer: made }
  })
  return { networkInterface: tellInterface(looseInterface(resource)) }
}

export function describeNetworkInterfaces(call: Call): Xml {
  const { fields } = call
  const ids = texts(fields, 'NetworkInterfaceId')
  const all = interfacesOf(call)
  judgeIds(
    ids,
    all,
    'InvalidNetworkInterfaceID.NotFound',
    (id) => `The networkInterface ID '${id}' does not exist`,
  )
  const found = all.filter((one) => {
    const values: Record<string, (string | undefined)[]> = {
      'network-interface-id': [one.id],
      'vpc-id': [one.vpc],
      'subnet-id': [one.subnet],
      'group-id': one.groups,
      'availability-zone': [one.zone],
      description: [one.description],
      status: [one.instance ? 'in-use' : 'available'],
      'requester-id': [one.requester],
      'requester-managed': [String(one.requester !== undefined)],
      'interface-type': [one.type],
      'attachment.instance-id': [one.instance],
      'private-ip-address': [one.address],
    }
    return (
      (ids.length === 0 || ids.includes(one.id)) && passes(fields, (name) => values[name] ?? [], one.tags)
    )
  })
  return { networkInterfaceSet: found.map(tellInterface) }
}

export function deleteNetworkInterface(call: Call): Xml {
  const id = required(call, 'NetworkInterfaceId')
  const found = interfacesOf(call).find((one) => one.id === id)
  if (!found) {
    throw new AwsError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`)
  }
  if (found.instance) {
    throw new AwsError('InvalidParameterValue', `Network interface '${id}' is currently in use.`)
  }
  discard(call, id)
  return { return: true }
}

interface Interface {
  id: string
  description: string
  vpc: string
  subnet: string
  groups: string[]
  zone: string
  address: string
  instance?: string | undefined
  /** Load balancers have network interfaces of their own, with the balancer's name. */
  requester?: string | undefined
  type: string
  tags: Record<string, string>
}

/** Of the running instances, and those created outside of stacks. */
export function interfacesOf(call: Call): Interface[] {
  const vpcs = new Map(
    stacked(call, 'AWS::EC2::Subnet').map(({ incarnation }) => [
      incarnation.physicalId,
      String(incarnation.properties.VpcId),
    ]),
  )
  const own = running(call).map(({ machine }) => ({
    id: `eni-0${hex(16, 'interface', machine.id)}`,
    description: '',
    vpc: vpcs.get(machine.subnet) ?? '',
    subnet: machine.subnet,
    groups: [],
    zone: machine.zone,
    address: machine.privateIp,
    instance: machine.id,
    type: 'interface',
    tags: {},
  }))
  return [...own, ...loose(call, 'network-interface').map(looseInterface)]
}

function looseInterface(resource: LooseResource): Interface {
  const { id, description, vpc = '', subnet = '', groups = [], zone = '', tags } = resource
  const balancer = /^ELB (?:(net)\/)?/.exec(description)
  return {
    id,
    description,
    vpc,
    subnet,
    groups,
    zone,
    address: `10.0.255.${4 + (Number.parseInt(hex(2, id), 16) % 250)}`,
    requester: balancer ? 'amazon-elb' : undefined,
    type: balancer?.[1] ? 'network_load_balancer' : 'interface',
    tags,
  }
}

function tellInterface(one: Interface): Xml {
  return {
    networkInterfaceId: one.id,
    subnetId: one.subnet,
    vpcId: one.vpc,
    availabilityZone: one.zone,
    description: one.description,
    ownerId: ACCOUNT,
    requesterId: one.requester,
    requesterManaged: one.requester !== undefined,
    status: one.instance ? 'in-use' : 'available',
    privateIpAddress: one.address,
    interfaceType: one.type,
    groupSet: one.groups.map((groupId) => ({ groupId })),
    attachment: one.instance ? { instanceId: one.instance, status: 'attached', deviceIndex: 0 } : undefined,
    tagSet: tagSet(one.tags),
  }
}
