import { partition } from './partition.ts'
import { NAME_PREFIX_LENGTH } from './upload-bucket.ts'

/** Where an action is allowed: everywhere, on the cluster's stack, its key pair, its buckets, or its Auto Scaling groups. */
type On = 'all' | 'stack' | 'key pair' | 'bucket' | 'group'

/**
 * The permissions that each request of this tool needs, by `service:Operation` (Service Authorization Reference): most have the
 * operation's name, S3's do not. A test compares this with the requests that the code makes.
 */
export const requestPermissions: Record<string, { actions: string[]; on: On }> = {
  ...allowed('all', 'autoscaling', ['DescribeAutoScalingGroups', 'DescribeScalingActivities']),
  ...allowed('group', 'autoscaling', ['TerminateInstanceInAutoScalingGroup']),
  ...allowed('all', 'cloudformation', ['DescribeStacks', 'ValidateTemplate']),
  ...allowed('stack', 'cloudformation', [
    'CancelUpdateStack',
    'ContinueUpdateRollback',
    'CreateChangeSet',
    'CreateStack',
    'DeleteChangeSet',
    'DeleteStack',
    'DescribeChangeSet',
    'DescribeEvents',
    'DescribeStackEvents',
    'ExecuteChangeSet',
    'GetTemplate',
    'ListStackResources',
    'RollbackStack',
    'UpdateTerminationProtection',
  ]),
  ...allowed('all', 'ec2', [
    'DescribeAvailabilityZones',
    'DescribeImages',
    'DescribeInstanceTypeOfferings',
    'DescribeInstanceTypes',
    'DescribeInstances',
    'DescribeKeyPairs',
    'DescribeNetworkInterfaces',
    'DescribeRegions',
    'DescribeSecurityGroups',
    'DescribeTags',
    'DescribeVolumes',
    'GetConsoleOutput',
  ]),
  // Only a dry run, which shows what the account cannot launch; it uses whatever permission there is.
  ...allowed('all', 'ec2', ['RunInstances'], []),
  ...allowed('key pair', 'ec2', ['CreateTags', 'DeleteKeyPair', 'ImportKeyPair']),
  ...allowed('all', 'servicequotas', ['GetServiceQuota']),
  ...allowed('all', 'ssm', ['GetParameters']),
  ...allowed('all', 'sts', ['DecodeAuthorizationMessage', 'GetCallerIdentity']),
  ...allowed('all', 'tagging', ['GetResources'], ['tag:GetResources']),
  ...allowed('all', 's3', ['ListBuckets'], ['s3:ListAllMyBuckets']),
  ...allowed('bucket', 's3', ['CreateBucket']),
  ...allowed('bucket', 's3', ['DeleteBucket']),
  ...allowed(
    'bucket',
    's3',
    ['DeleteObject', 'DeleteObjects'],
    ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  ),
  ...allowed('bucket', 's3', ['GetBucketTagging']),
  ...allowed('bucket', 's3', ['GetObject', 'HeadObject'], ['s3:GetObject']),
  ...allowed('bucket', 's3', ['ListObjectVersions'], ['s3:ListBucket', 's3:ListBucketVersions']),
  ...allowed('bucket', 's3', ['PutBucketTagging']),
  ...allowed('bucket', 's3', ['AbortMultipartUpload']),
  ...allowed(
    'bucket',
    's3',
    ['CompleteMultipartUpload', 'CreateMultipartUpload', 'PutObject', 'UploadPart'],
    ['s3:PutObject'],
  ),
  ...allowed('bucket', 's3', ['ListMultipartUploads'], ['s3:ListBucketMultipartUploads']),
  ...allowed('bucket', 's3', ['ListParts'], ['s3:ListMultipartUploadParts']),
  ...allowed('bucket', 's3', ['PutPublicAccessBlock'], ['s3:PutBucketPublicAccessBlock']),
}

function allowed(on: On, service: string, operations: string[], actions?: string[]) {
  return Object.fromEntries(
    operations.map((operation) => [
      `${service}:${operation}`,
      { actions: actions ?? [`${service}:${operation}`], on },
    ]),
  )
}

/**
 * What CloudFormation does with the caller's permissions for a resource of each type, unless it has a role of its own (`aws.roleArn`):
 * the types in templates/dcos.yaml (CloudFormation's resource specifications, "handlers").
 */
export const resourcePermissions: Record<string, string[]> = {
  'AWS::AutoScaling::AutoScalingGroup': [
    'autoscaling:CreateAutoScalingGroup',
    'autoscaling:CreateOrUpdateTags',
    'autoscaling:DeleteAutoScalingGroup',
    'autoscaling:DescribeAutoScalingGroups',
    'autoscaling:UpdateAutoScalingGroup',
    'iam:CreateServiceLinkedRole',
  ],
  // It creates nothing.
  'AWS::CloudFormation::WaitConditionHandle': [],
  'AWS::EC2::EIP': ['ec2:AllocateAddress', 'ec2:DescribeAddresses', 'ec2:ReleaseAddress'],
  'AWS::EC2::InternetGateway': [
    'ec2:CreateInternetGateway',
    'ec2:DeleteInternetGateway',
    'ec2:DescribeInternetGateways',
  ],
  'AWS::EC2::LaunchTemplate': [
    'ec2:CreateLaunchTemplate',
    'ec2:CreateLaunchTemplateVersion',
    'ec2:DeleteLaunchTemplate',
    'ec2:DescribeLaunchTemplateVersions',
    'ec2:DescribeLaunchTemplates',
    'ec2:RunInstances',
  ],
  'AWS::EC2::NatGateway': ['ec2:CreateNatGateway', 'ec2:DeleteNatGateway', 'ec2:DescribeNatGateways'],
  'AWS::EC2::Route': ['ec2:CreateRoute', 'ec2:DeleteRoute', 'ec2:ReplaceRoute'],
  'AWS::EC2::RouteTable': ['ec2:CreateRouteTable', 'ec2:DeleteRouteTable', 'ec2:DescribeRouteTables'],
  'AWS::EC2::SecurityGroup': [
    'ec2:AuthorizeSecurityGroupEgress',
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:CreateSecurityGroup',
    'ec2:DeleteSecurityGroup',
    'ec2:RevokeSecurityGroupEgress',
    'ec2:RevokeSecurityGroupIngress',
  ],
  'AWS::EC2::Subnet': [
    'ec2:CreateSubnet',
    'ec2:DeleteSubnet',
    'ec2:DescribeSubnets',
    'ec2:ModifySubnetAttribute',
  ],
  'AWS::EC2::SubnetRouteTableAssociation': ['ec2:AssociateRouteTable', 'ec2:DisassociateRouteTable'],
  'AWS::EC2::VPC': ['ec2:CreateVpc', 'ec2:DeleteVpc', 'ec2:DescribeVpcs', 'ec2:ModifyVpcAttribute'],
  'AWS::EC2::VPCEndpoint': [
    'ec2:CreateVpcEndpoint',
    'ec2:DeleteVpcEndpoints',
    'ec2:DescribeVpcEndpoints',
    'ec2:ModifyVpcEndpoint',
  ],
  'AWS::EC2::VPCGatewayAttachment': ['ec2:AttachInternetGateway', 'ec2:DetachInternetGateway'],
  'AWS::ElasticLoadBalancingV2::Listener': [
    'elasticloadbalancing:CreateListener',
    'elasticloadbalancing:DeleteListener',
    'elasticloadbalancing:DescribeListeners',
  ],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': [
    'elasticloadbalancing:AddTags',
    'elasticloadbalancing:CreateLoadBalancer',
    'elasticloadbalancing:DeleteLoadBalancer',
    'elasticloadbalancing:DescribeLoadBalancers',
    'elasticloadbalancing:ModifyLoadBalancerAttributes',
  ],
  'AWS::ElasticLoadBalancingV2::TargetGroup': [
    'elasticloadbalancing:CreateTargetGroup',
    'elasticloadbalancing:DeleteTargetGroup',
    'elasticloadbalancing:DescribeTargetGroups',
    'elasticloadbalancing:ModifyTargetGroupAttributes',
  ],
  'AWS::IAM::InstanceProfile': [
    'iam:AddRoleToInstanceProfile',
    'iam:CreateInstanceProfile',
    'iam:DeleteInstanceProfile',
    'iam:GetInstanceProfile',
    'iam:RemoveRoleFromInstanceProfile',
  ],
  'AWS::IAM::ManagedPolicy': [
    'iam:CreatePolicy',
    'iam:CreatePolicyVersion',
    'iam:DeletePolicy',
    'iam:DeletePolicyVersion',
    'iam:GetPolicy',
    'iam:GetPolicyVersion',
    'iam:ListPolicyVersions',
  ],
  'AWS::IAM::Role': [
    'iam:AttachRolePolicy',
    'iam:CreateRole',
    'iam:DeleteRole',
    'iam:DeleteRolePolicy',
    'iam:DetachRolePolicy',
    'iam:GetRole',
    'iam:GetRolePolicy',
    'iam:PassRole',
    'iam:PutRolePolicy',
    'iam:TagRole',
  ],
  'AWS::S3::Bucket': [
    's3:PutBucketPublicAccessBlock',
    's3:PutBucketOwnershipControls',
    's3:PutBucketTagging',
    's3:PutEncryptionConfiguration',
    's3:PutLifecycleConfiguration',
  ],
  'AWS::S3::BucketPolicy': ['s3:DeleteBucketPolicy', 's3:GetBucketPolicy', 's3:PutBucketPolicy'],
}

interface Statement {
  Sid: string
  Effect: 'Allow'
  Action: string[]
  Resource: string | string[]
}

/** An IAM policy for a cluster: what this tool requests, and what CloudFormation does for `types`, or the role that it uses for that. */
export function policyFor(
  { name, region, roleArn }: { name: string; region: string; roleArn: string | undefined },
  types: readonly string[],
): { Version: string; Statement: Statement[] } {
  // Long names are truncated in bucket names, by CloudFormation too.
  const prefix = name.toLowerCase().slice(0, NAME_PREFIX_LENGTH)
  const aws = `arn:${partition(region)}`
  const resources: Record<On, string | string[]> = {
    all: '*',
    stack: [`${aws}:cloudformation:${region}:*:stack/${name}/*`],
    'key pair': [`${aws}:ec2:${region}:*:key-pair/*`],
    bucket: [`${aws}:s3:::${prefix}*`, `${aws}:s3:::${prefix}*/*`],
    // CloudFormation names a group after its stack.
    group: [`${aws}:autoscaling:${region}:*:autoScalingGroup:*:autoScalingGroupName/${name}-*`],
  }
  const ours = (Object.keys(resources) as On[]).map((on) => {
    const rows = Object.values(requestPermissions).filter((one) => one.on === on)
    const sid = { all: 'Look', stack: 'Stack', 'key pair': 'KeyPair', bucket: 'Buckets', group: 'Groups' }[on]
    return statement(
      sid,
      rows.flatMap(({ actions }) => actions),
      resources[on],
    )
  })
  const theirs = roleArn
    ? statement('PassRole', ['iam:PassRole'], roleArn)
    : statement(
        'Resources',
        types.flatMap((type) => resourcePermissions[type] ?? []),
        '*',
      )
  return { Version: '2012-10-17', Statement: [...ours, theirs].filter(({ Action }) => Action.length > 0) }
}

function statement(Sid: string, actions: string[], Resource: string | string[]): Statement {
  return { Sid, Effect: 'Allow', Action: [...new Set(actions)].sort(), Resource }
}
