import { Readable } from 'node:stream'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refused, rehearse } from './fixture.ts'

const buckets = suite('rehearsal: buckets')

const ireland = { CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' as const } }

for (const forcePathStyle of [false, true]) {
  buckets(
    `objects are returned as they were stored (${forcePathStyle ? 'path' : 'virtual host'} style)`,
    async () => {
      const { configuration, remove } = rehearse()
      const s3 = new S3Client({ ...configuration, forcePathStyle })
      const Bucket = 'some.bucket-1'
      await s3.send(new CreateBucketCommand({ Bucket, ...ireland }))
      const again = await refused(s3.send(new CreateBucketCommand({ Bucket, ...ireland })))
      assert.is(again.name, 'BucketAlreadyOwnedByYou')
      assert.equal(
        (await s3.send(new ListBucketsCommand({}))).Buckets!.map(({ Name }) => Name),
        [Bucket],
      )
      assert.is((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint, 'eu-west-1')

      const Key = 'a b/ü&<>/c+d'
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'one\r\ntwo', ContentType: 'text/plain' }))
      const got = await s3.send(new GetObjectCommand({ Bucket, Key }))
      assert.equal(
        [await got.Body!.transformToString(), got.ContentType, got.ContentLength],
        ['one\r\ntwo', 'text/plain', 8],
      )
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256))
      await s3.send(
        new PutObjectCommand({
          Bucket,
          Key: 'streamed',
          Body: Readable.from([bytes]),
          ContentLength: bytes.length,
        }),
      )
      assert.is(
        (await s3.send(new HeadObjectCommand({ Bucket, Key: 'streamed' }))).ContentLength,
        bytes.length,
      )
      const back = await (
        await s3.send(new GetObjectCommand({ Bucket, Key: 'streamed' }))
      ).Body!.transformToByteArray()
      assert.is(Buffer.compare(back, bytes), 0)
      const missing = await refused(s3.send(new GetObjectCommand({ Bucket, Key: 'none' })))
      assert.equal([missing.name, missing.$metadata!.httpStatusCode], ['NoSuchKey', 404])
      assert.is((await refused(s3.send(new DeleteBucketCommand({ Bucket })))).name, 'BucketNotEmpty')

      const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket }))
      assert.equal(
        Versions!.map((one) => [one.Key, one.VersionId]),
        [
          [Key, 'null'],
          ['streamed', 'null'],
        ],
      )
      const Objects = Versions!.map((one) => ({ Key: one.Key!, VersionId: one.VersionId! }))
      const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
      assert.is(Deleted!.length, 2)
      await s3.send(new DeleteBucketCommand({ Bucket }))
      assert.is((await refused(s3.send(new ListObjectsV2Command({ Bucket })))).name, 'NoSuchBucket')
      remove()
    },
  )
}

buckets('long lists come in pages, prefixes in groups', async () => {
  const { s3, remove } = rehearse()
  const Bucket = 'listed'
  await s3.send(new CreateBucketCommand({ Bucket, ...ireland }))
  for (const Key of ['a/1', 'a/2', 'b', 'c/1', 'd'])
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
  const seen: string[] = []
  let token: string | undefined
  do {
    const answer = await s3.send(
      new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 1, ContinuationToken: token }),
    )
    seen.push(
      ...(answer.Contents ?? []).map(({ Key }) => Key!),
      ...(answer.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
    )
    token = answer.NextContinuationToken
  } while (token)
  assert.equal(seen, ['a/', 'b', 'c/', 'd'])
  assert.is((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/' }))).KeyCount, 2)
  remove()
})

buckets('tags and regions of a bucket', async () => {
  const { s3, folder, remove } = rehearse()
  const Bucket = 'tagged'
  assert.is((await refused(s3.send(new CreateBucketCommand({ Bucket: 'UPPER' })))).name, 'InvalidBucketName')
  await s3.send(new CreateBucketCommand({ Bucket, ...ireland }))
  assert.is((await refused(s3.send(new GetBucketTaggingCommand({ Bucket })))).name, 'NoSuchTagSet')
  await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'k', Value: 'a & b' }] } }))
  assert.equal((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet, [
    { Key: 'k', Value: 'a & b' },
  ])
  const elsewhere = rehearse({ folder }, 'us-east-1')
  const moved = await refused(elsewhere.s3.send(new GetBucketTaggingCommand({ Bucket })))
  assert.equal([moved.name, moved.$metadata!.httpStatusCode], ['PermanentRedirect', 301])
  remove()
})

buckets('a bucket that keeps versions is empty only when every version and marker is gone', async () => {
  const { s3, remove } = rehearse()
  const Bucket = 'versioned'
  await s3.send(new CreateBucketCommand({ Bucket, ...ireland }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'old', Body: '0' }))
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  const first = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '1' }))
  const second = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '2' }))
  assert.is.not(first.VersionId, second.VersionId)
  const { DeleteMarker } = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
  assert.is(DeleteMarker, true)
  assert.is((await refused(s3.send(new GetObjectCommand({ Bucket, Key: 'k' })))).name, 'NoSuchKey')
  const older = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: first.VersionId }))
  assert.is(await older.Body!.transformToString(), '1')
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }))
  assert.equal(
    Contents!.map(({ Key }) => Key),
    ['old'],
  )

  const pages: [string | undefined, string | undefined][] = []
  let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {}
  for (;;) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1, ...markers }))
    for (const { Key, VersionId } of [...(page.DeleteMarkers ?? []), ...(page.Versions ?? [])])
      pages.push([Key, VersionId])
    if (!page.IsTruncated) break
    markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
  }
  assert.equal(
    pages.map(([Key]) => Key),
    ['k', 'k', 'k', 'old'],
  )
  assert.equal(
    pages.slice(1).map(([, id]) => id),
    [second.VersionId, first.VersionId, 'null'],
  )
  const Objects = pages.map(([Key, VersionId]) => ({ Key, VersionId }))
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: Objects.slice(1) } }))
  assert.is((await refused(s3.send(new DeleteBucketCommand({ Bucket })))).name, 'BucketNotEmpty')
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: Objects.slice(0, 1) } }))
  await s3.send(new DeleteBucketCommand({ Bucket }))
  remove()
})

buckets('a key with a line break is listed and deleted like any other', async () => {
  const { configuration, remove } = rehearse()
  const s3 = new S3Client({ ...configuration, forcePathStyle: true })
  const Bucket = 'odd-keys'
  await s3.send(new CreateBucketCommand({ Bucket, ...ireland }))
  const keys = ['a\nb', 'c\td', 'e\r\nf', 'odd &<>"é/../x', ' g ']
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))
  const listed = await s3.send(new ListObjectVersionsCommand({ Bucket }))
  const Objects = listed.Versions!.map(({ Key }) => ({ Key }))
  assert.equal(Objects.map(({ Key }) => Key).sort(), [...keys].sort())
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  assert.is((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0)
  remove()
})

buckets.run()
