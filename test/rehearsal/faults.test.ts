import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  PublishTypeCommand,
} from '@aws-sdk/client-cloudformation'
import { DescribeInstancesCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { ListBucketsCommand } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refused, rehearse } from './fixture.ts'

const faults = suite('rehearsal: faults')

const small = JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } } })

faults('calls fail as often as configured, with the text of their service', async () => {
  const { cloudFormation, ec2, s3, sts, remove } = rehearse({
    fail: [
      { call: 'DescribeStacks', error: 'Throttling', times: 2, after: 1 },
      { call: 'DescribeInstances', error: 'RequestLimitExceeded' },
      { call: 'ListBuckets', error: '503' },
      { call: 'GetCallerIdentity', error: 'AccessDenied' },
    ],
  })
  const told: string[] = []
  for (let time = 0; time < 4; time++) {
    try {
      await cloudFormation.send(new DescribeStacksCommand({}))
      told.push('well')
    } catch (error) {
      told.push(`${(error as Error).name}: ${(error as Error).message}`)
    }
  }
  assert.equal(told, ['well', 'Throttling: Rate exceeded', 'Throttling: Rate exceeded', 'well'])
  assert.is((await refused(ec2.send(new DescribeInstancesCommand({})))).name, 'RequestLimitExceeded')
  assert.is((await refused(s3.send(new ListBucketsCommand({})))).$metadata!.httpStatusCode, 503)
  assert.match(
    (await refused(sts.send(new GetCallerIdentityCommand({})))).message,
    /is not authorized to perform: sts:GetCallerIdentity/,
  )
  assert.is((await sts.send(new GetCallerIdentityCommand({}))).Account, '123456789012')
  remove()
})

faults('the SDK retries what can succeed, also after a cut connection', async () => {
  const { configuration, remove } = rehearse({
    fail: [
      { call: 'DescribeStacks', error: 'cut' },
      { call: 'DescribeStacks', error: 'Throttling' },
      { call: 'CreateStack', error: 'cut-reply' },
    ],
  })
  const client = new CloudFormationClient({ ...configuration, maxAttempts: 4 })
  assert.is((await client.send(new DescribeStacksCommand({}))).$metadata.attempts, 3)
  // Accepted, but the answer was lost: the token makes the retry find the same stack.
  const { StackId, $metadata } = await client.send(
    new CreateStackCommand({ StackName: 'one', TemplateBody: small, ClientRequestToken: 't' }),
  )
  assert.is($metadata.attempts, 2)
  assert.equal(
    (await client.send(new DescribeStacksCommand({}))).Stacks!.map((stack) => stack.StackId),
    [StackId],
  )
  remove()
})

faults('expired credentials and unknown operations are refused', async () => {
  const { configuration, cloudFormation, ec2, remove } = rehearse()
  const credentials = { accessKeyId: 'ASIAEXPIRED', secretAccessKey: 'x', sessionToken: 'y' }
  const expired = await refused(
    new CloudFormationClient({ ...configuration, credentials }).send(
      new DescribeStackEventsCommand({ StackName: 'x' }),
    ),
  )
  assert.equal(
    [expired.name, expired.message],
    ['ExpiredToken', 'The security token included in the request is expired'],
  )
  assert.is(
    (await refused(new EC2Client({ ...configuration, credentials }).send(new DescribeInstancesCommand({}))))
      .name,
    'RequestExpired',
  )
  assert.is((await refused(cloudFormation.send(new PublishTypeCommand({})))).name, 'InvalidAction')
  assert.is((await refused(ec2.send(new DescribeVpcsCommand({})))).name, 'InvalidAction')
  remove()
})

faults('a crash comes before a request is accepted, or after that and before its answer', async () => {
  const kill = process.kill
  for (const [error, stacks] of [
    ['crash-before', 0],
    ['crash-after', 1],
  ] as const) {
    const { cloudFormation, remove } = rehearse({ fail: [{ call: 'CreateStack', error }] })
    const struck: unknown[] = []
    // Recorded instead of done: the tests share this process.
    process.kill = ((pid: number, signal: string) => {
      struck.push(pid, signal)
      throw new Error('killed')
    }) as never
    try {
      await refused(cloudFormation.send(new CreateStackCommand({ StackName: 'one', TemplateBody: small })))
    } finally {
      process.kill = kill
    }
    assert.equal(struck, [process.pid, 'SIGKILL'])
    assert.is((await cloudFormation.send(new DescribeStacksCommand({}))).Stacks!.length, stacks)
    remove()
  }
})

faults.run()
