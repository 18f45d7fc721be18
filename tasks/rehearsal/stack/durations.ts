import { own } from '../../base/own.ts'

/**
 * How long AWS takes for a resource, in real seconds: minimum and maximum. Creation times were taken from CloudFormation's
 * events for stacks of this kind; deletion is a share of it unless listed.
 */
const creation: Record<string, [number, number]> = {
  'AWS::AutoScaling::AutoScalingGroup': [14, 24],
  'AWS::AutoScaling::LaunchConfiguration': [2, 5],
  'AWS::CloudFormation::Stack': [60, 120],
  'AWS::CloudFormation::WaitCondition': [1, 2],
  'AWS::CloudFormation::WaitConditionHandle': [1, 2],
  'AWS::CloudFront::Distribution': [180, 300],
  'AWS::EC2::DHCPOptions': [15, 18],
  'AWS::EC2::EIP': [16, 20],
  'AWS::EC2::Instance': [32, 45],
  'AWS::EC2::InternetGateway': [15, 18],
  'AWS::EC2::LaunchTemplate': [2, 6],
  'AWS::EC2::NatGateway': [95, 150],
  'AWS::EC2::NetworkAcl': [4, 8],
  'AWS::EC2::NetworkAclEntry': [2, 17],
  'AWS::EC2::Route': [2, 15],
  'AWS::EC2::RouteTable': [3, 12],
  'AWS::EC2::SecurityGroup': [5, 9],
  'AWS::EC2::SecurityGroupIngress': [1, 4],
  'AWS::EC2::SecurityGroupEgress': [1, 4],
  'AWS::EC2::Subnet': [3, 16],
  'AWS::EC2::SubnetNetworkAclAssociation': [2, 16],
  'AWS::EC2::SubnetRouteTableAssociation': [2, 16],
  'AWS::EC2::VPC': [12, 17],
  'AWS::EC2::VPCDHCPOptionsAssociation': [2, 16],
  'AWS::EC2::VPCEndpoint': [6, 60],
  'AWS::EC2::VPCGatewayAttachment': [2, 17],
  'AWS::ElasticLoadBalancing::LoadBalancer': [12, 18],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': [92, 150],
  'AWS::ElasticLoadBalancingV2::Listener': [2, 4],
  'AWS::ElasticLoadBalancingV2::TargetGroup': [15, 18],
  'AWS::IAM::AccessKey': [2, 4],
  'AWS::IAM::InstanceProfile': [120, 126],
  'AWS::IAM::ManagedPolicy': [15, 18],
  'AWS::IAM::Policy': [15, 18],
  'AWS::IAM::Role': [16, 20],
  'AWS::IAM::User': [35, 38],
  'AWS::RDS::DBInstance': [240, 420],
  'AWS::S3::Bucket': [21, 25],
}

const deletion: Record<string, [number, number]> = {
  'AWS::AutoScaling::AutoScalingGroup': [60, 110],
  'AWS::EC2::Instance': [40, 62],
  'AWS::EC2::InternetGateway': [1, 16],
  'AWS::EC2::NatGateway': [50, 70],
  'AWS::EC2::VPCGatewayAttachment': [15, 40],
  'AWS::ElasticLoadBalancing::LoadBalancer': [2, 6],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': [2, 16],
  'AWS::IAM::InstanceProfile': [1, 3],
  'AWS::S3::Bucket': [1, 3],
}

/** Minimum and maximum seconds for types that are not listed. */
const OTHER: [number, number] = [3, 18]

export const seconds = {
  creation: (type: string): [number, number] => own(creation, type) ?? OTHER,
  update: (type: string): [number, number] => {
    const [low, high] = own(creation, type) ?? OTHER
    return [Math.min(low, 10), Math.min(high, 30)]
  },
  deletion: (type: string): [number, number] => {
    const [low, high] = own(deletion, type) ?? own(creation, type) ?? OTHER
    return own(deletion, type) ? [low, high] : [Math.min(low, 1), Math.min(high, 16)]
  },
}

/** From an instance's launch until its user data has finished, by the instance's role. Agents wait for the masters. */
export const boot: Record<'bootstrap' | 'master' | 'agent' | 'agent_public' | 'other', [number, number]> = {
  // It fetches and unpacks the installer, and builds the packages.
  bootstrap: [220, 270],
  master: [280, 340],
  agent: [370, 500],
  agent_public: [370, 470],
  // An instance that is not a DC/OS node, from which public templates expect a signal within five minutes.
  other: [120, 200],
}

/** From the masters' signals until their services answer through the load balancer. */
export const SECONDS_UNTIL_MASTERS_ANSWER = 10
