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
  /** The user's own, for a bucket that is made. */
  tags?: Record<string, string>
}

/** The bucket that a cluster has for what is uploaded for it. */
export interface OwnBucket {
  aws: Aws
  cluster: string
  account: string
  name: string
  waiting: Waiting
  /** It was made just now. */
  made: boolean
}

/** The owner is named in every request: in a bucket that somebody else has registered, nothing is read or written. */
export const addressed = ({ account, name }: OwnBucket) => ({ Bucket: name, ExpectedBucketOwner: account })

/**
 * The cluster's own bucket; made if there is none, closed to the public, with the cluster's tag. Nobody else's bucket is ever written
 * to, whatever its name is. `what` is to be put there. Throws STACK_FOREIGN when all names are taken, and what S3 refuses.
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
    cause: `${names.join(', ')}: each is somebody else's, is just being removed, or may not be looked at by you`,
    next: 'allow s3:GetBucketTagging, s3:CreateBucket, s3:PutBucketTagging, s3:PutBucketPublicAccessBlock, s3:PutObject and s3:GetObject; or choose another cluster.name',
  })
}

/** How many bytes an object has; undefined where there is none. */
export async function sizeOf(bucket: OwnBucket, Key: string): Promise<number | undefined> {
  try {
    const { ContentLength } = await s3(bucket.aws).send(new HeadObjectCommand({ ...addressed(bucket), Key }))
    return ContentLength ?? 0
  } catch (error) {
    // S3 does not say that an object is missing to whoever may not list the bucket.
    if (isNamed(error, 'NotFound', 'NoSuchKey')) return undefined
    if (error instanceof Failure && error.code === 'ACCESS_DENIED') return undefined
    throw error
  }
}

/** Whose a bucket of this name is: ours by its tag, or by its name where a run of ours was killed before it set the tag. */
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
    // In another region, or another account's: then even the right owner may not look.
    if (isNamed(error, 'PermanentRedirect', 'AuthorizationHeaderMalformed')) return 'foreign'
    if (error instanceof Failure && error.code === 'ACCESS_DENIED') return 'foreign'
    if (!isNamed(error, 'NoSuchBucket')) throw error
  }
  try {
    await s3(aws).send(new CreateBucketCommand({ Bucket: name, ...placed(aws.region) }))
  } catch (error) {
    // OperationAborted: a bucket of this name is just being removed, and that can take a while.
    if (isNamed(error, 'BucketAlreadyExists', 'OperationAborted')) return 'foreign'
    // The answer to our own request was lost, and it was sent again.
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

/** The tag comes first: from then on a destroy knows the bucket. */
async function furnish(bucket: OwnBucket): Promise<void> {
  const { aws, cluster, waiting } = bucket
  const Tagging = { TagSet: tagList({ [CLUSTER_TAG]: cluster, ...waiting.tags }) }
  await onceThere(waiting, () => s3(aws).send(new PutBucketTaggingCommand({ ...addressed(bucket), Tagging })))
  await closeToPublic(bucket)
}

/** S3 closes new buckets by itself since April 2023; not every emulator knows the request. */
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

/** Whether S3 answered with one of these codes, also where that has been worded as a Failure. */
function isNamed(error: unknown, ...names: string[]): boolean {
  const { cause, name } = error as Error
  return names.includes(name) || (error instanceof Failure && names.includes((cause as Error)?.name))
}
