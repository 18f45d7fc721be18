import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { DescribeKeyPairsCommand } from '@aws-sdk/client-ec2'
import { ListBucketsCommand } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { Fault } from '../../../tasks/rehearsal/index.ts'
import type { Cloud, Row } from './cloud.ts'

const COMMON = 'CloudFormation API Reference, "Common Error Types"'
const EC2 = 'EC2 API Reference, "Error codes"'

/** Code, message and HTTP status of the error that a call ends with. */
async function status(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (caught) {
    const { name, message, $metadata } = caught as Error & { $metadata?: { httpStatusCode?: number } }
    return `${$metadata?.httpStatusCode ?? 'none'} ${name}: ${message}`
  }
  return 'accepted'
}

const failing = async (cloud: Cloud, ...fail: Fault[]) => cloud.clients(fail)
const stacks = () => new DescribeStacksCommand({})

export const access: Row[] = [
  {
    question: 'CloudFormation throttles',
    source: COMMON,
    documented: '400 Throttling: Rate exceeded',
    ask: async (cloud) => {
      const { cloudFormation } = await failing(cloud, { call: 'DescribeStacks', error: 'Throttling' })
      return status(cloudFormation.send(stacks()))
    },
  },
  {
    question: 'EC2 throttles',
    source: EC2,
    documented: '503 RequestLimitExceeded: Request limit exceeded.',
    ask: async (cloud) => {
      const { ec2 } = await failing(cloud, { call: 'DescribeKeyPairs', error: 'RequestLimitExceeded' })
      return status(ec2.send(new DescribeKeyPairsCommand({})))
    },
  },
  {
    question: 'S3 throttles',
    source: 'Amazon S3 API Reference, "Error responses"',
    documented: '503 SlowDown: Please reduce your request rate.',
    ask: async (cloud) => {
      const { s3 } = await failing(cloud, { call: 'ListBuckets', error: 'SlowDown' })
      return status(s3.send(new ListBucketsCommand({})))
    },
  },
  {
    question: 'a service is unavailable',
    source: COMMON,
    documented: /^503 ServiceUnavailable/,
    ask: async (cloud) => {
      const { cloudFormation } = await failing(cloud, { call: 'DescribeStacks', error: '503' })
      return status(cloudFormation.send(stacks()))
    },
  },
  {
    question: 'a connection is cut',
    source: 'RFC 9293, 3.10.7',
    documented: /^none \w+: (socket hang up|read ECONNRESET)$/,
    ask: async (cloud) => {
      const { cloudFormation } = await failing(cloud, { call: 'DescribeStacks', error: 'cut' })
      return status(cloudFormation.send(stacks()))
    },
  },
  {
    question: 'credentials have expired, at CloudFormation and at EC2',
    source: `${COMMON}; ${EC2}`,
    documented:
      '403 ExpiredToken: The security token included in the request is expired · 400 RequestExpired: Request has expired.',
    ask: async (cloud) => {
      const { cloudFormation, ec2 } = await cloud.clients([], { accessKeyId: 'ASIAEXPIRED' })
      return `${await status(cloudFormation.send(stacks()))} · ${await status(ec2.send(new DescribeKeyPairsCommand({})))}`
    },
  },
  {
    question: 'credentials are unknown, at CloudFormation, EC2 and S3',
    source: `${COMMON}; ${EC2}; Amazon S3 API Reference, "Error responses"`,
    documented:
      '403 InvalidClientTokenId: The security token included in the request is invalid. · 401 AuthFailure: AWS was not able to validate the provided access credentials · 403 InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records.',
    ask: async (cloud) => {
      const { cloudFormation, ec2, s3 } = await cloud.clients([], { accessKeyId: 'AKIAINVALID' })
      const answers = [
        cloudFormation.send(stacks()),
        ec2.send(new DescribeKeyPairsCommand({})),
        s3.send(new ListBucketsCommand({})),
      ]
      return (await Promise.all(answers.map(status))).join(' · ')
    },
  },
  {
    question: 'an action is denied, at CloudFormation and at EC2',
    source: 'IAM User Guide, "Troubleshoot access denied error messages"',
    documented:
      /^403 AccessDenied\w*: User: arn:\S+ is not authorized to perform: cloudformation:DescribeStacks because no identity-based policy allows .* · 403 UnauthorizedOperation: You are not authorized to perform this operation\./,
    ask: async (cloud) => {
      const { cloudFormation, ec2 } = await failing(
        cloud,
        { call: 'DescribeStacks', error: 'AccessDenied' },
        { call: 'DescribeKeyPairs', error: 'AccessDenied' },
      )
      return `${await status(cloudFormation.send(stacks()))} · ${await status(ec2.send(new DescribeKeyPairsCommand({})))}`
    },
  },
  {
    question: 'who am I',
    source: 'AWS STS API Reference, GetCallerIdentity',
    documented: /^123456789012 arn:aws:iam::123456789012:user\/\w+$/,
    ask: async (cloud) => {
      const { Account, Arn } = await cloud.sts.send(new GetCallerIdentityCommand({}))
      return `${Account} ${Arn}`
    },
  },
]
