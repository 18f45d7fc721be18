/**
 * Seconds that a resource usually takes to be created, from CloudFormation's events of stacks such as DC/OS's. A group
 * is assumed to wait for its instances' signals.
 */
const seconds = {
  'AWS::AutoScaling::AutoScalingGroup': 420,
  'AWS::AutoScaling::LaunchConfiguration': 3,
  'AWS::CloudFormation::WaitConditionHandle': 2,
  'AWS::EC2::DHCPOptions': 16,
  'AWS::EC2::EIP': 18,
  'AWS::EC2::Instance': 40,
  'AWS::EC2::InternetGateway': 16,
  'AWS::EC2::LaunchTemplate': 4,
  'AWS::EC2::NatGateway': 120,
  'AWS::EC2::NetworkAcl': 6,
  'AWS::EC2::NetworkAclEntry': 8,
  'AWS::EC2::Route': 8,
  'AWS::EC2::RouteTable': 8,
  'AWS::EC2::SecurityGroup': 7,
  'AWS::EC2::SecurityGroupEgress': 2,
  'AWS::EC2::SecurityGroupIngress': 2,
  'AWS::EC2::Subnet': 9,
  'AWS::EC2::SubnetNetworkAclAssociation': 8,
  'AWS::EC2::SubnetRouteTableAssociation': 8,
  'AWS::EC2::VPC': 15,
  'AWS::EC2::VPCDHCPOptionsAssociation': 8,
  'AWS::EC2::VPCEndpoint': 30,
  'AWS::EC2::VPCGatewayAttachment': 8,
  'AWS::ElasticLoadBalancing::LoadBalancer': 15,
  'AWS::ElasticLoadBalancingV2::Listener': 3,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 120,
  'AWS::ElasticLoadBalancingV2::TargetGroup': 16,
  'AWS::IAM::AccessKey': 3,
  'AWS::IAM::InstanceProfile': 123,
  'AWS::IAM::ManagedPolicy': 17,
  'AWS::IAM::Policy': 16,
  'AWS::IAM::Role': 18,
  'AWS::IAM::User': 36,
  'AWS::S3::Bucket': 23,
  'AWS::S3::BucketPolicy': 10,
}

export const usual: Record<string, number[]> = Object.fromEntries(
  Object.entries(seconds).map(([type, usually]) => [type, [usually * 1000]]),
)

/** The same for its deletion, if that takes long. */
const deletionSeconds: Record<string, number | undefined> = {
  'AWS::AutoScaling::AutoScalingGroup': 85,
  'AWS::CloudFormation::Stack': 120,
  'AWS::EC2::Instance': 50,
  'AWS::EC2::NatGateway': 60,
  'AWS::EC2::VPCEndpoint': 20,
  'AWS::EC2::VPCGatewayAttachment': 25,
}

const OTHERS_DELETION_SECONDS = 8

/** Milliseconds that a resource of this type usually takes to be deleted. */
export function deletionTime(type: string): number {
  return (deletionSeconds[type] ?? OTHERS_DELETION_SECONDS) * 1000
}
