import { CreateStackCommand } from '@aws-sdk/client-cloudformation'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ownBuckets, removeBucket } from '../../tasks/aws/buckets.ts'
import type { Aws } from '../../tasks/aws/clients.ts'
import { CLUSTER_TAG } from '../../tasks/aws/ownership.ts'
import type { Failure } from '../../tasks/base/failure.ts'
import { rehearse, settled } from '../rehearsal/fixture.ts'
import { answering, awsThrough } from './wire.ts'

const test = suite('aws/buckets')

const page = (keys: string[], more = false) =>
  `<ListVersionsResult><IsTruncated>${more}</IsTruncated>${keys
    .map((key) => `<Version><Key>${key}</Key><VersionId>1</VersionId></Version>`)
    .join('')}</ListVersionsResult>`

/** A bucket that lists these pages, one after the other, then the last one repeatedly; `full` deletions are refused. */
function bucketOf(pages: string[], full = 0): { aws: Aws; asked: string[] } {
  const asked: string[] = []
  let listings = 0
  const aws = answering(({ method }) => {
    const what = method === 'GET' ? 'list' : method === 'POST' ? 'empty' : 'delete'
    asked.push(what)
    if (what === 'list') return { status: 200, xml: pages[Math.min(listings++, pages.length - 1)]! }
    if (what === 'empty') return { status: 200, xml: '<DeleteResult></DeleteResult>' }
    if (full-- > 0) return { status: 409, xml: '<Error><Code>BucketNotEmpty</Code></Error>' }
    return { status: 204, xml: '' }
  })
  return { aws, asked }
}

const { signal } = new AbortController()

test('an object that stays ends the emptying, instead of being deleted forever', async () => {
  for (const more of [false, true]) {
    const { aws } = bucketOf([page(['stays'], more)], 99)
    const failure: Failure = await removeBucket(aws, 'full', signal).then(
      () => assert.unreachable(),
      (error) => error,
    )
    assert.is(failure.code, 'STACK_DELETE_FAILED')
    assert.match(failure.why!, /"stays".* was deleted but is still listed/)
  }
})

test('a bucket is listed once per page, and again only if something was written to it meanwhile', async () => {
  const expected: [string[], number, string][] = [
    [[page([])], 0, 'list delete'],
    [[page(['a'])], 0, 'list empty delete'],
    [[page(['a'], true), page(['b'])], 0, 'list empty list empty delete'],
    [[page(['a']), page(['late'])], 1, 'list empty delete list empty delete'],
    [[page(['a']), page([])], 1, 'list empty delete list delete'],
  ]
  for (const [pages, full, asked] of expected) {
    const bucket = bucketOf(pages, full)
    assert.ok(await removeBucket(bucket.aws, 'some', signal))
    assert.is(bucket.asked.join(' '), asked)
  }
})

test('a bucket that another stack created is not ours, whatever its tag and name', async () => {
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
