import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { advise, type Clue, catalogue } from '../../../tasks/aws/stack/catalogue.ts'
import { plainReason, shownReason } from '../../../tasks/aws/stack/reason.ts'

const known = suite('catalogue of causes')

const clue = (reason: string, over: Partial<Clue> = {}): Clue => ({
  reason: plainReason(reason).replace(/^Resource handler returned message: "/, ''),
  type: 'AWS::EC2::Instance',
  logicalId: 'MasterServer',
  physicalId: '',
  region: 'eu-west-1',
  during: 'create',
  again: 'npx task bootstrap',
  signals: { received: undefined, expected: undefined, failed: [] },
  givenUp: [],
  denied: undefined,
  ...over,
})

/** Reasons of AWS (sources in the catalogue), the known cause of each, and what the advice must name. */
const seen: [id: string, reason: string, names: string[], over?: Partial<Clue>][] = [
  [
    'launch-configuration',
    'Resource handler returned message: "The Launch Configuration creation operation is not available in your account. Use launch templates to create configuration templates for your Auto Scaling groups."',
    ['launch templates', 'template=PATH'],
  ],
  [
    'marketplace',
    'Resource handler returned message: "You must use a valid fully-formed launch template. In order to use this AWS Marketplace product you need to accept terms and subscribe. To do so please visit https://aws.amazon.com/marketplace/pp?sku=263gtcd87e2xefwbacsdwvorx (Service: AutoScaling, Status Code: 400)"',
    ['https://aws.amazon.com/marketplace/pp?sku=263gtcd87e2xefwbacsdwvorx,'],
  ],
  [
    'image-not-found',
    "The image id '[ami-0c55b159cbfafe1f0]' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidAMIID.NotFound; Request ID: 1)",
    ['ami-0c55b159cbfafe1f0', 'parameters.ImageId'],
  ],
  ['image-not-found', "The image id 'ami-1a059572' does not exist", ['ami-1a059572']],
  [
    'image-not-found',
    'Resource handler returned message: "Not authorized for images: [ami-08c23a10b77e0835b] (Service: Ec2, Status Code: 400, Request ID: 2)" (RequestToken: 3, HandlerErrorCode: InvalidRequest)',
    ['ami-08c23a10b77e0835b'],
  ],
  ['image-not-found', 'Something new (Service: Ec2; Error Code: InvalidAMIID.Unavailable)', ['the AMI']],
  [
    'architecture',
    "The requested instance type's architecture (x86_64) does not match the architecture in the manifest for ami-0ef72f9111fdc5f97 (arm64). Launching EC2 instance failed.",
    ['x86_64', 'arm64'],
  ],
  [
    'image-without-ena',
    "Enhanced networking with the Elastic Network Adapter (ENA) is required for the 'c5.2xlarge' instance type. Ensure that you are using an AMI that is enabled for ENA. (Service: AmazonEC2; Status Code: 400; Error Code: InvalidParameterCombination; Request ID: 4)",
    ['c5.2xlarge'],
  ],
  [
    'image-boot-mode',
    'The t2.micro instance type does not support an AMI with a boot mode of UEFI. Only instance types built on the Nitro System support UEFI. Specify an instance type that supports UEFI, and try again.',
    ['t2.micro', 'UEFI'],
  ],
  [
    'image-virtualization',
    "Non-Windows instances with a virtualization type of 'paravirtual' are currently not supported for this instance type.",
    ['paravirtual'],
  ],
  [
    'zone-unsupported',
    'Could not launch On-Demand Instances. Unsupported - Your requested instance type (p3.2xlarge) is not supported in your requested Availability Zone (eu-central-1c). Please retry your request by not specifying an Availability Zone or choosing eu-central-1a, eu-central-1b. Launching EC2 instance failed.',
    ['p3.2xlarge', 'parameters.Zone=eu-central-1a'],
  ],
  [
    'type-unsupported',
    'The requested configuration is currently not supported. Please check the documentation for supported configurations. (Service: AmazonEC2; Status Code: 400; Error Code: Unsupported; Request ID: 5)',
    ['eu-west-1'],
  ],
  [
    'capacity',
    'We currently do not have sufficient m6i.xlarge capacity in the Availability Zone you requested (us-east-2a). Our system will be working on provisioning additional capacity.',
    ['m6i.xlarge'],
  ],
  [
    'vcpu-limit',
    'You have requested more vCPU capacity than your current vCPU limit of 1 allows for the instance bucket that the specified instance type belongs to.',
    ['1 vCPUs', 'L-1216C47A'],
  ],
  [
    'instance-limit',
    'You have requested more instances (1) than your current instance limit of 0 allows for the specified instance type.',
    ['0 instances'],
  ],
  [
    'vpc-limit',
    'The maximum number of VPCs has been reached. (Service: AmazonEC2; Status Code: 400; Error Code: VpcLimitExceeded; Request ID: 6)',
    ['describe-vpcs', 'L-F678F1CE'],
  ],
  [
    'address-limit',
    'The maximum number of addresses has been reached. (Service: AmazonEC2; Status Code: 400; Error Code: AddressLimitExceeded; Request ID: 7)',
    ['describe-addresses'],
  ],
  [
    'limit',
    'Resource handler returned message: "The maximum number of internet gateways has been reached. (Service: Ec2, Status Code: 400, Request ID: 8)" (RequestToken: 9, HandlerErrorCode: ServiceLimitExceeded)',
    ['internet gateways'],
  ],
  [
    'limit',
    'Cannot exceed quota for InstanceProfilesPerAccount: 1000 (Service: AmazonIdentityManagement; Status Code: 409; Error Code: LimitExceeded; Request ID: 10)',
    ['InstanceProfilesPerAccount'],
  ],
  [
    'throttled',
    'Request limit exceeded. (Service: AmazonEC2; Status Code: 503; Error Code: RequestLimitExceeded; Request ID: 11)',
    ['wait'],
  ],
  [
    'throttled',
    'Unable to create alarms due to reason: Rate exceeded (Service: AmazonCloudWatch; Status Code: 400; Error Code: Throttling; Request ID: 12)',
    ['wait'],
  ],
  [
    'service-control-policy',
    'User: arn:aws:iam::1:user/me is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:1:instance/* with an explicit deny in a service control policy',
    ['ec2:RunInstances on arn:aws:ec2:eu-west-1:1:instance/*:'],
  ],
  [
    'access-denied',
    'API: ec2:DescribeVpcs You are not authorized to perform this operation.',
    ['permission to ec2:DescribeVpcs'],
  ],
  [
    'access-denied',
    'API: iam:CreateRole User: arn:aws:sts::1:assumed-role/Owner/me is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::1:role/x with an explicit deny',
    ['forbids iam:CreateRole on arn:aws:iam::1:role/x:'],
  ],
  [
    'access-denied',
    'User: arn:aws:iam::1:user/me is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/x with an explicit deny in a permissions boundary',
    ['the permissions boundary forbids iam:PassRole'],
  ],
  [
    'access-denied',
    'Resource handler returned message: "Access Denied (Service: S3, Status Code: 403, Request ID: 13)" (RequestToken: 14, HandlerErrorCode: AccessDenied)',
    ['what Policy (AWS::S3::BucketPolicy) needs'],
    { type: 'AWS::S3::BucketPolicy', logicalId: 'Policy' },
  ],
  [
    'credentials-expired',
    'The security token included in the request is expired (Service: Iam, Status Code: 403)',
    ['renew', 'aws.roleArn'],
  ],
  [
    'credentials-without-iam',
    'The security token included in the request is invalid (Service: AmazonIdentityManagement; Status Code: 403; Error Code: InvalidClientTokenId; Request ID: 15)',
    ['MFA'],
    { type: 'AWS::IAM::Role' },
  ],
  [
    'region-disabled',
    'You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe. (Service: AmazonEC2; Status Code: 401; Error Code: OptInRequired; Request ID: 16)',
    ['enable-region --region-name eu-west-1'],
  ],
  [
    'account-pending',
    'Your request for accessing resources in this region is being validated (Service: Ec2; Error Code: PendingVerification)',
    ['wait'],
  ],
  ['capabilities', 'Requires capabilities : [CAPABILITY_NAMED_IAM]', ['CAPABILITY_NAMED_IAM']],
  ['bucket-taken', 'api-portal-code already exists', ['api-portal-code'], { type: 'AWS::S3::Bucket' }],
  [
    'bucket-taken',
    'Your previous request to create the named bucket succeeded and you already own it. (Service: Amazon S3; Status Code: 409; Error Code: BucketAlreadyOwnedByYou; Request ID: 17)',
    ['mine'],
    { type: 'AWS::S3::Bucket', physicalId: 'mine' },
  ],
  [
    'already-exists',
    'fsmt-12345678 already exists in stack arn:aws:cloudformation:us-east-1:1:stack/awseb-stack/2',
    ['fsmt-12345678', 'the stack awseb-stack'],
  ],
  [
    'already-exists',
    "Resource handler returned message: \"Resource of type 'AWS::ECR::Repository' with identifier 'hello-world-app' already exists.\" (RequestToken: 18, HandlerErrorCode: AlreadyExists)",
    ['hello-world-app exists already'],
  ],
  ['key-pair', "The key pair 'Tapo-Personal' does not exist", ['Tapo-Personal', 'npx task keypair']],
  [
    'key-pair',
    'Parameter validation failed: parameter value  for parameter name KeyName does not exist.',
    ['npx task keypair'],
  ],
  [
    'parameter',
    'Parameter validation failed: parameter value subnet-1 for parameter name Subnet does not exist.',
    ['no subnet-1', 'parameters.Subnet=VALUE'],
  ],
  [
    'signal-failure',
    'Received FAILURE signal with UniqueId i-0af00866c06dce088',
    ['--instance-id i-0af00866c06dce088'],
  ],
  [
    'signal-failure',
    "WaitCondition received failed message: 'disk full' for uniqueId: i-1",
    ['i-1 reported "disk full"'],
  ],
  [
    'signals-missing',
    'Received 0 SUCCESS signal(s) out of 3.  Unable to satisfy 100% MinSuccessfulInstancesPercent requirement',
    ['0 of 3 nodes of MasterServer'],
  ],
  ['signals-missing', 'WaitCondition timed out. Received 2 conditions when expecting 5', ['2 of 5']],
  [
    'cidr-conflict',
    'Resource handler returned message: "The CIDR \'10.0.32.0/20\' conflicts with another subnet (Service: Ec2, Status Code: 400, Request ID: 19)" (RequestToken: 20, HandlerErrorCode: AlreadyExists)',
    ['10.0.32.0/20'],
  ],
  [
    'instance-profile',
    'Invalid IamInstanceProfile: ecsInstanceRole (Service: AmazonAutoScaling; Status Code: 400; Error Code: ValidationError)',
    ['npx task bootstrap'],
  ],
  [
    'bucket-not-empty',
    'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
    ['s3://exhibitor'],
    { physicalId: 'exhibitor' },
  ],
  [
    'addresses-mapped',
    'Network vpc-02efbdd06a44f2995 has some mapped public address(es). Please unmap those public address(es) before detaching the gateway. (Service: AmazonEC2; Error Code: DependencyViolation)',
    ['Values=vpc-02efbdd06a44f2995'],
  ],
  [
    'security-group-in-use',
    'resource sg-045076fa660c8f891 has a dependent object (Service: AmazonEC2; Error Code: DependencyViolation)',
    ['group-id,Values=sg-045076fa660c8f891'],
  ],
  [
    'dependencies',
    "The subnet 'subnet-04c3d15c' has dependencies and cannot be deleted.",
    ['subnet-id,Values=subnet-04c3d15c'],
  ],
  [
    'dependencies',
    "The internetGateway 'igw-9a69f6fe' has dependencies and cannot be deleted.",
    ['igw-9a69f6fe'],
  ],
  [
    'role-in-use',
    'Cannot delete entity, must detach all policies first. (Service: AmazonIdentityManagement; Status Code: 409; Error Code: DeleteConflict)',
    ['--role-name role-1'],
    { physicalId: 'role-1' },
  ],
  [
    'termination-protection',
    "The instance 'i-1' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
    ['--instance-id i-1'],
    { physicalId: 'i-1' },
  ],
  [
    'termination-protection',
    'Stack [arn:1] cannot be deleted while TerminationProtection is enabled',
    ['--no-enable-termination-protection'],
  ],
  [
    'export-in-use',
    'Export outer:VpcId cannot be deleted as it is in use by app-one and app-two.',
    ['app-one and app-two', 'outer:VpcId'],
  ],
  [
    'default-vpc',
    'No default VPC for this user (Service: AmazonEC2; Status Code: 400; Error Code: VPCIdNotSpecified)',
    ['create-default-vpc'],
  ],
  [
    'stack-timeout',
    'Stack creation time exceeded the specified timeout',
    ['Group took too long'],
    { givenUp: ['Group'] },
  ],
  ['cancelled', 'Stack update cancelled', ['by a user']],
  ['hook', 'The following hook(s) failed: [Private::Guard::Hook]', ['Private::Guard::Hook']],
  [
    'nested',
    'Embedded stack arn:aws:cloudformation:eu-west-1:1:stack/inner/2 was not successfully created: The following resource(s) failed to create: [A].',
    ['--stack-name arn:aws:cloudformation:eu-west-1:1:stack/inner/2'],
  ],
  [
    'internal',
    'Resource handler returned message: "null" (RequestToken: 21, HandlerErrorCode: InternalFailure)',
    ['npx task bootstrap'],
  ],
]

known("every known cause is recognised by AWS's actual words, and its advice names what they name", () => {
  const wrong = seen.flatMap(([id, reason, names, over]) => {
    const found = advise(clue(reason, over))
    const lacks = names.filter((name) => !found.advice.includes(name))
    return found.known === id && lacks.length === 0
      ? []
      : [`${id}: ${found.known}, lacks ${lacks}: ${found.advice}`]
  })
  assert.equal(wrong, [])
  const without = catalogue.filter(({ id }) => !seen.some(([one]) => one === id))
  assert.equal(
    without.map(({ id }) => id),
    [],
    'each has a reason here',
  )
})

known('advice is one complete line, whatever is missing', () => {
  for (const [id, reason, , over] of seen) {
    const { advice } = advise(clue(reason, over))
    assert.not.match(advice, /undefined|null|NaN|\n|\.$| {2}/, `${id}: ${advice}`)
  }
})

known('an unknown reason gets general advice and no id', () => {
  assert.equal(advise(clue('Something entirely new happened')), {
    advice: 'fix that, then npx task bootstrap',
  })
})

known('a reason is shown without what only AWS can use', () => {
  const shown: [string, string][] = [
    [
      'Resource handler returned message: "a "b" (c) (Service: Ec2, Status Code: 400, Request ID: 1) (SDK Attempt Count: 1)" (RequestToken: 2, HandlerErrorCode: X)',
      'a "b" (c)',
    ],
    [
      'Resource handler returned message: "Access denied for operation \'x\'."',
      "Access denied for operation 'x'",
    ],
    [
      'Resource handler returned message: "null" (RequestToken: 2, HandlerErrorCode: InternalFailure)',
      'no reason given (InternalFailure)',
    ],
    ['', 'no reason given'],
    [
      'x (Service: Amazon S3; Status Code: 409; Error Code: Y; Request ID: Z; S3 Extended Request ID: a/b+c=; Proxy: null)',
      'x',
    ],
    ['no. . Rollback requested by user.', 'no'],
    ['a\u001b[2J\u0007b \u202egnp.exe', 'a b gnp.exe'],
  ]
  for (const [reason, text] of shown) assert.is(shownReason(reason), text)
  const long = shownReason('word '.repeat(1000))
  assert.is(long.length, 600)
  assert.ok(long.endsWith('…'))
})

known('a hostile reason is processed quickly', () => {
  const start = performance.now()
  for (const piece of [
    '(Service: ',
    'requested instance type (',
    "architecture '",
    'already exists ',
    ' \n',
    '. . ',
  ]) {
    const reason = piece.repeat(4096 / piece.length)
    advise(clue(reason))
    shownReason(reason)
  }
  assert.ok(performance.now() - start < 1000)
})

known.run()
