import { draw, hex, letters, uuid } from '../state/chance.ts'

/** The resource, and what its physical id may be made of. */
export interface Naming {
  stack: string
  name: string
  region: string
  account: string
  seed: number
  resource: string
  /** Incremented with every replacement. */
  generation: number
  properties: () => Record<string, unknown>
}

/** EC2's prefixes of ids: `vpc-` and 17 hexadecimal digits. */
const prefixes: Record<string, string> = {
  CarrierGateway: 'cagw',
  CustomerGateway: 'cgw',
  DHCPOptions: 'dopt',
  EgressOnlyInternetGateway: 'eigw',
  FlowLog: 'fl',
  Instance: 'i',
  InternetGateway: 'igw',
  KeyPair: 'key',
  LaunchTemplate: 'lt',
  NatGateway: 'nat',
  NetworkAcl: 'acl',
  NetworkInterface: 'eni',
  PrefixList: 'pl',
  RouteTable: 'rtb',
  SecurityGroup: 'sg',
  SecurityGroupEgress: 'sgr',
  SecurityGroupIngress: 'sgr',
  Subnet: 'subnet',
  SubnetNetworkAclAssociation: 'aclassoc',
  SubnetRouteTableAssociation: 'rtbassoc',
  TransitGateway: 'tgw',
  VPC: 'vpc',
  VPCEndpoint: 'vpce',
  VPCPeeringConnection: 'pcx',
  VPNConnection: 'vpn',
  VPNGateway: 'vgw',
  Volume: 'vol',
}

/** The property that names a resource, where it is not `<Kind>Name`. */
const nameProperties: Record<string, string> = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'Name',
  'AWS::ElasticLoadBalancingV2::TargetGroup': 'Name',
  'AWS::SSM::Parameter': 'Name',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::EC2::KeyPair': 'KeyName',
}

/** The id that `Ref` returns: in AWS's form, and the same every time. */
export function physicalId(type: string, naming: Naming): string {
  const words = [naming.seed, naming.stack, naming.resource, naming.generation] as const
  const [, service = '', kind = ''] = type.split('::')
  const special = specials[type]
  if (special) return special(naming)
  if (service === 'EC2' && prefixes[kind]) return `${prefixes[kind]}-0${hex(16, 'id', ...words)}`
  const named = naming.properties()[nameProperties[type] ?? `${kind}Name`]
  if (typeof named === 'string' && named !== '') return named
  return `${naming.name}-${naming.resource}-${letters(12, 'name', ...words)}`
}

function nameOf(naming: Naming, longest: number): string {
  const ending = letters(12, 'name', naming.seed, naming.stack, naming.resource, naming.generation)
  const room = longest - ending.length - 2
  const resource = naming.resource.slice(0, Math.max(5, room - naming.name.length))
  return `${naming.name.slice(0, room - resource.length)}-${resource}-${ending}`
}

function given(naming: Naming, property: string): string | undefined {
  const value = naming.properties()[property]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function joined(naming: Naming, ...properties: string[]): string {
  const values = naming.properties()
  return properties.map((property) => String(values[property] ?? '')).join('|')
}

/** The addresses of RFC 2544, for benchmarks: they are assigned to no one. */
export function publicAddress(...words: (string | number)[]): string {
  const number = Math.floor(draw('public', ...words) * 2 ** 17)
  return `198.${18 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`
}

const arn = (service: string, naming: Naming, rest: string) =>
  `arn:aws:${service}:${naming.region}:${naming.account}:${rest}`

const specials: Record<string, (naming: Naming) => string> = {
  'AWS::S3::Bucket': (naming) => given(naming, 'BucketName') ?? nameOf(naming, 63).toLowerCase(),
  'AWS::ElasticLoadBalancing::LoadBalancer': (naming) =>
    given(naming, 'LoadBalancerName') ?? nameOf(naming, 32),
  'AWS::ElasticLoadBalancingV2::LoadBalancer': (naming) => {
    const kind = naming.properties().Type === 'network' ? 'net' : 'app'
    const name = given(naming, 'Name') ?? nameOf(naming, 32)
    return arn(
      'elasticloadbalancing',
      naming,
      `loadbalancer/${kind}/${name}/${hex(16, 'lb', naming.seed, naming.stack, naming.resource)}`,
    )
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': (naming) =>
    arn(
      'elasticloadbalancing',
      naming,
      `targetgroup/${given(naming, 'Name') ?? nameOf(naming, 32)}/${hex(16, 'tg', naming.seed, naming.stack, naming.resource, naming.generation)}`,
    ),
  'AWS::ElasticLoadBalancingV2::Listener': (naming) =>
    `${String(naming.properties().LoadBalancerArn).replace(':loadbalancer/', ':listener/')}/${hex(16, 'listener', naming.seed, naming.stack, naming.resource, naming.generation)}`,
  'AWS::EC2::EIP': (naming) => publicAddress(naming.seed, naming.stack, naming.resource),
  'AWS::EC2::Route': (naming) => joined(naming, 'RouteTableId', 'DestinationCidrBlock'),
  'AWS::EC2::VPCDHCPOptionsAssociation': (naming) => joined(naming, 'DhcpOptionsId', 'VpcId'),
  'AWS::EC2::VPCGatewayAttachment': (naming) =>
    `${naming.properties().InternetGatewayId ? 'IGW' : 'VGW'}|${joined(naming, 'VpcId')}`,
  'AWS::EC2::NetworkAclEntry': (naming) =>
    `${naming.name.slice(0, 5)}-${naming.resource.slice(0, 5)}-${letters(12, naming.seed, naming.stack, naming.resource)}`,
  'AWS::IAM::AccessKey': (naming) => `AKIA${letters(16, naming.seed, naming.stack, naming.resource)}`,
  'AWS::IAM::ManagedPolicy': (naming) =>
    `arn:aws:iam::${naming.account}:policy/${given(naming, 'ManagedPolicyName') ?? nameOf(naming, 128)}`,
  'AWS::SNS::Topic': (naming) => arn('sns', naming, given(naming, 'TopicName') ?? nameOf(naming, 256)),
  'AWS::SQS::Queue': (naming) =>
    `https://sqs.${naming.region}.amazonaws.com/${naming.account}/${given(naming, 'QueueName') ?? nameOf(naming, 80)}`,
  'AWS::CloudFormation::Stack': (naming) =>
    arn(
      'cloudformation',
      naming,
      `stack/${nameOf(naming, 128)}/${uuid(naming.seed, naming.stack, naming.resource, naming.generation)}`,
    ),
  'AWS::CloudFormation::WaitConditionHandle': (naming) =>
    `https://cloudformation-waitcondition-${naming.region}.s3.${naming.region}.amazonaws.com/${encodeURIComponent(`${naming.stack}/${naming.resource}`)}`,
  'AWS::CloudFormation::WaitCondition': (naming) =>
    `${naming.stack}/${naming.resource}/${uuid(naming.seed, naming.stack, naming.resource)}`,
  'AWS::KMS::Key': (naming) => uuid('key', naming.seed, naming.stack, naming.resource),
}
