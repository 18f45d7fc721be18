import { AwsError } from '../../wire/errors.ts'
import type { WireRequest } from '../../wire/request.ts'
import {
  createBucket,
  deleteBucket,
  getTagging,
  headBucket,
  listBuckets,
  location,
  putTagging,
  putVersioning,
  versioning,
} from './buckets.ts'
import type { S3Operation } from './call.ts'
import { listObjects, listVersions } from './listing.ts'
import { abortUpload, completeUpload, createUpload, listParts, listUploads, uploadPart } from './multipart.ts'
import { deleteObject, deleteObjects, getObject, putObject } from './objects.ts'

export interface S3Route {
  name: string
  bucket: string
  key: string
  run: S3Operation
}

const refuse: S3Operation = () => {
  throw new AwsError(
    'NotImplemented',
    'A header you provided implies functionality that is not implemented',
    501,
  )
}

type Table = Record<string, [name: string, run: S3Operation]>

/** By method and, if there is one, the query parameter that names a sub-resource. */
const ofBucket: Table = {
  'DELETE ': ['DeleteBucket', deleteBucket],
  'GET ': ['ListObjectsV2', listObjects],
  'GET location': ['GetBucketLocation', location],
  'GET tagging': ['GetBucketTagging', getTagging],
  'GET uploads': ['ListMultipartUploads', listUploads],
  'GET versioning': ['GetBucketVersioning', versioning],
  'GET versions': ['ListObjectVersions', listVersions],
  'HEAD ': ['HeadBucket', headBucket],
  'POST delete': ['DeleteObjects', deleteObjects],
  'PUT ': ['CreateBucket', createBucket],
  'PUT tagging': ['PutBucketTagging', putTagging],
  'PUT versioning': ['PutBucketVersioning', putVersioning],
}

const ofObject: Table = {
  'DELETE ': ['DeleteObject', deleteObject],
  'DELETE uploadId': ['AbortMultipartUpload', abortUpload],
  'GET ': ['GetObject', getObject],
  'GET uploadId': ['ListParts', listParts],
  'HEAD ': ['HeadObject', getObject],
  'POST uploadId': ['CompleteMultipartUpload', completeUpload],
  'POST uploads': ['CreateMultipartUpload', createUpload],
  'PUT ': ['PutObject', putObject],
  'PUT uploadId': ['UploadPart', uploadPart],
}

/** Query parameters that request something other than the bucket or the object itself. */
const subResource =
  /^(accelerate|acl|analytics|cors|delete|encryption|intelligent-tiering|inventory|lifecycle|location|logging|metrics|notification|object-lock|ownershipControls|policy|policyStatus|publicAccessBlock|replication|requestPayment|restore|retention|select|tagging|torrent|uploadId|uploads|versioning|versions|website)$/

/** Finds the operation of a request. The bucket is in the host name or begins the path. */
export function routeS3(request: WireRequest): S3Route {
  const hosted = /^(.+?)\.(?:s3[.-]|localhost$|127\.0\.0\.1$)/.exec(request.host)?.[1]
  const path = request.path.replace(/^\//, '')
  const slash = path.indexOf('/')
  const bucket = hosted ?? decodeURIComponent(slash < 0 ? path : path.slice(0, slash))
  const key = decodeURIComponent(hosted ? path : slash < 0 ? '' : path.slice(slash + 1))
  const { method } = request
  if (bucket === '') {
    return { name: 'ListBuckets', bucket, key, run: method === 'GET' ? listBuckets : refuse }
  }
  const sub = [...request.query.keys()].find((name) => subResource.test(name)) ?? ''
  const [name, run] = (key === '' ? ofBucket : ofObject)[`${method} ${sub}`] ?? [
    `${method} ${sub}`.trim(),
    refuse,
  ]
  const copies = request.headers['x-amz-copy-source'] !== undefined
  return { name, bucket, key, run: copies ? refuse : run }
}
