import { DeleteBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { Aws } from './clients.ts'
import { refusedByAws } from './failures.ts'
import { addressed, type OwnBucket, onceThere, ownBucket, sizeOf, type Waiting } from './own-bucket.ts'
import { dnsSuffix } from './partition.ts'
import { s3 } from './s3.ts'

/** A template that CloudFormation fetches, as it is too large for a request. */
export interface Upload {
  url: string
  /** Removes the object, unless it was there before, and the bucket if it was created for it. CloudFormation keeps a copy of what it has used. */
  discard(): Promise<void>
}

interface Template {
  body: string
  /** SHA-256 of the body, hex. */
  digest: string
}

/** Uploads a template to the cluster's own bucket, under its digest. Throws STACK_FOREIGN, ACCESS_DENIED, STACK_FAILED for anything else S3 refuses. */
export async function uploadTemplate(
  aws: Aws,
  cluster: string,
  template: Template,
  waiting: Waiting,
): Promise<Upload> {
  try {
    const what = 'the template, which is too large for a request,'
    return await put(await ownBucket(aws, cluster, what, waiting), template)
  } catch (error) {
    throw refusedByAws(
      error,
      'the template is too large for a request, and S3 refused to store it in a bucket',
      'see the reason above; a template of at most 51200 bytes needs no bucket',
    )
  }
}

async function put(bucket: OwnBucket, { body, digest }: Template): Promise<Upload> {
  const { aws, made, waiting } = bucket
  const object = { ...addressed(bucket), Key: digest }
  const known = !made && (await sizeOf(bucket, digest)) !== undefined
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

/**
 * Where CloudFormation finds an object. An emulator serves S3 at its one endpoint; one of them mistakes a numeric address
 * for a bucket name, so this machine is called localhost.
 */
function objectUrl({ options, region }: Aws, bucket: string, key: string): string {
  if (!options.endpoint) return `https://${bucket}.s3.${region}.${dnsSuffix(region)}/${key}`
  const url = new URL(options.endpoint)
  if (['127.0.0.1', '[::1]'].includes(url.hostname)) url.hostname = 'localhost'
  return `${url.href.replace(/\/$/, '')}/${bucket}/${key}`
}
