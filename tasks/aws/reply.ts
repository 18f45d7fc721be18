import { Failure } from '../base/failure.ts'

/**
 * A response need not come from AWS: it may be a proxy's page, a captive portal, a half-broken service. Without what its operation
 * always returns, it would be read as "there is nothing", and something would be created or deleted because of it. So every
 * response is checked here, before the SDK reads it.
 */

/** More than any response of AWS: the largest is a template of 1 MB, each character of which may be escaped as six. */
const MAX_BYTES = 8_000_000
/** From the first byte of a response to its last. */
const MAX_MS = 60_000
/** How much of an unusable response is shown. */
const SHOWN_CHARACTERS = 120

export interface Reply {
  statusCode: number
  headers: Record<string, string>
  body?: unknown
}

export interface Asked {
  /** `service:Operation` */
  call: string
  method: string
  region: string
  endpoint: string | undefined
}

/**
 * Elements that a response always contains besides the root element, by operation. An empty list is an empty element, not a
 * missing one (query and EC2 protocols of Smithy; the API references of the services). Operations not listed here always have
 * only their root element; those of S3 not listed here may have no body.
 */
const promised: Record<string, string[]> = {
  'autoscaling:DescribeAutoScalingGroups': ['DescribeAutoScalingGroupsResult', 'AutoScalingGroups'],
  'autoscaling:DescribeScalingActivities': ['DescribeScalingActivitiesResult', 'Activities'],
  'cloudformation:CreateChangeSet': ['CreateChangeSetResult', 'Id'],
  'cloudformation:CreateStack': ['CreateStackResult', 'StackId'],
  'cloudformation:DescribeChangeSet': ['DescribeChangeSetResult', 'Status'],
  'cloudformation:DescribeEvents': ['DescribeEventsResult', 'OperationEvents'],
  'cloudformation:DescribeStackEvents': ['DescribeStackEventsResult', 'StackEvents'],
  'cloudformation:DescribeStacks': ['DescribeStacksResult', 'Stacks'],
  'cloudformation:GetTemplate': ['GetTemplateResult', 'TemplateBody'],
  'cloudformation:ListStackResources': ['ListStackResourcesResult', 'StackResourceSummaries'],
  'cloudformation:UpdateStack': ['UpdateStackResult', 'StackId'],
  'ec2:GetConsoleOutput': ['instanceId'],
  'ec2:DescribeAvailabilityZones': ['availabilityZoneInfo'],
  'ec2:DescribeImages': ['imagesSet'],
  'ec2:DescribeInstanceTypeOfferings': ['instanceTypeOfferingSet'],
  'ec2:DescribeInstanceTypes': ['instanceTypeSet'],
  'ec2:DescribeInstances': ['reservationSet'],
  'ec2:DescribeKeyPairs': ['keySet'],
  'ec2:DescribeNetworkInterfaces': ['networkInterfaceSet'],
  'ec2:DescribeRegions': ['regionInfo'],
  'ec2:DescribeSecurityGroups': ['securityGroupInfo'],
  'ec2:DescribeTags': ['tagSet'],
  'ec2:DescribeVolumes': ['volumeSet'],
  'ec2:ImportKeyPair': ['keyPairId'],
  's3:CompleteMultipartUpload': ['CompleteMultipartUploadResult'],
  's3:CreateMultipartUpload': ['InitiateMultipartUploadResult', 'UploadId'],
  's3:DeleteObjects': ['DeleteResult'],
  's3:GetBucketTagging': ['Tagging', 'TagSet'],
  's3:ListBuckets': ['ListAllMyBucketsResult', 'Buckets'],
  's3:ListMultipartUploads': ['ListMultipartUploadsResult'],
  's3:ListObjectVersions': ['ListVersionsResult'],
  's3:ListObjectsV2': ['ListBucketResult'],
  's3:ListParts': ['ListPartsResult'],
  'sts:DecodeAuthorizationMessage': ['DecodeAuthorizationMessageResult', 'DecodedMessage'],
  'sts:GetCallerIdentity': ['GetCallerIdentityResult', 'Account'],
}

/** The operations with JSON responses, and the member each always contains; all others use XML. */
const json: Record<string, string | undefined> = {
  'servicequotas:GetServiceQuota': 'Quota',
  'ssm:GetParameters': 'Parameters',
  'tagging:GetResources': 'ResourceTagMappingList',
}

/** Operations whose response is a stream, which the caller reads up to a limit. */
const STREAMED = new Set(['s3:GetObject'])

/**
 * Reads a response to its end, within limits, and checks it. Throws a Failure if it is not from AWS. If there is only a status,
 * throws an error with the name that AWS would give it, so that the SDK retries as usual.
 */
export async function judgeReply(reply: Reply, asked: Asked): Promise<void> {
  const { headers, statusCode } = reply
  if (statusCode < 300 && STREAMED.has(asked.call)) return
  const text = await readAll(reply, asked)
  if (statusCode >= 400) {
    if (asked.method === 'HEAD' || !hasCode(text, headers)) throwByStatus(reply, asked, text)
    return
  }
  // A redirect is from S3, and left to the SDK.
  if (statusCode >= 300) return
  const missing = json[asked.call] ? missingJson(text, json[asked.call]!) : missingXml(text, asked)
  if (missing) throw noAnswer(asked, `${missing}: ${answerText(reply, text)}`)
}

/** The failure for a response that cannot be used; `cause` says what came. */
export function noAnswer({ call, endpoint, region }: Asked, cause: string): Failure {
  const where = endpoint ?? `${call.split(':')[0]} in ${region}`
  return new Failure('ENDPOINT_UNREACHABLE', {
    message: `${where} does not answer ${call} as AWS does`,
    cause,
    next: endpoint
      ? 'check that aws.endpoint names an AWS emulator that knows this call'
      : 'check whether a proxy or a login page of the network answers instead, then run the same command again',
  })
}

async function readAll(reply: Reply, asked: Asked): Promise<string> {
  const { body } = reply
  if (body === undefined || body === null) return ''
  if (body instanceof Uint8Array || typeof body === 'string') {
    if (body.length > MAX_BYTES) throw tooLarge(asked)
    return Buffer.from(body as Uint8Array).toString('utf8')
  }
  const stream = body as AsyncIterable<Uint8Array> & { destroy?(error?: Error): void }
  const late = noAnswer(asked, `the response was not complete after ${MAX_MS / 1000} s`)
  const timer = setTimeout(() => stream.destroy?.(late), MAX_MS)
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of stream) {
      bytes += chunk.length
      if (bytes > MAX_BYTES) {
        stream.destroy?.()
        throw tooLarge(asked)
      }
      chunks.push(chunk)
    }
  } finally {
    clearTimeout(timer)
  }
  const whole = Buffer.concat(chunks)
  // The SDK gets the body unchanged.
  reply.body = new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength)
  return whole.toString('utf8')
}

function tooLarge(asked: Asked): Failure {
  return noAnswer(
    asked,
    `the response has more than ${MAX_BYTES / 1_000_000} MB, which no response of AWS has`,
  )
}

/** Whether an error has a code, as every error of AWS does: in XML, in JSON or in a header. */
function hasCode(text: string, headers: Record<string, string>): boolean {
  return /<Code>[^<]+<\/Code>/.test(text) || /"__type"\s*:/.test(text) || 'x-amzn-errortype' in headers
}

/** AWS's code for an operation that it does not know; emulators may send only a status. */
const UNKNOWN_OPERATION = 'UnknownOperationException'

/** Whether a service does not know the operation, such as an emulator without it. */
export function isUnknownOperation(error: unknown): boolean {
  return [UNKNOWN_OPERATION, 'InvalidAction', 'UnknownAction', 'NotImplemented'].includes(
    (error as Error).name,
  )
}

/** The name of the error for a status without a code. */
const statusNames: Record<number, string> = {
  401: 'AccessDenied',
  403: 'AccessDenied',
  404: UNKNOWN_OPERATION,
  405: UNKNOWN_OPERATION,
  429: 'TooManyRequestsException',
  501: UNKNOWN_OPERATION,
}

function throwByStatus(reply: Reply, asked: Asked, text: string): void {
  const { statusCode } = reply
  const name = statusNames[statusCode] ?? (statusCode >= 500 ? 'ServiceUnavailable' : undefined)
  // A HEAD reports a missing object by its status alone; the SDK handles that.
  if (asked.method === 'HEAD' && (!name || name === UNKNOWN_OPERATION)) return
  if (!name) throw noAnswer(asked, answerText(reply, text))
  throw Object.assign(new Error(answerText(reply, text)), { name, $metadata: { httpStatusCode: statusCode } })
}

/** What an XML response lacks, in words; undefined if it is complete. */
function missingXml(text: string, { call }: Asked): string | undefined {
  const [service, operation] = call.split(':') as [string, string]
  const elements = promised[call] ?? []
  const names = service === 's3' ? elements : [`${operation}Response`, ...elements]
  const [root] = names
  if (root === undefined) return undefined
  const found = /^\s*(?:<\?[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)?<([\w:.-]+)/.exec(text)?.[1]
  if (found !== root) return `the response does not begin with <${root}>`
  if (!new RegExp(`</${root}>\\s*$|^[\\s\\S]{0,200}<${root}[^>]*/>\\s*$`).test(text))
    return 'the response is truncated'
  for (const name of names.slice(1))
    if (!new RegExp(`<${name}[\\s/>]`).test(text)) return `the response has no ${name}`
  return undefined
}

function missingJson(text: string, member: string): string | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown> | null
    return value && typeof value === 'object' && Object.hasOwn(value, member)
      ? undefined
      : `the response has no ${member}`
  } catch {
    return 'the response is not JSON'
  }
}

function answerText({ headers, statusCode }: Reply, text: string): string {
  const type = headers['content-type'] ? `, ${headers['content-type']}` : ''
  const words = text.replace(/\s+/g, ' ').trim()
  const start = words.length > SHOWN_CHARACTERS ? `${words.slice(0, SHOWN_CHARACTERS)}…` : words
  return `HTTP ${statusCode}${type}${start ? `: ${start}` : ', no body'}`
}
