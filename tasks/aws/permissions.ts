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
 * the types in templates/dcos.yaml, with what their handlers create, read, update, tag and delete (CloudFormation's resource schemas,
 * "handlers"), without what other services and features than the template's need.
 */
export const resourcePermissions: Record<string, string[]> = {
  'AWS::AutoScaling::AutoScalingGroup': [
    'autoscaling:CreateAutoScalingGroup',
    'autoscaling:CreateOrUpdateTags',
    'autoscaling:DeleteAutoScalingGroup',
    'autoscaling:DeleteTags',
    'autoscaling:Describe*',
    'autoscaling:UpdateAutoScalingGroup',
    'ec2:Describe*',
    'ec2:Get*',
    'ec2:RunInstances',
    'elasticloadbalancing:Describe*',
    'iam:CreateServiceLinkedRole',
    'iam:PassRole',
  ],
  // It creates nothing.
  'AWS::CloudFormation::WaitConditionHandle': [],
  'AWS::EC2::EIP': [
    'ec2:AllocateAddress',
    'ec2:AssociateAddress',
    'ec2:CreateTags',
    'ec2:DeleteTags',
    'ec2:DescribeAddresses',
    'ec2:DisassociateAddress',
    'ec2:ReleaseAddress',
  ],
  'AWS::EC2::InternetGateway': [
    'ec2:CreateInternetGateway',
    'ec2:CreateTags',
    'ec2:DeleteInternetGateway',
    'ec2:DeleteTags',
    'ec2:DescribeInternetGateways',
  ],
  'AWS::EC2::LaunchTemplate': [
    'ec2:CreateLaunchTemplate',
    'ec2:CreateLaunchTemplateVersion',
    'ec2:CreateTags',
    'ec2:DeleteLaunchTemplate',
    'ec2:DeleteTags',
    'ec2:DescribeLaunchTemplateVersions',
    'ec2:DescribeLaunchTemplates',
    'ec2:RunInstances',
  ],
  'AWS::EC2::NatGateway': [
    'ec2:CreateNatGateway',
    'ec2:CreateTags',
    'ec2:DeleteNatGateway',
    'ec2:DeleteTags',
    'ec2:DescribeNatGateways',
  ],
  'AWS::EC2::Route': [
    'ec2:CreateRoute',
    'ec2:DeleteRoute',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeRouteTables',
    'ec2:ReplaceRoute',
  ],
  'AWS::EC2::RouteTable': [
    'ec2:CreateRouteTable',
    'ec2:CreateTags',
    'ec2:DeleteRouteTable',
    'ec2:DeleteTags',
    'ec2:DescribeRouteTables',
  ],
  'AWS::EC2::SecurityGroup': [
    'ec2:AuthorizeSecurityGroupEgress',
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:CreateSecurityGroup',
    'ec2:CreateTags',
    'ec2:DeleteSecurityGroup',
    'ec2:DeleteTags',
    'ec2:DescribeInstances',
    'ec2:DescribeSecurityGroups',
    'ec2:RevokeSecurityGroupEgress',
    'ec2:RevokeSecurityGroupIngress',
    'ec2:UpdateSecurityGroupRuleDescriptionsEgress',
    'ec2:UpdateSecurityGroupRuleDescriptionsIngress',
  ],
  'AWS::EC2::Subnet': [
    'ec2:CreateSubnet',
    'ec2:CreateTags',
    'ec2:DeleteSubnet',
    'ec2:DeleteTags',
    'ec2:DescribeNetworkAcls',
    'ec2:DescribeSubnets',
    'ec2:ModifySubnetAttribute',
  ],
  'AWS::EC2::SubnetRouteTableAssociation': [
    'ec2:AssociateRouteTable',
    'ec2:DescribeRouteTables',
    'ec2:DescribeSubnets',
    'ec2:DisassociateRouteTable',
    'ec2:ReplaceRouteTableAssociation',
  ],
  'AWS::EC2::VPC': [
    'ec2:CreateTags',
    'ec2:CreateVpc',
    'ec2:DeleteTags',
    'ec2:DeleteVpc',
    'ec2:DescribeNetworkAcls',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeVpcAttribute',
    'ec2:DescribeVpcEncryptionControls',
    'ec2:DescribeVpcs',
    'ec2:ModifyVpcAttribute',
  ],
  'AWS::EC2::VPCEndpoint': [
    'ec2:CreateTags',
    'ec2:CreateVpcEndpoint',
    'ec2:DeleteTags',
    'ec2:DeleteVpcEndpoints',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcEndpoints',
    'ec2:DescribeVpcs',
    'ec2:ModifyVpcEndpoint',
  ],
  'AWS::EC2::VPCGatewayAttachment': [
    'ec2:AttachInternetGateway',
    'ec2:DescribeInternetGateways',
    'ec2:DetachInternetGateway',
  ],
  'AWS::ElasticLoadBalancingV2::Listener': [
    'elasticloadbalancing:AddTags',
    'elasticloadbalancing:CreateListener',
    'elasticloadbalancing:DeleteListener',
    'elasticloadbalancing:DescribeListenerAttributes',
    'elasticloadbalancing:DescribeListeners',
    'elasticloadbalancing:DescribeTags',
    'elasticloadbalancing:ModifyListener',
    'elasticloadbalancing:ModifyListenerAttributes',
    'elasticloadbalancing:RemoveTags',
  ],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': [
    'elasticloadbalancing:AddTags',
    'elasticloadbalancing:CreateLoadBalancer',
    'elasticloadbalancing:DeleteLoadBalancer',
    'elasticloadbalancing:DescribeCapacityReservation',
    'elasticloadbalancing:DescribeLoadBalancerAttributes',
    'elasticloadbalancing:DescribeLoadBalancers',
    'elasticloadbalancing:DescribeTags',
    'elasticloadbalancing:ModifyLoadBalancerAttributes',
    'elasticloadbalancing:RemoveTags',
    'elasticloadbalancing:SetSecurityGroups',
    'elasticloadbalancing:SetSubnets',
  ],
  'AWS::ElasticLoadBalancingV2::TargetGroup': [
    'elasticloadbalancing:AddTags',
    'elasticloadbalancing:CreateTargetGroup',
    'elasticloadbalancing:DeleteTargetGroup',
    'elasticloadbalancing:DescribeTags',
    'elasticloadbalancing:DescribeTargetGroupAttributes',
    'elasticloadbalancing:DescribeTargetGroups',
    'elasticloadbalancing:DescribeTargetHealth',
    'elasticloadbalancing:ModifyTargetGroup',
    'elasticloadbalancing:ModifyTargetGroupAttributes',
    'elasticloadbalancing:RemoveTags',
  ],
  'AWS::IAM::InstanceProfile': [
    'iam:AddRoleToInstanceProfile',
    'iam:CreateInstanceProfile',
    'iam:DeleteInstanceProfile',
    'iam:GetInstanceProfile',
    'iam:PassRole',
    'iam:RemoveRoleFromInstanceProfile',
  ],
  'AWS::IAM::ManagedPolicy': [
    'iam:AttachRolePolicy',
    'iam:CreatePolicy',
    'iam:CreatePolicyVersion',
    'iam:DeletePolicy',
    'iam:DeletePolicyVersion',
    'iam:DetachRolePolicy',
    'iam:GetPolicy',
    'iam:GetPolicyVersion',
    'iam:ListEntitiesForPolicy',
    'iam:ListPolicyVersions',
  ],
  'AWS::IAM::Role': [
    'iam:AttachRolePolicy',
    'iam:CreateRole',
    'iam:DeleteRole',
    'iam:DeleteRolePermissionsBoundary',
    'iam:DeleteRolePolicy',
    'iam:DetachRolePolicy',
    'iam:GetRole',
    'iam:GetRolePolicy',
    'iam:ListAttachedRolePolicies',
    'iam:ListRolePolicies',
    'iam:PassRole',
    'iam:PutRolePermissionsBoundary',
    'iam:PutRolePolicy',
    'iam:TagRole',
    'iam:UntagRole',
    'iam:UpdateAssumeRolePolicy',
    'iam:UpdateRole',
    'iam:UpdateRoleDescription',
  ],
  'AWS::S3::Bucket': [
    's3:GetAccelerateConfiguration',
    's3:GetAnalyticsConfiguration',
    's3:GetBucketAbac',
    's3:GetBucketAcl',
    's3:GetBucketCORS',
    's3:GetBucketLogging',
    's3:GetBucketMetadataTableConfiguration',
    's3:GetBucketNotification',
    's3:GetBucketObjectLockConfiguration',
    's3:GetBucketOwnershipControls',
    's3:GetBucketPublicAccessBlock',
    's3:GetBucketTagging',
    's3:GetBucketVersioning',
    's3:GetBucketWebsite',
    's3:GetEncryptionConfiguration',
    's3:GetIntelligentTieringConfiguration',
    's3:GetInventoryConfiguration',
    's3:GetLifecycleConfiguration',
    's3:GetMetricsConfiguration',
    's3:GetReplicationConfiguration',
    's3:ListBucket',
    's3:ListTagsForResource',
    's3:PutBucketOwnershipControls',
    's3:PutBucketPublicAccessBlock',
    's3:PutBucketTagging',
    's3:PutEncryptionConfiguration',
    's3:PutLifecycleConfiguration',
    's3:TagResource',
    's3:UntagResource',
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
  const patterns = actions.filter((action) => action.endsWith('*')).map((action) => action.slice(0, -1))
  const covered = (action: string) =>
    patterns.some((start) => action.startsWith(start) && action !== `${start}*`)
  const Action = [...new Set(actions)].filter((action) => !covered(action)).sort()
  return { Sid, Effect: 'Allow', Action, Resource }
}
