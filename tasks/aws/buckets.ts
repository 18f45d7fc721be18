import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { Failure } from '../runner/failure.ts'
import type { Aws } from './clients.ts'
import { isOurs, tagValue } from './ownership.ts'
import type { StackResource } from './stack/stack.ts'

/** DeleteObjects takes at most 1,000 keys a call (S3 API reference). */
const KEYS_A_CALL = 1000

/** CloudFormation starts a bucket's name with the stack's, in small letters, and may cut it short. */
const NAME_PREFIX_LENGTH = 20

const s3 = (aws: Aws) => aws.client('s3', (configuration) => new S3Client(configuration))

/**
 * The buckets that stacks of this cluster made in this region, also those whose stack is gone. Found by the start of their name and
 * judged by their tags, so that a bucket that only looks like ours is never touched.
 */
export async function ownBuckets(aws: Aws, cluster: string): Promise<string[]> {
  const Prefix = cluster.toLowerCase().slice(0, NAME_PREFIX_LENGTH)
  const found: string[] = []
  let ContinuationToken: string | undefined
  do {
    const answer = await s3(aws).send(
      new ListBucketsCommand({ Prefix, ...(ContinuationToken ? { ContinuationToken } : {}) }),
    )
    for (const { BucketRegion, Name } of answer.Buckets ?? []) {
      // The account's buckets of every region are listed, and the same cluster may stand in another one.
      if ((BucketRegion ?? aws.region) !== aws.region) continue
      if (Name?.startsWith(Prefix) && (await carriesOurTags(aws, Name, cluster))) found.push(Name)
    }
    ContinuationToken = answer.ContinuationToken
  } while (ContinuationToken)
  return found
}

/**
 * The buckets among what a stack of ours holds. They are ours also where nobody has tagged them: CloudFormation does, the
 * emulators do not. To be asked before the stack is deleted, as it leaves some of them behind.
 */
export function bucketsAmong(resources: StackResource[]): string[] {
  return resources
    .filter(({ physicalId, type }) => type === 'AWS::S3::Bucket' && physicalId)
    .map(({ physicalId }) => physicalId)
}

/** Empties a bucket, versions and delete markers too, and removes it; false when it was gone already. */
export async function removeBucket(aws: Aws, bucket: string, signal: AbortSignal): Promise<boolean> {
  try {
    await emptyBucket(aws, bucket, signal)
    await s3(aws).send(new DeleteBucketCommand({ Bucket: bucket }))
    return true
  } catch (error) {
    if ((error as Error).name === 'NoSuchBucket') return false
    throw error
  }
}

/** Deletes every object of a bucket, with all versions and delete markers. */
export async function emptyBucket(aws: Aws, bucket: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    // The first page again each time: what it named is gone by then.
    const page = await s3(aws).send(new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: KEYS_A_CALL }))
    const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }))
    if (Objects.length === 0) return
    const answer = await s3(aws).send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    )
    const [fault] = answer.Errors ?? []
    if (fault) {
      throw new Failure('STACK_DELETE_FAILED', {
        message: `bucket ${bucket} cannot be emptied`,
        cause: `${fault.Key}: ${fault.Code} ${fault.Message ?? ''}`.trim(),
        next: 'allow s3:DeleteObject and s3:DeleteObjectVersion on it, then run npx task destroy again',
      })
    }
  }
}

async function carriesOurTags(aws: Aws, Bucket: string, cluster: string): Promise<boolean> {
  try {
    const { TagSet } = await s3(aws).send(new GetBucketTaggingCommand({ Bucket }))
    // An emulator may not tell a bucket's region; the ARN of its stack does.
    const region = tagValue(TagSet, 'aws:cloudformation:stack-id')?.split(':')[3]
    if (region !== undefined && region !== aws.region) return false
    return isOurs(TagSet, cluster) && tagValue(TagSet, 'aws:cloudformation:stack-name') === cluster
  } catch (error) {
    const { name } = error as Error
    // PermanentRedirect: it is in another region.
    if (['NoSuchTagSet', 'NoSuchBucket', 'PermanentRedirect'].includes(name)) return false
    // A bucket of somebody else's whose tags we may not read is not ours.
    if (error instanceof Failure && error.code === 'ACCESS_DENIED') return false
    throw error
  }
}
