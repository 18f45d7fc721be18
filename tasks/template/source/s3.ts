import { readPinned, splitPin } from './pinned.ts'
import { type Remote, Unavailable, unreadable } from './remote.ts'

/**
 * Reads a template from an S3 bucket, again each time unless it is pinned.
 * Throws TEMPLATE_UNREADABLE, TEMPLATE_TOO_LARGE, TEMPLATE_INVALID if it differs from its pin, and the failures of any AWS call.
 */
export async function readFromS3(source: string, remote: Remote): Promise<Buffer> {
  const { address, pin } = splitPin(source)
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/i.exec(address) ?? []
  if (!bucket || !key) throw unreadable(source, 'it names no object', 'write it as s3://bucket/key')
  const fetch = () => remote.fetchS3(bucket, key)
  try {
    return pin ? await readPinned(source, pin, remote, fetch) : await fetch()
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    throw unreadable(source, error.message, `aws s3 ls s3://${bucket} shows what is there`)
  }
}
