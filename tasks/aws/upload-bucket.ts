import { createHash } from 'node:crypto'
import type { Aws } from './clients.ts'

/** How many names are tried: bucket names are global. */
const NAMES = 3

/**
 * CloudFormation begins a bucket's name with the stack's, in lower case, and may truncate it. The upload bucket begins the
 * same way, so that one listing finds both.
 */
export const NAME_PREFIX_LENGTH = 20

/**
 * The possible names of a cluster's upload bucket, at most 47 characters. They depend only on account, region and cluster,
 * so that a bucket is found again even if the run was killed before it could tag it.
 */
export function uploadBuckets(account: string, region: string, cluster: string): string[] {
  return Array.from({ length: NAMES }, (_, number) => {
    const origin = JSON.stringify([account, region, cluster, number])
    const digest = createHash('sha256').update(origin).digest('hex').slice(0, 16)
    return `${cluster.toLowerCase().slice(0, NAME_PREFIX_LENGTH)}-templates-${digest}`
  })
}

/** The pattern of such a name. */
export const UPLOADS = /-templates-[0-9a-f]{16}$/

/** Whether a bucket has one of a cluster's upload bucket names. The account is requested only if the pattern matches. */
export async function isUploadBucket(aws: Aws, bucket: string, cluster: string): Promise<boolean> {
  if (!UPLOADS.test(bucket)) return false
  return uploadBuckets(await accountOf(aws), aws.region, cluster).includes(bucket)
}

/** The account that the credentials belong to. */
export async function accountOf(aws: Aws): Promise<string> {
  const { introduce } = await import('./identity.ts')
  return (await (await introduce(aws)).identity).account
}
