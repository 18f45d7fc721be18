import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  GetBucketTaggingCommand,
  HeadObjectCommand,
  PutBucketTaggingCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Aws } from './clients.ts'
import { CLUSTER_TAG, isOurs, tagList } from './ownership.ts'
import { isEmpty, s3 } from './s3.ts'
import { accountOf, uploadBuckets } from './upload-bucket.ts'

export interface Waiting {
  clock: Clock
  signal: AbortSignal
  /** The user's own, for a bucket that is created. */
  tags?: Record<string, string>
}

/** The bucket that a cluster's uploads go to. */
export interface OwnBucket {
  aws: Aws
  cluster: string
  account: string
  name: string
  waiting: Waiting
  /** It was created just now. */
  made: boolean
}

/** Every request names the owner: nothing is read from or written to a bucket that another account has registered. */
export const addressed = ({ account, name }: OwnBucket) => ({ Bucket: name, ExpectedBucketOwner: account })

/**
 * The cluster's own bucket; created if there is none, closed to the public, with the cluster's tag. No other bucket is ever written
 * to, whatever its name. `what` is to be uploaded. Throws STACK_FOREIGN if all names are taken, and S3's errors.
 */
export async function ownBucket(
  aws: Aws,
  cluster: string,
  what: string,
  waiting: Waiting,
): Promise<OwnBucket> {
  const account = await accountOf(aws)
  const names = uploadBuckets(account, aws.region, cluster)
  for (const name of names) {
    const bucket = { aws, cluster, account, name, waiting, made: false }
    const found = await claim(bucket)
    if (found !== 'foreign') return { ...bucket, made: found === 'made' }
  }
  throw new Failure('STACK_FOREIGN', {
    message: `no bucket is available for ${what} of cluster ${cluster}`,
    cause: `${names.join(', ')}: each is not the cluster's, is being removed, or is not readable by you`,
    next: 'allow s3:GetBucketTagging, s3:CreateBucket, s3:PutBucketTagging, s3:PutBucketPublicAccessBlock, s3:PutObject and s3:GetObject; or choose another cluster.name',
  })
}

/** How many bytes an object has; undefined if there is none. */
export async function sizeOf(bucket: OwnBucket, Key: string): Promise<number | undefined> {
  try {
    const { ContentLength } = await s3(bucket.aws).send(new HeadObjectCommand({ ...addressed(bucket), Key }))
    return ContentLength ?? 0
  } catch (error) {
    // To a caller who is not allowed to list the bucket, S3 does not say that an object is missing.
    if (isNamed(error, 'NotFound', 'NoSuchKey')) return undefined
    if (error instanceof Failure && error.code === 'ACCESS_DENIED') return undefined
    throw error
  }
}

/** Who owns the bucket of this name: ours by its tag, or by its name if a run of ours was killed before it set the tag. */
async function claim(bucket: OwnBucket): Promise<'ours' | 'made' | 'foreign'> {
  const { aws, cluster, name } = bucket
  try {
    const { TagSet } = await s3(aws).send(new GetBucketTaggingCommand(addressed(bucket)))
    return isOurs(TagSet, cluster) ? 'ours' : 'foreign'
  } catch (error) {
    if (isNamed(error, 'NoSuchTagSet')) {
      if (!(await isEmpty(aws, name))) return 'foreign'
      await furnish(bucket)
      return 'ours'
    }
    // In another region, or another account's.
    if (isNamed(error, 'PermanentRedirect', 'AuthorizationHeaderMalformed')) return 'foreign'
    if (error instanceof Failure && error.code === 'ACCESS_DENIED') return 'foreign'
    if (!isNamed(error, 'NoSuchBucket')) throw error
  }
  try {
    await s3(aws).send(new CreateBucketCommand({ Bucket: name, ...placed(aws.region) }))
  } catch (error) {
    // OperationAborted: a bucket of this name is being removed, which can take a while.
    if (isNamed(error, 'BucketAlreadyExists', 'OperationAborted')) return 'foreign'
    // The response to our own request was lost, and the request was sent again.
    if (!isNamed(error, 'BucketAlreadyOwnedByYou')) throw error
  }
  await furnish(bucket)
  return 'made'
}

/** S3 takes no constraint for its first region (CreateBucket, LocationConstraint). */
function placed(region: string) {
  if (region === 'us-east-1') return {}
  return { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } }
}

/** The tag comes first: from then on `destroy` finds the bucket. */
async function furnish(bucket: OwnBucket): Promise<void> {
  const { aws, cluster, waiting } = bucket
  const Tagging = { TagSet: tagList({ [CLUSTER_TAG]: cluster, ...waiting.tags }) }
  await onceThere(waiting, () => s3(aws).send(new PutBucketTaggingCommand({ ...addressed(bucket), Tagging })))
  await closeToPublic(bucket)
}

/** S3 has closed new buckets by default since April 2023; not every emulator knows the request. */
async function closeToPublic(bucket: OwnBucket): Promise<void> {
  const PublicAccessBlockConfiguration = {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  }
  try {
    await onceThere(bucket.waiting, () =>
      s3(bucket.aws).send(
        new PutPublicAccessBlockCommand({ ...addressed(bucket), PublicAccessBlockConfiguration }),
      ),
    )
  } catch (error) {
    if (!isNamed(error, 'NotImplemented')) throw error
  }
}

/** A new bucket is not known everywhere at once (S3 User Guide, "Amazon S3 data consistency model"). */
export async function onceThere<Answer>(
  { clock, signal }: Waiting,
  send: () => Promise<Answer>,
): Promise<Answer> {
  for (let left = 10; ; left--) {
    try {
      return await send()
    } catch (error) {
      if (!isNamed(error, 'NoSuchBucket') || left === 0) throw error
      await clock.sleep(1_000, signal)
    }
  }
}

/** Whether S3 answered with one of these codes, even if the error has become a Failure. */
function isNamed(error: unknown, ...names: string[]): boolean {
  const { cause, name } = error as Error
  return names.includes(name) || (error instanceof Failure && names.includes((cause as Error)?.name))
}
