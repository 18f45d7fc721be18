import { ACCOUNT } from '../../stack/model.ts'
import { hex } from '../../state/chance.ts'
import type { LooseResource } from '../../state/entries.ts'
import { AwsError } from '../../wire/errors.ts'
import { texts } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { passes } from './filters.ts'
import { interfacesOf } from './interfaces.ts'
import { discard, judgeIds, loose, required, stacked } from './inventory.ts'
import { tagSet, tagsFor } from './tags.ts'

export function createSecurityGroup(call: Call): Xml {
  const { cloud, fields, region } = call
  const name = required(call, 'GroupName')
  const description = required(call, 'GroupDescription')
  const vpc = required(call, 'VpcId')
  if (!stacked(call, 'AWS::EC2::VPC').some(({ incarnation }) => incarnation.physicalId === vpc)) {
    throw new AwsError('InvalidVpcID.NotFound', `The vpc ID '${vpc}' does not exist`)
  }
  if (groupsOf(call).some((group) => group.name === name && group.vpc === vpc)) {
    throw new AwsError(
      'InvalidGroup.Duplicate',
      `The security group '${name}' already exists for VPC '${vpc}'`,
    )
  }
  const tags = tagsFor(fields, 'security-group')
  const id = cloud.log.commit((_, at) => {
    const made = `sg-0${hex(16, 'loose', vpc, name, at)}`
    const resource: LooseResource = { id: made, kind: 'security-group', region, name, description, vpc, tags }
    return { change: { type: 'CreateResource', resource }, answer: made }
  })
  return { return: true, groupId: id, tagSet: tagSet(tags) }
}

export function describeSecurityGroups(call: Call): Xml {
  const { fields } = call
  const ids = texts(fields, 'GroupId')
  const all = groupsOf(call)
  judgeIds(ids, all, 'InvalidGroup.NotFound', (id) => `The security group '${id}' does not exist`)
  const found = all.filter((group) => {
    const { id, name, vpc, description } = group
    const values: Record<string, string | undefined> = {
      'group-id': id,
      'group-name': name,
      'vpc-id': vpc,
      description,
      'owner-id': ACCOUNT,
    }
    return (ids.length === 0 || ids.includes(id)) && passes(fields, (filter) => [values[filter]], group.tags)
  })
  return {
    securityGroupInfo: found.map(({ id, name, vpc, description, tags }) => ({
      ownerId: ACCOUNT,
      groupId: id,
      groupName: name,
      groupDescription: description,
      vpcId: vpc,
      ipPermissions: [],
      ipPermissionsEgress: [],
      tagSet: tagSet(tags),
    })),
  }
}

export function deleteSecurityGroup(call: Call): Xml {
  const id = required(call, 'GroupId')
  const own = loose(call, 'security-group').some((group) => group.id === id)
  if (!own && !groupsOf(call).some((group) => group.id === id)) {
    throw new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`)
  }
  if (!own || interfacesOf(call).some(({ groups }) => groups.includes(id))) {
    throw new AwsError('DependencyViolation', `resource ${id} has a dependent object`)
  }
  discard(call, id)
  return { return: true, groupId: id }
}

interface Group {
  id: string
  name: string
  description: string
  vpc: string | undefined
  tags: Record<string, string>
}

function groupsOf(call: Call): Group[] {
  const made = loose(call, 'security-group').map(({ id, name = '', description, vpc, tags }) => ({
    id,
    name,
    description,
    vpc,
    tags,
  }))
  const own = stacked(call, 'AWS::EC2::SecurityGroup').map(({ record, incarnation, tags }) => {
    const { GroupName, GroupDescription, VpcId } = incarnation.properties
    return {
      id: incarnation.physicalId,
      name: String(GroupName ?? `${record.name}-${incarnation.resource}`),
      description: String(GroupDescription ?? ''),
      vpc: VpcId === undefined ? undefined : String(VpcId),
      tags,
    }
  })
  return [...own, ...made]
}
