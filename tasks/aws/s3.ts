import { GetObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3'
import type { Aws } from './clients.ts'

/**
 * With checksums only where S3 requires one: by default the SDK adds a CRC32 to each part of an upload, which S3 refuses unless
 * the upload was started with it ("Checksum Type mismatch"). Parts carry their MD5.
 */
export const s3 = (aws: Aws) =>
  aws.client(
    's3',
    (configuration) => new S3Client({ ...configuration, requestChecksumCalculation: 'WHEN_REQUIRED' }),
  )

/**
 * Reads an object, in whichever region its bucket is. Undefined if it has more than `most` bytes. Throws
 * NoSuchBucket, NoSuchKey, and the failures of any AWS call.
 */
export async function readObject(
  aws: Aws,
  Bucket: string,
  Key: string,
  most: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  try {
    const { Body, ContentLength } = await s3(aws).send(new GetObjectCommand({ Bucket, Key }), {
      abortSignal: signal,
    })
    if ((ContentLength ?? 0) > most) return undefined
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of (Body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      // Leaving the loop closes the connection.
      if (bytes > most) return undefined
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    const region = regionOf(error)
    if (region === undefined || region === aws.region) throw error
    const there = aws.elsewhere(region)
    try {
      return await readObject(there, Bucket, Key, most, signal)
    } finally {
      there.close()
    }
  }
}

/** Whether a bucket is empty, without even a delete marker. */
export async function isEmpty(aws: Aws, Bucket: string): Promise<boolean> {
  const page = await s3(aws).send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1 }))
  return (page.Versions ?? []).length + (page.DeleteMarkers ?? []).length === 0
}

/** The bucket's region, if the request failed because it is another one (S3: "Redirects and routing requests"). */
function regionOf(error: unknown): string | undefined {
  const { name, $response } = error as {
    name?: string
    $response?: { headers?: Record<string, string> }
  }
  if (name !== 'PermanentRedirect' && name !== 'AuthorizationHeaderMalformed') return undefined
  const { Region } = error as { Region?: string }
  return Region ?? $response?.headers?.['x-amz-bucket-region']
}
