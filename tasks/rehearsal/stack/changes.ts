import { type Model, STACK_TYPE } from './model.ts'

export interface ResourceChange {
  id: string
  type: string
  action: 'Add' | 'Modify' | 'Remove'
  /** A new physical resource replaces the old one. */
  replaces: boolean
  /** Names of the properties that differ. */
  properties: string[]
  /** What happens to the old physical resource, by its policy. */
  policy?: string
}

/** Properties that cannot be changed in place (AWS: "Update requires: Replacement"); `*` means all. */
const replacing: Record<string, readonly string[]> = {
  'AWS::AutoScaling::LaunchConfiguration': ['*'],
  'AWS::CloudFormation::WaitCondition': ['*'],
  'AWS::EC2::DHCPOptions': ['*'],
  'AWS::EC2::Instance': [
    'AvailabilityZone',
    'ImageId',
    'KeyName',
    'NetworkInterfaces',
    'PrivateIpAddress',
    'SubnetId',
  ],
  'AWS::EC2::NatGateway': ['AllocationId', 'SubnetId'],
  'AWS::EC2::Route': ['DestinationCidrBlock', 'RouteTableId'],
  'AWS::EC2::SecurityGroup': ['GroupDescription', 'GroupName', 'VpcId'],
  'AWS::EC2::SecurityGroupEgress': ['*'],
  'AWS::EC2::SecurityGroupIngress': ['*'],
  'AWS::EC2::Subnet': ['AvailabilityZone', 'CidrBlock', 'VpcId'],
  'AWS::EC2::SubnetNetworkAclAssociation': ['*'],
  'AWS::EC2::SubnetRouteTableAssociation': ['*'],
  'AWS::EC2::VPC': ['CidrBlock'],
  'AWS::ElasticLoadBalancing::LoadBalancer': ['LoadBalancerName', 'Scheme'],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': ['Name', 'Scheme', 'Type'],
  'AWS::IAM::InstanceProfile': ['InstanceProfileName', 'Path'],
  'AWS::IAM::Role': ['Path', 'RoleName'],
}

/**
 * The changes from the old stack to the new one. Sets the new model's generations and versions on the way, each resource
 * after everything it refers to, since a replaced resource changes those that refer to it. A resource whose creation
 * failed is added; one that failed to change is changed again.
 */
export function compare(
  before: Model,
  after: Model,
  condition: (id: string) => 'well' | 'failed' | 'missing' = () => 'well',
): ResourceChange[] {
  const changes: ResourceChange[] = []
  for (const id of after.sorted) {
    const resource = after.resources.get(id)!
    const old = before.resources.get(id)
    const state = condition(id)
    if (!old || state === 'missing') {
      after.generations[id] = (after.generations[id] ?? (old ? 0 : -1)) + 1
      changes.push({ id, type: resource.Type, action: 'Add', replaces: false, properties: [] })
      continue
    }
    const properties = differing(before.properties(id), after.properties(id))
    const retyped = old.Type !== resource.Type
    const metadata = differs(old.Metadata, resource.Metadata)
    const within = resource.Type === STACK_TYPE && !retyped && nestedDiffer(before, after, id)
    if (properties.length === 0 && !retyped && !metadata && !within && state === 'well') continue
    const replaces = retyped || properties.some((property) => needsReplacement(resource.Type, property))
    if (replaces) after.generations[id] = (after.generations[id] ?? 0) + 1
    after.versions[id] = replaces ? 1 : (after.versions[id] ?? 1) + 1
    const policy = `ReplaceAnd${resource.UpdateReplacePolicy ?? 'Delete'}`
    const change: ResourceChange = { id, type: resource.Type, action: 'Modify', replaces, properties }
    changes.push(replaces ? { ...change, policy } : change)
  }
  for (const id of before.sorted) {
    if (after.resources.has(id)) continue
    // If it is added again, it is a new one.
    after.generations[id] = before.generations[id] ?? 0
    changes.push({
      id,
      type: before.resources.get(id)!.Type,
      action: 'Remove',
      replaces: false,
      properties: [],
      policy: (before.resources.get(id)!.DeletionPolicy ?? 'Delete').replace(
        'RetainExceptOnCreate',
        'Retain',
      ),
    })
  }
  return changes
}

/** Whether a nested stack changes; sets its new specification on the way. */
function nestedDiffer(before: Model, after: Model, id: string): boolean {
  const old = before.child(id)
  const next = after.child(id)
  if ('refused' in old || 'refused' in next) return 'refused' in next
  const changes = compare(old, next)
  return changes.length > 0 || JSON.stringify(old.outputs()) !== JSON.stringify(next.outputs())
}

function needsReplacement(type: string, property: string): boolean {
  const known = replacing[type]
  if (known) return known.includes('*') || known.includes(property)
  return property === `${type.split('::')[2]}Name`
}

function differing(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => differs(before[name], after[name])).sort()
}

function differs(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) !== JSON.stringify(after)
}
