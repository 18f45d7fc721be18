import { BODY_LIMIT, URL_LIMIT } from '../../stack/validate.ts'
import { current } from '../../state/buckets.ts'
import { validation } from '../../wire/errors.ts'
import { text } from '../../wire/query.ts'
import type { Call } from '../call.ts'

/** The text of the template that a call contains or points to. Throws ValidationError; undefined if there is none. */
export function templateText(call: Call): string | undefined {
  const body = text(call.fields, 'TemplateBody')
  const url = text(call.fields, 'TemplateURL')
  if (body !== undefined && url !== undefined) {
    throw validation('Only one of Template URL or Template Body may be specified.')
  }
  if (body !== undefined) {
    if (Buffer.byteLength(body) > BODY_LIMIT) {
      throw validation(
        `1 validation error detected: Value '${body.slice(0, 200)}...' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${BODY_LIMIT}`,
      )
    }
    if (body === '') {
      throw validation(
        "1 validation error detected: Value '' at 'templateBody' failed to satisfy constraint: Member must have length greater than or equal to 1",
      )
    }
    return body
  }
  return url === undefined ? undefined : fetchText(call, url)
}

/** A template in the rehearsal's S3. Throws ValidationError. */
export function fetchText(call: Call, url: string): string {
  const place = placeOf(url)
  if (!place) throw validation('TemplateURL must be a supported URL.')
  const bucket = call.cloud.bucket(call.world, place.bucket, call.now)
  const object = bucket && current(bucket, place.key)?.object
  if (!object) {
    throw validation(
      'S3 error: Access Denied\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html',
    )
  }
  if (object.size > URL_LIMIT) throw validation(`Template may not exceed ${URL_LIMIT} bytes in size.`)
  return call.cloud.contentOf(object).toString('utf8')
}

/** Bucket and key of an S3 address, virtual-hosted or path style. */
function placeOf(url: string): { bucket: string; key: string } | undefined {
  if (!URL.canParse(url)) return undefined
  const { hostname, pathname } = new URL(url)
  const path = decodeURIComponent(pathname.slice(1))
  const hosted = /^(.+?)\.s3[.-]/.exec(hostname)?.[1]
  if (hosted) return { bucket: hosted, key: path }
  if (!/^s3[.-]|^localhost$|^127\.0\.0\.1$/.test(hostname)) return undefined
  const [bucket = '', ...key] = path.split('/')
  return { bucket, key: key.join('/') }
}
