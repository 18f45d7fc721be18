import { CreateStackCommand } from '@aws-sdk/client-cloudformation'
import { HeadBucketCommand } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CLUSTER_TAG } from '../../tasks/aws/ownership.ts'
import { listResources } from '../../tasks/aws/stack/stack.ts'
import { clockAt } from '../../tasks/base/clock.ts'
import type { Use } from '../../tasks/cluster/context.ts'
import { prove } from '../../tasks/destroy.ts'
import { newReport } from '../../tasks/runner/taskfile.ts'
import { undo } from '../../tasks/stack.ts'
import { awsThrough } from '../aws/wire.ts'
import { FAST, rehearse, settled } from '../rehearsal/fixture.ts'

const test = suite('undo the stack')

test('a bucket that the user chose to leave behind is left alone, and is told once', async () => {
  const { cloudFormation, rehearsal, remove, s3 } = rehearse()
  const aws = awsThrough(rehearsal.requestHandler)
  const report = newReport()
  const use = {
    aws,
    report,
    seen: {},
    clock: clockAt(FAST),
    signal: new AbortController().signal,
    config: { cloud: 'rehearsal', cluster: { name: 's' }, aws: {} },
    log: () => {},
    offer: () => () => {},
    progress: () => {},
  } as unknown as Use
  const bucket = { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' }
  await cloudFormation.send(
    new CreateStackCommand({
      StackName: 's',
      TemplateBody: JSON.stringify({ Resources: { Chosen: bucket, Other: bucket } }),
      Tags: [{ Key: CLUSTER_TAG, Value: 's' }],
    }),
  )
  const { StackId } = await settled(cloudFormation, 's')
  const [chosen, other] = (await listResources(aws, StackId!)).map(({ physicalId }) => physicalId)
  // As after "retain", typed where the stack could not be deleted.
  report.retained.push(`s3://${chosen}`)
  await undo(use)
  assert.equal(report.deleted, [StackId, `s3://${other}`])
  await s3.send(new HeadBucketCommand({ Bucket: chosen! }))
  await prove(use, {
    stack: undefined,
    foreign: undefined,
    resources: [],
    buckets: [],
    keyPairs: [],
    unseen: [],
  })
  assert.equal([report.retained, report.left], [[`s3://${chosen}`], []])
  aws.close()
  remove()
})

test.run()
