import { CreateStackCommand } from '@aws-sdk/client-cloudformation'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { emptyBucket, ownBuckets } from '../../tasks/aws/buckets.ts'
import type { Aws } from '../../tasks/aws/clients.ts'
import { CLUSTER_TAG } from '../../tasks/aws/ownership.ts'
import type { Failure } from '../../tasks/base/failure.ts'
import { rehearse, settled } from '../rehearsal/fixture.ts'
import { answering, awsThrough } from './wire.ts'

const test = suite('aws/buckets')

/** A bucket that answers every deletion with success and still lists its object. */
function stubborn(): Aws {
  const listed =
    '<ListVersionsResult><Version><Key>stays</Key><VersionId>1</VersionId></Version></ListVersionsResult>'
  return answering(({ method }) => ({
    status: 200,
    xml: method === 'GET' ? listed : '<DeleteResult></DeleteResult>',
  }))
}

test('an object that does not go ends the emptying, rather than being deleted for ever', async () => {
  const { signal } = new AbortController()
  const failure: Failure = await emptyBucket(stubborn(), 'full', signal).then(
    () => assert.unreachable(),
    (error) => error,
  )
  assert.is(failure.code, 'STACK_DELETE_FAILED')
  assert.match(failure.why!, /"stays".* was deleted, and is still listed/)
})

test('a bucket that another stack made is not ours, whatever its tag and its name say', async () => {
  const { cloudFormation, rehearsal, remove } = rehearse()
  const aws = awsThrough(rehearsal.requestHandler)
  const Tags = [{ Key: CLUSTER_TAG, Value: 'rr' }]
  const TemplateBody = JSON.stringify({
    Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: { Tags } } },
  })
  for (const StackName of ['rr', 'rr-backup', 'rr-backup-of-march']) {
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }))
    await settled(cloudFormation, StackName)
  }
  const found = await ownBuckets(aws, 'rr')
  assert.is(found.length, 1)
  assert.match(found[0]!, /^rr-bucket-/)
  aws.close()
  remove()
})

test.run()
