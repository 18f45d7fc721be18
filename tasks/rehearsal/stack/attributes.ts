import { own } from '../../base/own.ts'
import { hex, letters, uuid } from '../state/chance.ts'
import { type Naming, publicAddress } from './identifiers.ts'

/** The resource whose attribute `Fn::GetAtt` requests. */
export interface Subject extends Naming {
  type: string
  physicalId: string
  /** Fixed for load balancers; without one it has a DNS name, as in AWS. */
  port: number | undefined
  /** Its number of versions so far (launch templates). */
  version: number
}

/** The value of an attribute: known ones in AWS's form, any other of a plausible kind. */
export function attributeOf(subject: Subject, name: string): unknown {
  const known = own(own(attributes, subject.type), name)
  if (known) return known(subject)
  return general(subject, name)
}

const properties = (subject: Subject) => subject.properties()
const loopback = (subject: Subject) =>
  subject.port === undefined ? general(subject, 'DNSName') : `127.0.0.1:${subject.port}`
const words = (subject: Subject) =>
  [subject.seed, subject.stack, subject.resource, subject.generation] as const
const iam = (kind: string) => (subject: Subject) =>
  `arn:aws:iam::${subject.account}:${kind}${String(properties(subject).Path ?? '/')}${subject.physicalId}`

const attributes: Record<string, Record<string, (subject: Subject) => unknown>> = {
  'AWS::EC2::Subnet': {
    AvailabilityZone: (subject) => properties(subject).AvailabilityZone ?? zoneOf(subject.region, 0),
    VpcId: (subject) => properties(subject).VpcId,
    CidrBlock: (subject) => properties(subject).CidrBlock,
    SubnetId: (subject) => subject.physicalId,
  },
  'AWS::EC2::VPC': {
    CidrBlock: (subject) => properties(subject).CidrBlock,
    DefaultSecurityGroup: (subject) => `sg-0${hex(16, 'default', ...words(subject))}`,
    DefaultNetworkAcl: (subject) => `acl-0${hex(16, 'default', ...words(subject))}`,
    CidrBlockAssociations: (subject) => [`vpc-cidr-assoc-0${hex(16, 'cidr', ...words(subject))}`],
  },
  'AWS::EC2::SecurityGroup': {
    VpcId: (subject) => properties(subject).VpcId,
  },
  'AWS::EC2::EIP': {
    AllocationId: (subject) => `eipalloc-0${hex(16, 'eip', ...words(subject))}`,
    PublicIp: (subject) => subject.physicalId,
  },
  'AWS::EC2::Instance': {
    PublicIp: (subject) => publicAddress(...words(subject)),
    PublicDnsName: (subject) =>
      `ec2-${publicAddress(...words(subject)).replaceAll('.', '-')}.${subject.region}.compute.amazonaws.com`,
    AvailabilityZone: (subject) => properties(subject).AvailabilityZone ?? zoneOf(subject.region, 0),
  },
  'AWS::EC2::LaunchTemplate': {
    LatestVersionNumber: (subject) => String(subject.version),
    DefaultVersionNumber: () => '1',
  },
  'AWS::ElasticLoadBalancing::LoadBalancer': {
    DNSName: loopback,
    CanonicalHostedZoneName: loopback,
    CanonicalHostedZoneNameID: () => 'Z32O12XQLNTSW2',
  },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    DNSName: loopback,
    CanonicalHostedZoneID: () => 'Z32O12XQLNTSW2',
    LoadBalancerFullName: (subject) => subject.physicalId.split(':loadbalancer/')[1],
    LoadBalancerName: (subject) => subject.physicalId.split('/')[2],
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    TargetGroupFullName: (subject) => subject.physicalId.split(':').at(-1),
    TargetGroupName: (subject) => subject.physicalId.split('/')[1],
  },
  'AWS::IAM::Role': { Arn: iam('role'), RoleId: (subject) => `AROA${letters(17, ...words(subject))}` },
  'AWS::IAM::User': { Arn: iam('user') },
  'AWS::IAM::Group': { Arn: iam('group') },
  'AWS::IAM::InstanceProfile': { Arn: iam('instance-profile') },
  'AWS::IAM::AccessKey': { SecretAccessKey: (subject) => hex(40, 'secret', ...words(subject)) },
  'AWS::S3::Bucket': {
    Arn: (subject) => `arn:aws:s3:::${subject.physicalId}`,
    DomainName: (subject) => `${subject.physicalId}.s3.amazonaws.com`,
    RegionalDomainName: (subject) => `${subject.physicalId}.s3.${subject.region}.amazonaws.com`,
    DualStackDomainName: (subject) => `${subject.physicalId}.s3.dualstack.${subject.region}.amazonaws.com`,
    WebsiteURL: (subject) => `http://${subject.physicalId}.s3-website-${subject.region}.amazonaws.com`,
  },
  'AWS::CloudFormation::WaitCondition': { Data: () => '{}' },
}

/** Any resource of any type: by the attribute's name. */
function general(subject: Subject, name: string): unknown {
  const [, service = 'rehearsal', kind = ''] = subject.type.split('::')
  if (name === 'Arn' || name.endsWith('Arn')) {
    const id = subject.physicalId
    return id.startsWith('arn:')
      ? id
      : `arn:aws:${service.toLowerCase()}:${subject.region}:${subject.account}:${kind.toLowerCase()}/${id}`
  }
  if (name.endsWith('Ip') || name.endsWith('IpAddress'))
    return `10.0.0.${4 + (Number.parseInt(hex(2, ...words(subject)), 16) % 250)}`
  if (name.endsWith('DNSName') || name.endsWith('DnsName') || name.includes('Endpoint')) {
    return `${subject.physicalId.toLowerCase().replace(/^.*[:/](?=[a-z0-9])/, '')}.${service.toLowerCase()}.${subject.region}.amazonaws.com`
  }
  // Some are lists, by their names.
  if (/(Blocks|Ips|IpAddresses|DnsIpAddresses|Arns|Ids|Endpoints|Addresses)$/.test(name))
    return listOf(subject, name)
  if (name.endsWith('Port')) return '443'
  const property = own(properties(subject), name)
  if (typeof property === 'string' || typeof property === 'number') return property
  if (name.endsWith('Id') || name.endsWith('Name')) return subject.physicalId
  return `${name}-${uuid(name, ...words(subject))}`
}

/** An attribute that is a list: two values of the kind that its name suggests. */
function listOf(subject: Subject, name: string): string[] {
  const one = (index: number) => {
    if (name.startsWith('Ipv6'))
      return `2600:1f18:${hex(4, name, ...words(subject))}:${hex(2, index, ...words(subject))}00::/56`
    if (/CidrBlocks$/.test(name)) return `10.${index}.0.0/16`
    if (/(Ips|Addresses)$/.test(name))
      return `10.0.${index}.${4 + (Number.parseInt(hex(2, ...words(subject)), 16) % 250)}`
    return `${name.toLowerCase()}-${hex(17, name, index, ...words(subject))}`
  }
  return [one(0), one(1)]
}

/** The zones of every region: a, b and c. */
export function zonesOf(region: string): string[] {
  return ['a', 'b', 'c'].map((letter) => region + letter)
}

export function zoneOf(region: string, index: number): string {
  return region + 'abc'[index % 3]
}
