/** A request as received, over HTTP or within the process. */
export interface WireRequest {
  method: string
  host: string
  /** Not decoded: percent escapes stay. */
  path: string
  query: URLSearchParams
  headers: Record<string, string>
  body: Uint8Array
}

export interface WireResponse {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array
}

/** The caller, and the service called, from the scope of the signature (AWS: "Signature Version 4, credential scope"). */
export interface Scope {
  accessKeyId: string
  region: string
  service: string
}

/** Parsed from the Authorization header or from a presigned query; an unsigned request is S3's. */
export function scopeOf(request: WireRequest): Scope {
  const credential =
    /Credential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1] ??
    request.query.get('X-Amz-Credential')
  const [accessKeyId = '', , region = 'us-east-1', service = 's3'] = (credential ?? '').split('/')
  return { accessKeyId, region, service }
}

/** The body without the chunk signatures and trailers that S3 clients may wrap around it (AWS: "aws-chunked"). */
export function plainBody(request: WireRequest): Uint8Array {
  const chunked =
    request.headers['content-encoding']?.includes('aws-chunked') ||
    request.headers['x-amz-content-sha256']?.startsWith('STREAMING-')
  if (!chunked) return request.body
  const body = Buffer.from(request.body)
  const parts: Buffer[] = []
  let at = 0
  while (at < body.length) {
    const end = body.indexOf('\r\n', at)
    if (end < 0) break
    const size = Number.parseInt(body.toString('latin1', at, end), 16)
    if (!size) break
    parts.push(body.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
  return Buffer.concat(parts)
}
