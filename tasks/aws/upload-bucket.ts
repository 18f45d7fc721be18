import { createHash } from 'node:crypto'
import type { Aws } from './clients.ts'

/** How many names are tried: the names of buckets are shared by all the world. */
const NAMES = 3

/**
 * CloudFormation starts a bucket's name with the stack's, in small letters, and may cut it short. The bucket for uploads
 * begins alike, so that one look finds both.
 */
export const NAME_PREFIX_LENGTH = 20

/**
 * The names that a cluster's bucket for templates can have, at most 47 characters. They follow from account, region and
 * cluster: so a run that was killed before it could tag its bucket leaves one that is found again.
 */
export function uploadBuckets(account: string, region: string, cluster: string): string[] {
  return Array.from({ length: NAMES }, (_, number) => {
    const origin = JSON.stringify([account, region, cluster, number])
    const digest = createHash('sha256').update(origin).digest('hex').slice(0, 16)
    return `${cluster.toLowerCase().slice(0, NAME_PREFIX_LENGTH)}-templates-${digest}`
  })
}

/** The form of such a name. */
export const UPLOADS = /-templates-[0-9a-f]{16}$/

/** Whether a bucket has one of a cluster's names for uploads. AWS is asked who we are only where it looks so. */
export async function isUploadBucket(aws: Aws, bucket: string, cluster: string): Promise<boolean> {
  if (!UPLOADS.test(bucket)) return false
  return uploadBuckets(await accountOf(aws), aws.region, cluster).includes(bucket)
}

/** The account that the credentials belong to. */
export async function accountOf(aws: Aws): Promise<string> {
  const { introduce } = await import('./identity.ts')
  return (await (await introduce(aws)).identity).account
}
