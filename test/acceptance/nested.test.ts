import { writeFileSync } from 'node:fs'
import { DeleteStackCommand, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation'
import {
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  DeleteKeyPairCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
} from '@aws-sdk/client-ec2'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describe, rehearse, settled } from '../rehearsal/fixture.ts'
import { Project } from './project.ts'

const test = suite('destroy: nested stacks')
const project = new Project()
const SPEED = 2000
const { cloudFormation, ec2, s3 } = rehearse({ folder: project.path('.task/rehearsed'), speed: SPEED })

const leaf = {
  Resources: {
    Kept: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' },
    Full: { Type: 'AWS::S3::Bucket' },
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.0.1.0/24' } },
  },
}
const root = {
  Resources: {
    Leaf: {
      Type: 'AWS::CloudFormation::Stack',
      Properties: { TemplateURL: 'https://s3.eu-west-1.amazonaws.com/templates/leaf.json' },
    },
  },
  Outputs: { DnsAddress: { Value: 'none' } },
}

const run = (name: string, ...words: string[]) =>
  project.run([
    ...words,
    '--json',
    `rehearsal.speed=${SPEED}`,
    `cluster.name=${name}`,
    'template=nested.json',
    'cluster.url=http://127.0.0.1:9',
  ])

/** Creates the stack and puts an object into the bucket that is not retained. */
async function standing(name: string) {
  const up = await run(name, 'stack')
  assert.is(up.code, 0, up.stdout)
  assert.is((await settled(cloudFormation, name)).StackStatus, 'CREATE_COMPLETE')
  const idOf = async (StackName: string, LogicalResourceId: string) => {
    const answer = await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName, LogicalResourceId }),
    )
    return answer.StackResourceDetail!.PhysicalResourceId!
  }
  const nested = await idOf(name, 'Leaf')
  const inside = (logicalId: string) => idOf(nested, logicalId)
  await s3.send(new PutObjectCommand({ Bucket: await inside('Full'), Key: 'k', Body: 'v' }))
  return { inside, key: (up.events.find((event) => 'value' in event) as { value: { id: string } }).value.id }
}

const buckets = async () =>
  (await s3.send(new ListBucketsCommand({})))
    .Buckets!.map(({ Name }) => Name!)
    .filter((one) => one !== 'templates')

test.before(async () => {
  writeFileSync(project.path('nested.json'), JSON.stringify(root))
  const LocationConstraint = 'eu-west-1'
  await s3.send(
    new CreateBucketCommand({ Bucket: 'templates', CreateBucketConfiguration: { LocationConstraint } }),
  )
  await s3.send(new PutObjectCommand({ Bucket: 'templates', Key: 'leaf.json', Body: JSON.stringify(leaf) }))
})

test('buckets of a nested stack are deleted with the cluster, the full and the retained one', async () => {
  const { inside } = await standing('deep')
  const made = [await inside('Kept'), await inside('Full')]
  const down = await run('deep', 'destroy', '--yes')
  assert.equal([down.code, down.end.left], [0, []], down.stdout)
  assert.ok(down.end.deleted.includes(`s3://${made[0]}`), down.stdout)
  assert.equal(await buckets(), [])
})

test('leftovers of a nested stack are listed by clusters, and removed by the destroy that it suggests', async () => {
  const { inside, key } = await standing('rest')
  const bucket = await inside('Kept')
  await s3.send(new DeleteObjectCommand({ Bucket: await inside('Full'), Key: 'k' }))
  const { StackId } = await describe(cloudFormation, 'rest')
  await cloudFormation.send(new DeleteStackCommand({ StackName: 'rest' }))
  assert.is((await settled(cloudFormation, StackId!)).StackStatus, 'DELETE_COMPLETE')
  await ec2.send(new DeleteKeyPairCommand({ KeyPairId: key }))
  const listed = async () => JSON.parse((await project.run(['clusters', '--json'])).stdout).clusters
  const [rest] = await listed()
  assert.equal([rest.name, rest.status, rest.buckets], ['rest', null, [bucket]])
  const down = await run('rest', 'destroy', '--yes')
  assert.equal([down.code, down.end.deleted], [0, [`s3://${bucket}`]], down.stdout)
  assert.equal(await listed(), [])
})

test('what blocks the deletion of a nested stack is named, with the reason', async () => {
  const { inside } = await standing('blocked')
  const [vpc, subnet] = [await inside('Vpc'), await inside('Subnet')]
  const { GroupId } = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: 'edge', Description: 'x', VpcId: vpc }),
  )
  const made = await ec2.send(
    new CreateNetworkInterfaceCommand({ SubnetId: subnet, Groups: [GroupId!], Description: 'ELB edge' }),
  )
  const stuck = await run('blocked', 'destroy', '--yes')
  assert.is(stuck.code, 1)
  const { cause } = stuck.events.find((event) => event.event === 'fail') as unknown as { cause: string }
  assert.match(cause, /^Leaf\/Subnet \(AWS::EC2::Subnet\): .*has dependencies/)
  assert.match(cause, new RegExp(`^in ${vpc}: load balancer edge$`, 'm'))
  const { NetworkInterfaceId } = made.NetworkInterface!
  await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }))
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId }))
  assert.is((await run('blocked', 'destroy', '--yes')).code, 0)
  assert.equal(await buckets(), [])
})

test.after(() => project.remove())

test.run()
