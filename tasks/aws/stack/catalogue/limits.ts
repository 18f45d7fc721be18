import { STANDARD_VCPUS } from '../../quotas.ts'
import type { Clue, Known } from './known.ts'

/** Quota codes are listed by `aws service-quotas list-service-quotas`. */
const raise = (service: string, code: string, { region }: Clue) =>
  `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value N --region ${region}`

/** "VPCs per Region". */
const VPCS = 'L-F678F1CE'
/** "EC2-VPC Elastic IPs". */
const ADDRESSES = 'L-0263D0A3'

/** Quotas and rate limits of the account. */
export const limitCauses: readonly Known[] = [
  {
    // Issue StreisandEffect/streisand#1715, pull request kubernetes/kops#15778.
    id: 'vcpu-limit',
    words: /current vCPU limit of (\d+)|VcpuLimitExceeded/i,
    advice: (match, clue) =>
      `the account may run ${match[1] ?? 'no more'} vCPUs of this kind: fewer or smaller nodes (${clue.again} agents.private=N agents.instanceType=TYPE), or a higher quota: ${raise('ec2', STANDARD_VCPUS, clue)}`,
  },
  {
    // Issue widdix/aws-s3-virusscan#55, the form before vCPUs were counted.
    id: 'instance-limit',
    words: /current instance limit of (\d+)|InstanceLimitExceeded/i,
    advice: (match, clue) =>
      `the account may run ${match[1] ?? 'no more'} instances of this type: choose another (${clue.again} agents.instanceType=TYPE), or have the limit raised: ${raise('ec2', STANDARD_VCPUS, clue)}`,
  },
  {
    // Issue awslabs/landing-zone-accelerator-on-aws#241; the code: issue terraform-aws-modules/terraform-aws-vpc#429.
    id: 'vpc-limit',
    words: /maximum number of VPCs has been reached|VpcLimitExceeded/i,
    advice: (_match, clue) =>
      `delete an unused VPC (aws ec2 describe-vpcs --region ${clue.region}), use another region (${clue.again} region=REGION), or raise the quota: ${raise('vpc', VPCS, clue)}`,
  },
  {
    // Issue aws/aws-parallelcluster#1734.
    id: 'address-limit',
    words: /maximum number of addresses has been reached|AddressLimitExceeded/i,
    advice: (_match, clue) =>
      `release an unused elastic IP address (aws ec2 describe-addresses --region ${clue.region}), or raise the quota: ${raise('ec2', ADDRESSES, clue)}`,
  },
  {
    // Issues aws/aws-cdk#9882, aws/aws-cli#3002, cloudfoundry/bosh-aws-cpi-release#61; CloudFormation CLI user guide, "Handler error codes".
    id: 'throttled',
    words:
      /Rate exceeded|Request ?limit ?exceeded|(?:Error|HandlerError)Code: Throttling|Error Code: (?:Throttling|TooManyRequests|SlowDown)/i,
    advice: (_match, { again }) =>
      `the account as a whole sent AWS too many requests at once: wait a minute, then ${again}`,
  },
  {
    // Issue canonical/bundle-kubeflow#1171 ("maximum number of internet gateways"), issue ansible/workshops#1801 ("Cannot exceed quota for"),
    // CloudFormation CLI user guide, "Handler error codes" (ServiceLimitExceeded).
    id: 'limit',
    words:
      /maximum number of ([\w -]+?) has been reached|Cannot exceed quota for (\w+)|(\w*(?:LimitExceeded|QuotaExceeded)\w*)/i,
    advice: (match, { again, region }) =>
      `remove unused ${match[1] ?? 'resources'}, or have the limit${match[2] ? ` ${match[2]}` : ''} raised (aws service-quotas list-service-quotas --service-code SERVICE --region ${region}), then ${again}`,
  },
]
