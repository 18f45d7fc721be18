import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
} from '@aws-sdk/client-cloudformation'
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2'
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional, shared } from '../optional.ts'
import { events, importKey, refused, rehearse, settled } from './fixture.ts'

const official = suite('rehearsal: official templates')
const file = (year: number) => path.join(shared, 'real', `official-${year}-single-master.json`)

for (const [year, extra] of [
  [2021, []],
  [2015, [{ ParameterKey: 'AcceptEULA', ParameterValue: 'Yes' }]],
] as const) {
  optional(
    official,
    [file(year)],
    `the official template of ${year} goes up and down with all its resources`,
    async () => {
      const { cloudFormation, ec2, s3, remove } = rehearse()
      await importKey(ec2)
      const { StackId } = await cloudFormation.send(
        new CreateStackCommand({
          StackName: 'dcos',
          TemplateBody: JSON.stringify(JSON.parse(readFileSync(file(year), 'utf8'))),
          Capabilities: ['CAPABILITY_IAM'],
          Tags: [{ Key: 'owner', Value: 'me' }],
          Parameters: [
            { ParameterKey: 'KeyName', ParameterValue: 'dcos' },
            { ParameterKey: 'SlaveInstanceCount', ParameterValue: '3' },
            ...extra,
          ],
        }),
      )
      const stack = await settled(cloudFormation, 'dcos')
      assert.is(stack.StackStatus, 'CREATE_COMPLETE')
      const dns = stack.Outputs!.find(({ OutputKey }) => OutputKey === 'DnsAddress')!.OutputValue!
      assert.match(dns, /^127\.0\.0\.1:2\d{4}$/)

      const up = await events(cloudFormation, 'dcos')
      const created = up.filter(({ ResourceStatus }) => ResourceStatus === 'CREATE_COMPLETE')
      assert.is(created.length, 58, '57 resources and the stack')
      assert.is(new Set(up.map(({ EventId }) => EventId)).size, up.length, 'event ids are unique')
      assert.is(up[0]!.ResourceStatusReason, 'User Initiated')
      assert.is(up.at(-1)!.LogicalResourceId, 'dcos')
      const times = up.map(({ Timestamp }) => Timestamp!.getTime())
      assert.equal(
        times,
        [...times].sort((a, b) => a - b),
        'in order',
      )
      const signals = (group: string) =>
        up.filter(
          (event) =>
            event.LogicalResourceId === group &&
            event.ResourceStatusReason?.startsWith('Received SUCCESS signal with UniqueId i-'),
        )
      assert.equal(
        [signals('MasterServerGroup'), signals('SlaveServerGroup'), signals('PublicSlaveServerGroup')].map(
          ({ length }) => length,
        ),
        [1, 3, 1],
      )
      const at = (resource: string, status: string) =>
        up.findIndex((event) => event.LogicalResourceId === resource && event.ResourceStatus === status)
      assert.ok(
        at('Vpc', 'CREATE_COMPLETE') < at('PublicSubnet', 'CREATE_IN_PROGRESS'),
        'a subnet waits for its network',
      )
      if (year === 2021)
        assert.ok(
          at('NATInstance', 'CREATE_COMPLETE') < at('SlaveServerGroup', 'CREATE_IN_PROGRESS'),
          'DependsOn is respected',
        )

      const { Reservations } = await ec2.send(
        new DescribeInstancesCommand({
          Filters: [{ Name: 'tag:aws:cloudformation:logical-id', Values: ['*ServerGroup'] }],
        }),
      )
      const instances = Reservations!.flatMap(({ Instances }) => Instances!)
      assert.is(instances.length, 5)
      assert.is(new Set(instances.map(({ PrivateIpAddress }) => PrivateIpAddress)).size, 5)
      assert.ok(
        instances.every(
          ({ State, PrivateIpAddress }) => State!.Name === 'running' && PrivateIpAddress!.startsWith('10.0.'),
        ),
      )

      const { StackResources } = await cloudFormation.send(
        new DescribeStackResourcesCommand({ StackName: 'dcos' }),
      )
      assert.is(StackResources!.length, 57)
      const Bucket = StackResources!.find(
        ({ LogicalResourceId }) => LogicalResourceId === 'ExhibitorS3Bucket',
      )!.PhysicalResourceId!
      const { TagSet } = await s3.send(new GetBucketTaggingCommand({ Bucket }))
      const tags = Object.fromEntries(TagSet!.map(({ Key, Value }) => [Key, Value]))
      assert.equal([tags.owner, tags['aws:cloudformation:stack-id']], ['me', StackId])

      await cloudFormation.send(new DeleteStackCommand({ StackName: StackId }))
      assert.is((await settled(cloudFormation, StackId!)).StackStatus, 'DELETE_COMPLETE')
      const down = (await events(cloudFormation, StackId!)).slice(up.length)
      assert.is(down.filter(({ ResourceStatus }) => ResourceStatus === 'DELETE_COMPLETE').length, 57)
      assert.equal(
        down
          .filter(({ ResourceStatus }) => ResourceStatus === 'DELETE_SKIPPED')
          .map(({ LogicalResourceId }) => LogicalResourceId),
        ['ExhibitorS3Bucket'],
      )
      // What the masters wrote is still in the retained bucket.
      assert.is((await refused(s3.send(new DeleteBucketCommand({ Bucket })))).name, 'BucketNotEmpty')
      const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }))
      for (const { Key } of Contents!) await s3.send(new DeleteObjectCommand({ Bucket, Key }))
      await s3.send(new DeleteBucketCommand({ Bucket }))
      assert.is((await refused(s3.send(new HeadBucketCommand({ Bucket })))).name, 'NotFound')
      remove()
    },
  )
}

optional(official, [file(2021)], 'a stack looks the same while it is paged through', async () => {
  const { cloudFormation, ec2, remove } = rehearse()
  await importKey(ec2)
  await cloudFormation.send(
    new CreateStackCommand({
      StackName: 'paged',
      TemplateBody: readFileSync(file(2021), 'utf8'),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Parameters: [{ ParameterKey: 'KeyName', ParameterValue: 'dcos' }],
    }),
  )
  let first = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: 'paged' }))
  while (!first.NextToken)
    first = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: 'paged' }))
  assert.is(first.StackEvents!.length, 100)
  await settled(cloudFormation, 'paged')
  // New events arrived meanwhile; the second page still begins where the first one ended.
  const second = await cloudFormation.send(
    new DescribeStackEventsCommand({ StackName: 'paged', NextToken: first.NextToken }),
  )
  const seen = [...first.StackEvents!, ...second.StackEvents!].reverse()
  assert.equal(
    seen.map(({ EventId }) => EventId),
    (await events(cloudFormation, 'paged')).slice(0, seen.length).map(({ EventId }) => EventId),
  )
  remove()
})

official.run()
