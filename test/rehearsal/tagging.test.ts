import { CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation'
import { CreateNetworkInterfaceCommand } from '@aws-sdk/client-ec2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CLUSTER_TAG } from '../../tasks/aws/ownership.ts'
import { listResources } from '../../tasks/aws/stack/stack.ts'
import { taggedAs } from '../../tasks/aws/tagged.ts'
import { awsThrough } from '../aws/wire.ts'
import { rehearse, settled } from './fixture.ts'

const test = suite('rehearsal: resources by their tags')

test('what a forced deletion left behind is found by its tag, and nothing of another cluster', async () => {
  const { cloudFormation, ec2, rehearsal, remove } = rehearse()
  const aws = awsThrough(rehearsal.requestHandler)
  const TemplateBody = JSON.stringify({
    Resources: {
      Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
      Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.0.1.0/24' } },
      Bucket: { Type: 'AWS::S3::Bucket' },
    },
  })
  for (const StackName of ['one', 'other']) {
    const Tags = [{ Key: CLUSTER_TAG, Value: StackName }]
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody, Tags }))
  }
  const { StackId } = await settled(cloudFormation, 'one')
  await settled(cloudFormation, 'other')
  const made = await listResources(aws, StackId!)
  const idOf = (wanted: string) => made.find(({ path }) => path === wanted)!.physicalId
  const network = ['vpc', 'subnet'].map(
    (kind) => `arn:aws:ec2:eu-west-1:123456789012:${kind}/${idOf(kind === 'vpc' ? 'Vpc' : 'Subnet')}`,
  )
  assert.equal(
    (await taggedAs(aws, 'one')).sort(),
    [StackId!, ...network, `arn:aws:s3:::${idOf('Bucket')}`].sort(),
  )
  await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: idOf('Subnet'), Description: 'ELB edge' }))
  await cloudFormation.send(new DeleteStackCommand({ StackName: StackId }))
  assert.is((await settled(cloudFormation, StackId!)).StackStatus, 'DELETE_FAILED')
  await cloudFormation.send(
    new DeleteStackCommand({ StackName: StackId, DeletionMode: 'FORCE_DELETE_STACK' }),
  )
  assert.is((await settled(cloudFormation, StackId!)).StackStatus, 'DELETE_COMPLETE')
  assert.equal((await taggedAs(aws, 'one')).sort(), [...network].sort())
  aws.close()
  remove()
})

test.run()
