import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketTaggingCommand,
  HeadObjectCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import type { Aws } from './clients.ts'
import { refusedByAws } from './failures.ts'
import { CLUSTER_TAG, isOurs } from './ownership.ts'
import { dnsSuffix } from './partition.ts'
import { isEmpty, s3 } from './s3.ts'
import { accountOf, uploadBuckets } from './upload-bucket.ts'

/** A template that CloudFormation can fetch, as it is too large for a request. */
export interface Upload {
  url: string
  /** Removes what was uploaded, unless it was there before, and the bucket if it was made for this. CloudFormation keeps a copy of what it has used. */
  discard(): Promise<void>
}

interface Template {
  body: string
  /** SHA-256 of the body, hex. */
  digest: string
}

interface Waiting {
  clock: Clock
  signal: AbortSignal
}

/**
 * Puts a template into the cluster's own bucket, under its digest; the bucket is made if there is none, closed to the
 * public, and carries the cluster's tag. Nobody else's bucket is ever written to, whatever its name is. Throws
 * STACK_FOREIGN when all names are taken, ACCESS_DENIED, STACK_FAILED for what else S3 refuses.
 */
export async function uploadTemplate(
  aws: Aws,
  cluster: string,
  template: Template,
  waiting: Waiting,
): Promise<Upload> {
  try {
    const account = await accountOf(aws)
    const names = uploadBuckets(account, aws.region, cluster)
    for (const name of names) {
      const bucket: Bucket = { aws, cluster, account, name, waiting }
      const found = await claim(bucket)
      if (found !== 'foreign') return await put(bucket, template, found === 'made')
    }
    throw namesTaken(cluster, names)
  } catch (error) {
    throw refusedByAws(
      error,
      'the template is too large for a request, and S3 refuses the bucket to put it into',
      'see the reason above; a template of at most 51200 bytes needs no bucket',
    )
  }
}

interface Bucket {
  aws: Aws
  cluster: string
  account: string
  name: string
  waiting: Waiting
}

/** The owner is named in every request: in a bucket that somebody else has registered, nothing is read or written. */
const addressed = ({ account, name }: Bucket) => ({ Bucket: name, ExpectedBucketOwner: account })

/** Whose a bucket of this name is: ours by its tag, or by its name where a run of ours was killed before it set the tag. */
async function claim(bucket: Bucket): Promise<'ours' | 'made' | 'foreign'> {
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
async function furnish(bucket: Bucket): Promise<void> {
  const { aws, cluster, waiting } = bucket
  const Tagging = { TagSet: [{ Key: CLUSTER_TAG, Value: cluster }] }
  await onceThere(waiting, () => s3(aws).send(new PutBucketTaggingCommand({ ...addressed(bucket), Tagging })))
  await closeToPublic(bucket)
}

/** S3 closes new buckets by itself since April 2023; not every emulator knows the request. */
async function closeToPublic(bucket: Bucket): Promise<void> {
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

async function put(bucket: Bucket, { body, digest }: Template, made: boolean): Promise<Upload> {
  const { aws, waiting } = bucket
  const object = { ...addressed(bucket), Key: digest }
  const known = !made && (await exists(aws, object))
  await onceThere(waiting, () =>
    s3(aws).send(new PutObjectCommand({ ...object, Body: body, ServerSideEncryption: 'AES256' })),
  )
  return {
    url: objectUrl(aws, bucket.name, digest),
    discard: async () => {
      if (!known) await s3(aws).send(new DeleteObjectCommand(object))
      if (made) await s3(aws).send(new DeleteBucketCommand(addressed(bucket)))
    },
  }
}

async function exists(aws: Aws, object: { Bucket: string; ExpectedBucketOwner: string; Key: string }) {
  try {
    await s3(aws).send(new HeadObjectCommand(object))
    return true
  } catch (error) {
    // S3 does not say that an object is missing to whoever may not list the bucket.
    if (isNamed(error, 'NotFound') || (error instanceof Failure && error.code === 'ACCESS_DENIED'))
      return false
    throw error
  }
}

/** A new bucket is not known everywhere at once (S3 User Guide, "Amazon S3 data consistency model"). */
async function onceThere<Answer>({ clock, signal }: Waiting, send: () => Promise<Answer>): Promise<Answer> {
  for (let left = 10; ; left--) {
    try {
      return await send()
    } catch (error) {
      if (!isNamed(error, 'NoSuchBucket') || left === 0) throw error
      await clock.sleep(1_000, signal)
    }
  }
}

/**
 * Where CloudFormation finds an object. An emulator serves its S3 where it serves everything; one of them takes an address
 * of digits for a bucket's name, so this machine is called localhost.
 */
function objectUrl({ options, region }: Aws, bucket: string, key: string): string {
  if (!options.endpoint) return `https://${bucket}.s3.${region}.${dnsSuffix(region)}/${key}`
  const url = new URL(options.endpoint)
  if (['127.0.0.1', '[::1]'].includes(url.hostname)) url.hostname = 'localhost'
  return `${url.href.replace(/\/$/, '')}/${bucket}/${key}`
}

/** Whether S3 answered with one of these codes, also where that has been worded as a Failure. */
function isNamed(error: unknown, ...names: string[]): boolean {
  const { cause, name } = error as Error
  return names.includes(name) || (error instanceof Failure && names.includes((cause as Error)?.name))
}

function namesTaken(cluster: string, names: string[]): Failure {
  return new Failure('STACK_FOREIGN', {
    message: `no bucket is available for the template of cluster ${cluster}, which is too large for a request`,
    cause: `${names.join(', ')}: each is somebody else's, is just being removed, or may not be looked at by you`,
    next: 'allow s3:GetBucketTagging, s3:CreateBucket, s3:PutBucketTagging, s3:PutBucketPublicAccessBlock, s3:PutObject and s3:GetObject; or choose another cluster.name',
  })
}
