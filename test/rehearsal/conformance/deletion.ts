import {
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ListStacksCommand,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateSecurityGroupCommand } from '@aws-sdk/client-ec2'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  HeadBucketCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { type Cloud, error, one, type Row } from './cloud.ts'

const DELETE = 'CloudFormation API Reference, DeleteStack'

const bucket = { Resources: { Bucket: { Type: 'AWS::S3::Bucket' }, Other: { Type: 'AWS::SNS::Topic' } } }

const remove = (cloud: Cloud, StackName: string, over = {}) =>
  cloud.cloudFormation.send(new DeleteStackCommand({ StackName, ...over }))

async function gone(cloud: Cloud, StackId: string, over = {}): Promise<string> {
  await remove(cloud, StackId, over)
  return (await cloud.settled(StackId)).StackStatus!
}

/** A stack whose bucket is not empty. */
async function full(cloud: Cloud): Promise<{ StackId: string; Bucket: string }> {
  const { StackId } = await cloud.create(bucket)
  const Bucket = await cloud.physicalId(StackId, 'Bucket')
  await cloud.s3.send(new PutObjectCommand({ Bucket, Key: 'left', Body: 'over' }))
  return { StackId, Bucket }
}

export const deletion: Row[] = [
  {
    question: 'deleting a stack that does not exist succeeds',
    source: DELETE,
    documented: 'accepted',
    ask: (cloud) => error(remove(cloud, 'gone')),
  },
  {
    question: 'by its name a deleted stack does not exist, for DescribeStacks and DescribeStackEvents',
    source: 'CloudFormation API Reference, DescribeStacks',
    documented:
      /^ValidationError: Stack with id (n\d+) does not exist ValidationError: Stack \[\1\] does not exist$/,
    ask: async (cloud) => {
      const { StackId, StackName } = await cloud.create(one)
      await gone(cloud, StackId)
      const { cloudFormation } = cloud
      return `${await error(cloudFormation.send(new DescribeStacksCommand({ StackName })))} ${await error(cloudFormation.send(new DescribeStackEventsCommand({ StackName })))}`
    },
  },
  {
    question: 'by its id it is described as deleted, with its events, and listed',
    source: 'CloudFormation API Reference, DescribeStacks, ListStacks',
    documented: 'DELETE_COMPLETE DELETE_COMPLETE true',
    ask: async (cloud) => {
      const { StackId, StackName } = await cloud.create(one)
      const status = await gone(cloud, StackId)
      const last = (await cloud.told(StackId, StackName!)).at(-1)
      const { StackSummaries } = await cloud.cloudFormation.send(
        new ListStacksCommand({ StackStatusFilter: ['DELETE_COMPLETE'] }),
      )
      return `${status} ${last} ${StackSummaries!.some((summary) => summary.StackId === StackId)}`
    },
  },
  {
    question: 'termination protection keeps a stack until it is disabled',
    source: 'CloudFormation User Guide, "Protect stacks from being deleted"',
    documented:
      /^ValidationError: Stack \[n\d+\] cannot be deleted while TerminationProtection is enabled · DELETE_COMPLETE$/,
    ask: async (cloud) => {
      const { StackId, StackName } = await cloud.create(one, { EnableTerminationProtection: true })
      const refused = await error(remove(cloud, StackId))
      await cloud.cloudFormation.send(
        new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }),
      )
      return `${refused} · ${await gone(cloud, StackId)}`
    },
  },
  {
    question: 'a bucket that is not empty fails its stack’s deletion',
    source: 'CloudFormation User Guide, "Troubleshooting, Delete stack fails"',
    documented:
      /^DELETE_FAILED The following resource\(s\) failed to delete: \[Bucket\]\. · DELETE_FAILED Resource handler returned message: "The bucket you tried to delete is not empty \(Service: S3, Status Code: 409/,
    ask: async (cloud) => {
      const { StackId } = await full(cloud)
      await remove(cloud, StackId)
      const { StackStatus, StackStatusReason } = await cloud.settled(StackId)
      return `${StackStatus} ${StackStatusReason} · ${(await cloud.told(StackId, 'Bucket')).at(-1)}`
    },
  },
  {
    question: 'only what failed to be deleted can be retained',
    source: 'aws-nuke pull request 244; eucalyptus, which follows AWS here',
    documented:
      /^ValidationError: Invalid operation on stack \[arn:\S+\]\. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state\.$/,
    ask: async (cloud) =>
      error(remove(cloud, (await cloud.create(one)).StackId, { RetainResources: ['Topic'] })),
  },
  {
    question: 'what is already deleted cannot be retained',
    source: 'rebuy-de/aws-nuke issue 270',
    documented:
      'ValidationError: The specified resources to retain must be in a valid state. Do not specify resources that are in the DELETE_COMPLETE state.',
    ask: async (cloud) => {
      const { StackId } = await full(cloud)
      await gone(cloud, StackId)
      return error(remove(cloud, StackId, { RetainResources: ['Other', 'Bucket'] }))
    },
  },
  {
    question: 'RetainResources deletes the stack and leaves the resource',
    source: `${DELETE}, RetainResources`,
    documented: 'DELETE_FAILED DELETE_COMPLETE DELETE_SKIPPED accepted',
    ask: async (cloud) => {
      const { StackId, Bucket } = await full(cloud)
      const ends = [await gone(cloud, StackId), await gone(cloud, StackId, { RetainResources: ['Bucket'] })]
      const last = (await cloud.told(StackId, 'Bucket')).at(-1)
      return `${ends.join(' ')} ${last} ${await error(cloud.s3.send(new HeadBucketCommand({ Bucket })))}`
    },
  },
  {
    question: 'FORCE_DELETE_STACK is for stacks that failed to be deleted',
    source: 'awslabs/eks-perf-tests pull request 517',
    documented:
      /^ValidationError: Invalid operation on stack \[arn:\S+\]\. You can activate DeletionMode FORCE_DELETE_STACK in a delete stack operation only when the stack is in the DELETE_FAILED state\.$/,
    ask: async (cloud) =>
      error(remove(cloud, (await cloud.create(one)).StackId, { DeletionMode: 'FORCE_DELETE_STACK' })),
  },
  {
    question: 'then it deletes the stack and leaves what cannot be deleted',
    source: `${DELETE}, DeletionMode`,
    documented: 'DELETE_FAILED DELETE_COMPLETE accepted',
    ask: async (cloud) => {
      const { StackId, Bucket } = await full(cloud)
      const ends = [
        await gone(cloud, StackId),
        await gone(cloud, StackId, { DeletionMode: 'FORCE_DELETE_STACK' }),
      ]
      return `${ends.join(' ')} ${await error(cloud.s3.send(new HeadBucketCommand({ Bucket })))}`
    },
  },
  {
    question: 'a resource with DeletionPolicy Retain is skipped',
    source: 'CloudFormation User Guide, "DeletionPolicy attribute"',
    documented: 'DELETE_COMPLETE DELETE_SKIPPED',
    ask: async (cloud) => {
      const kept = { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' }
      const { StackId } = await cloud.create({ Resources: { Bucket: kept } })
      return `${await gone(cloud, StackId)} ${(await cloud.told(StackId, 'Bucket')).at(-1)}`
    },
  },
  {
    question: 'a stack is not deleted during an update',
    source: 'guidance-for-clickstream-analytics-on-aws issue 573',
    documented: /^ValidationError: Stack \[arn:\S+\] cannot be deleted while in status UPDATE_IN_PROGRESS$/,
    ask: async (cloud) => {
      const { StackId } = await cloud.create(one)
      const slowly = await cloud.clients([], { speed: 1 })
      const TemplateBody = JSON.stringify(bucket)
      await slowly.cloudFormation.send(new UpdateStackCommand({ StackName: StackId, TemplateBody }))
      return error(remove(cloud, StackId))
    },
  },
  {
    question: 'a stack that is being created can be deleted',
    source: 'CloudFormation User Guide, "Delete a stack"',
    documented: 'DELETE_COMPLETE',
    ask: async (cloud) =>
      gone(cloud, (await cloud.begin(bucket, {}, await cloud.clients([], { speed: 1 }))).StackId),
  },
  {
    question: 'what others created in a network keeps it',
    source: 'terraform-aws-modules/terraform-aws-vpc issue 540',
    documented:
      /"The vpc 'vpc-0[0-9a-f]{16}' has dependencies and cannot be deleted\. \(Service: Ec2, Status Code: 400/,
    ask: async (cloud) => {
      const vpc = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } }
      const { StackId } = await cloud.create({ Resources: { Vpc: vpc } })
      const VpcId = await cloud.physicalId(StackId, 'Vpc')
      await cloud.ec2.send(
        new CreateSecurityGroupCommand({ GroupName: cloud.name(), Description: 'of others', VpcId }),
      )
      await gone(cloud, StackId)
      return (await cloud.told(StackId, 'Vpc')).at(-1)
    },
  },
  {
    question: 'a bucket that is not empty, one that does not exist, one that is mine already',
    source: 'Amazon S3 API Reference, "Error responses"',
    documented: 'BucketNotEmpty NoSuchBucket BucketAlreadyOwnedByYou',
    ask: async (cloud) => {
      const Bucket = cloud.name()
      const make = () =>
        cloud.s3.send(
          new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
        )
      await make()
      await cloud.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'v' }))
      const answers = [
        error(cloud.s3.send(new DeleteBucketCommand({ Bucket }))),
        error(cloud.s3.send(new DeleteBucketCommand({ Bucket: 'nobodys' }))),
        error(make()),
      ]
      return (await Promise.all(answers)).map((answer) => answer.split(':')[0]).join(' ')
    },
  },
]
