import { ACCOUNT } from '../../stack/model.ts'
import { type Bucket, systemTags } from '../../state/buckets.ts'
import { AwsError } from '../../wire/errors.ts'
import { plainBody } from '../../wire/request.ts'
import { document } from '../../wire/xml.ts'
import type { S3Call, S3Operation } from './call.ts'
import { readXml } from './xml.ts'

export const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** The bucket a call names, if it is in the region of the call. */
export function findBucket(call: S3Call, world = call.world, now = call.now): Bucket {
  const bucket = call.cloud.bucket(world, call.bucket, now)
  if (!bucket) {
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, {
      BucketName: call.bucket,
    })
  }
  if (bucket.region !== call.region && call.request.headers.authorization) {
    throw new AwsError(
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
      301,
      {
        Endpoint: `${bucket.name}.s3.${bucket.region}.amazonaws.com`,
        Bucket: bucket.name,
        Region: bucket.region,
      },
    )
  }
  return bucket
}

export const listBuckets: S3Operation = ({ cloud, world, now }) => ({
  body: document(
    'ListAllMyBucketsResult',
    {
      Owner: { ID: ACCOUNT, DisplayName: 'rehearsal' },
      Buckets: {
        Bucket: cloud.buckets(world, now).map(({ name, createdAt, region }) => ({
          Name: name,
          CreationDate: new Date(createdAt),
          BucketRegion: region,
        })),
      },
    },
    'flat',
    NAMESPACE,
  ),
})

export const createBucket: S3Operation = (call) => {
  const { cloud, bucket, request } = call
  if (!/^(?!xn--|\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: bucket })
  }
  const body = Buffer.from(plainBody(request)).toString('utf8')
  const region = /<LocationConstraint[^>]*>([^<]+)</.exec(body)?.[1] ?? 'us-east-1'
  if (region !== call.region) {
    throw new AwsError(
      'IllegalLocationConstraintException',
      region === 'us-east-1'
        ? 'The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.'
        : `The ${region} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    )
  }
  cloud.log.commit((world, now) => {
    if (cloud.bucket(world, bucket, now)) {
      throw new AwsError(
        'BucketAlreadyOwnedByYou',
        'Your previous request to create the named bucket succeeded and you already own it.',
        409,
        { BucketName: bucket },
      )
    }
    return { change: { type: 'CreateBucket', bucket, region }, answer: undefined }
  })
  return { headers: { location: `/${bucket}` } }
}

export const deleteBucket: S3Operation = (call) => {
  call.cloud.log.commit((world, now) => {
    if (findBucket(call, world, now).versions.size > 0) {
      throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409, {
        BucketName: call.bucket,
      })
    }
    return { change: { type: 'DeleteBucket', bucket: call.bucket }, answer: undefined }
  })
  return { status: 204 }
}

export const headBucket: S3Operation = (call) => ({
  headers: { 'x-amz-bucket-region': findBucket(call).region },
})

export const location: S3Operation = (call) => {
  const { region } = findBucket(call)
  return { body: document('LocationConstraint', region === 'us-east-1' ? '' : region, 'flat', NAMESPACE) }
}

export const versioning: S3Operation = (call) => ({
  body: document('VersioningConfiguration', { Status: findBucket(call).versioning }, 'flat', NAMESPACE),
})

export const putVersioning: S3Operation = (call) => {
  const status =
    /<Status>(\w+)</.exec(Buffer.from(plainBody(call.request)).toString('utf8'))?.[1] ?? 'Suspended'
  findBucket(call)
  call.cloud.log.commit(() => ({
    change: { type: 'VersionBucket', bucket: call.bucket, status },
    answer: undefined,
  }))
  return {}
}

export const getTagging: S3Operation = (call) => {
  const { tags } = findBucket(call)
  if (Object.keys(tags).length === 0) {
    throw new AwsError('NoSuchTagSet', 'The TagSet does not exist', 404, { BucketName: call.bucket })
  }
  const set = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  return { body: document('Tagging', { TagSet: { Tag: set } }, 'flat', NAMESPACE) }
}

export const putTagging: S3Operation = async (call) => {
  const { Tagging } = (await readXml(plainBody(call.request), ['Tag'])) as {
    Tagging?: { TagSet?: { Tag?: { Key: string; Value: string }[] } }
  }
  const tags = Object.fromEntries((Tagging?.TagSet?.Tag ?? []).map(({ Key, Value }) => [Key, String(Value)]))
  const own = systemTags(findBucket(call).tags)
  if (Object.entries(systemTags(tags)).some(([key, value]) => own[key] !== value)) {
    throw new AwsError('InvalidTag', 'System tags cannot be added/updated by requester')
  }
  call.cloud.log.commit(() => ({
    change: { type: 'TagBucket', bucket: call.bucket, tags },
    answer: undefined,
  }))
  return { status: 204 }
}
