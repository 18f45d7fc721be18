import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { DescribeKeyPairsCommand, EC2Client } from '@aws-sdk/client-ec2'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRehearsal } from '../../tasks/rehearsal/index.ts'
import { importKey, refused, rehearse, settled } from './fixture.ts'

const listening = suite('rehearsal: over loopback HTTP')

listening('any client with an endpoint setting sees the same cloud', async () => {
  const { folder, remove, ...inside } = rehearse()
  const { url, close } = await openRehearsal({
    folder,
    speed: 2000,
    seed: 1,
    fail: [{ call: 'DescribeStacks', error: 'cut' }],
  }).listen(0)
  const configuration = {
    endpoint: url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
  }
  const cloudFormation = new CloudFormationClient(configuration)
  const ec2 = new EC2Client(configuration)
  const s3 = new S3Client({ ...configuration, forcePathStyle: true })
  const sts = new STSClient(configuration)
  await importKey(ec2, 'outside')
  assert.is((await inside.ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs![0]!.KeyName, 'outside')
  const cut = await refused(cloudFormation.send(new DescribeStacksCommand({})))
  assert.match(cut.message, /socket hang up|ECONNRESET/)
  const template = JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } } })
  await cloudFormation.send(new CreateStackCommand({ StackName: 's', TemplateBody: template }))
  assert.is((await settled(cloudFormation, 's')).StackStatus, 'CREATE_COMPLETE')
  const Bucket = 'outside'
  await s3.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
  )
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a b', Body: 'text' }))
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'a b' }))
  assert.is(await Body!.transformToString(), 'text')
  assert.is((await refused(s3.send(new HeadBucketCommand({ Bucket: 'nowhere' })))).name, 'NotFound')
  // A template may be in the rehearsal's own S3.
  await s3.send(new PutObjectCommand({ Bucket, Key: 't.json', Body: template }))
  await cloudFormation.send(new CreateStackCommand({ StackName: 't', TemplateURL: `${url}/outside/t.json` }))
  assert.is((await sts.send(new GetCallerIdentityCommand({}))).Account, '123456789012')
  for (const client of [cloudFormation, ec2, s3, sts]) client.destroy()
  await close()
  remove()
})

listening.run()
