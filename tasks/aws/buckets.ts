import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type Tag,
} from '@aws-sdk/client-s3'
import { Failure } from '../base/failure.ts'
import type { Aws } from './clients.ts'
import { CLUSTER_TAG, tagValue } from './ownership.ts'
import { isEmpty, s3 } from './s3.ts'
import type { StackResource } from './stack/stack.ts'
import { isUploadBucket, NAME_PREFIX_LENGTH, UPLOADS } from './upload-bucket.ts'

/** DeleteObjects takes at most 1,000 keys a call (S3 API reference). */
const KEYS_A_CALL = 1000

/** The tags of this many buckets are read at a time. */
export const TAGS_AT_A_TIME = 10

/** What CloudFormation appends to the parent's name to name a nested stack: the logical id and random characters. */
const NESTED = /^(-[A-Za-z0-9]+-[A-Z0-9]{12,13})+$/
/** A name has at most 128 characters; a parent's name longer than this may be truncated in it. */
const SURELY_WHOLE = 60

/**
 * The buckets that stacks of this cluster created in this region, including stacks that are gone, and the one its templates
 * were uploaded to. Found by the start of their name and checked by their tags, so that a bucket that only looks like ours
 * is never touched. Those in `known` are ours; their tags are not read.
 */
export async function ownBuckets(
  aws: Aws,
  cluster: string,
  known: Promise<readonly string[]> = Promise.resolve([]),
): Promise<string[]> {
  const Prefix = cluster.toLowerCase().slice(0, NAME_PREFIX_LENGTH)
  const found: string[] = []
  let ContinuationToken: string | undefined
  do {
    const answer = await s3(aws).send(
      new ListBucketsCommand({ Prefix, ...(ContinuationToken ? { ContinuationToken } : {}) }),
    )
    // The list has the account's buckets of every region, and a cluster of this name may exist in another one.
    const here = (answer.Buckets ?? []).filter((one) => (one.BucketRegion ?? aws.region) === aws.region)
    const named = here.flatMap(({ Name }) => (Name?.startsWith(Prefix) ? [Name] : []))
    const surely = new Set(named.length > 0 ? await known : [])
    const unknown = named.filter((name) => !surely.has(name))
    found.push(...named.filter((name) => surely.has(name)))
    for (let at = 0; at < unknown.length; at += TAGS_AT_A_TIME) {
      const some = unknown.slice(at, at + TAGS_AT_A_TIME)
      const own = await Promise.all(some.map((name) => isOwn(aws, name, cluster)))
      found.push(...some.filter((_, index) => own[index]))
    }
    ContinuationToken = answer.ContinuationToken
  } while (ContinuationToken)
  return found
}

/**
 * The buckets among the resources of a stack of ours. They are ours even without tags: CloudFormation sets them, emulators
 * do not. To be called before the stack is deleted, as it leaves some of them behind.
 */
export function bucketsAmong(resources: Pick<StackResource, 'physicalId' | 'type'>[]): string[] {
  return resources
    .filter(({ physicalId, type }) => type === 'AWS::S3::Bucket' && physicalId)
    .map(({ physicalId }) => physicalId)
}

/** Empties a bucket, including versions and delete markers, and removes it; false if it was gone already. */
export async function removeBucket(aws: Aws, bucket: string, signal: AbortSignal): Promise<boolean> {
  try {
    for (let before: string | undefined; ; ) {
      before = await emptyBucket(aws, bucket, signal, before)
      if (UPLOADS.test(bucket)) await abortUploads(aws, bucket)
      if (await deleteEmpty(aws, bucket, before === undefined)) return true
    }
  } catch (error) {
    if ((error as Error).name === 'NoSuchBucket') return false
    throw error
  }
}

/** False if it is not empty: something has been written to it meanwhile. */
async function deleteEmpty(aws: Aws, Bucket: string, surelyEmpty: boolean): Promise<boolean> {
  try {
    await s3(aws).send(new DeleteBucketCommand({ Bucket }))
    return true
  } catch (error) {
    if ((error as Error).name === 'BucketNotEmpty' && !surelyEmpty) return false
    throw error
  }
}

/** The parts of an interrupted upload are billed until it is aborted. */
async function abortUploads(aws: Aws, Bucket: string): Promise<void> {
  const { Uploads = [] } = await s3(aws).send(new ListMultipartUploadsCommand({ Bucket }))
  for (const { Key, UploadId } of Uploads)
    await s3(aws).send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
}

/**
 * Deletes every object of a bucket, with all versions and delete markers. Returns the first entry of the last page, which
 * must not be listed again (`before`); undefined if there was nothing.
 */
async function emptyBucket(
  aws: Aws,
  bucket: string,
  signal: AbortSignal,
  before?: string,
): Promise<string | undefined> {
  for (let last = before; ; ) {
    signal.throwIfAborted()
    // The first page each time: its entries are gone by then.
    const page = await s3(aws).send(new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: KEYS_A_CALL }))
    const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }))
    if (Objects.length === 0) return last === before ? undefined : last
    const first = JSON.stringify(Objects[0])
    if (first === last) throw notEmptied(bucket, `${first} was deleted but is still listed`)
    last = first
    const answer = await s3(aws).send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    )
    const [refused] = answer.Errors ?? []
    if (refused) {
      throw notEmptied(bucket, `${refused.Key}: ${refused.Code} ${refused.Message ?? ''}`.trim())
    }
    // Deleting the bucket shows whether it is empty now.
    if (!page.IsTruncated) return last
  }
}

function notEmptied(bucket: string, cause: string): Failure {
  return new Failure('STACK_DELETE_FAILED', {
    message: `bucket ${bucket} cannot be emptied`,
    cause,
    next: 'allow s3:DeleteObject and s3:DeleteObjectVersion on it, then run npx task destroy again',
  })
}

async function isOwn(aws: Aws, bucket: string, cluster: string): Promise<boolean> {
  const tags = await tagsOf(aws, bucket)
  // Without a tag it was created by a run that was killed right after, before anything was written to it.
  if (tags?.length === 0) return (await isUploadBucket(aws, bucket, cluster)) && isEmpty(aws, bucket)
  return (await clusterOfBucket(aws, bucket, tags)) === cluster
}

/**
 * The cluster of ours in this region that a bucket belongs to, by its tags: it carries ours, and was created either by a
 * stack of that cluster or by us for its templates. Undefined for any other bucket, even with a copy of our tag.
 */
export async function clusterOfBucket(
  aws: Aws,
  bucket: string,
  tags: Tag[] | undefined,
): Promise<string | undefined> {
  const cluster = tagValue(tags, CLUSTER_TAG)
  if (cluster === undefined) return undefined
  // An emulator may omit a bucket's region; the ARN of its stack has it.
  const [, , , region, , path = ''] = tagValue(tags, 'aws:cloudformation:stack-id')?.split(':') ?? []
  const made = region === aws.region && isOfCluster(path.split('/')[1] ?? '', cluster)
  return made || (await isUploadBucket(aws, bucket, cluster)) ? cluster : undefined
}

/** Whether this is a cluster's stack or one nested in it, not just one whose name begins the same way. */
function isOfCluster(stack: string, cluster: string): boolean {
  if (stack === cluster) return true
  const whole = cluster.slice(0, SURELY_WHOLE)
  if (!stack.startsWith(whole)) return false
  return NESTED.test(stack.slice(cluster.length)) || (whole !== cluster && /-[A-Z0-9]{12,13}$/.test(stack))
}

/** A bucket's tags; undefined if we cannot read them. */
export async function tagsOf(aws: Aws, Bucket: string): Promise<Tag[] | undefined> {
  try {
    const { TagSet } = await s3(aws).send(new GetBucketTaggingCommand({ Bucket }))
    return TagSet ?? []
  } catch (error) {
    const { name } = error as Error
    if (name === 'NoSuchTagSet') return []
    // PermanentRedirect: it is in another region.
    if (['NoSuchBucket', 'PermanentRedirect'].includes(name)) return undefined
    // A bucket whose tags we are not allowed to read is not ours.
    if (error instanceof Failure && error.code === 'ACCESS_DENIED') return undefined
    throw error
  }
}
