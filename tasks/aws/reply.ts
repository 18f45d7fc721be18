import { Failure } from '../base/failure.ts'

/**
 * What answers need not be AWS: a proxy's page, a captive portal, a service that is broken half-way. An answer without what its
 * operation promises would be read as "there is nothing", and something would be created or deleted for it. So every
 * answer is judged here, before the SDK reads it.
 */

/** Above any answer of AWS's: the largest is a template of 1 MB, each character of which may be escaped by six. */
const MAX_BYTES = 8_000_000
/** From the first byte of an answer to its last. */
const MAX_MS = 60_000
/** Of what came in place of an answer, so much is shown. */
const TOLD_CHARACTERS = 120

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
 * Elements that an answer always holds, by operation: after the root element those without which it says nothing. An
 * empty list is an empty element, not none (query and EC2 protocols of Smithy; the API references of the services). Operations that
 * are not named promise nothing but their root element; of S3's, those that are not named promise no body.
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

/** The protocol of a service; those that are not named speak XML. */
const json: Record<string, string | undefined> = {
  'servicequotas:GetServiceQuota': 'Quota',
  'ssm:GetParameters': 'Parameters',
  'tagging:GetResources': 'ResourceTagMappingList',
}

/** Operations whose answer is a stream, read under a limit by whoever asks. */
const STREAMED = new Set(['s3:GetObject'])

/**
 * Reads an answer to its end, within limits, and judges it. Throws a Failure for what is no answer of AWS's, and an error with a name
 * that the SDK repeats a request for where a status without words says the same.
 */
export async function judgeReply(reply: Reply, asked: Asked): Promise<void> {
  const { headers, statusCode } = reply
  if (statusCode < 300 && STREAMED.has(asked.call)) return
  const text = await readAll(reply, asked)
  if (statusCode >= 400) {
    if (asked.method === 'HEAD' || !hasCode(text, headers)) throwByStatus(reply, asked, text)
    return
  }
  // A redirect is S3's, and the SDK's to judge.
  if (statusCode >= 300) return
  const missing = json[asked.call] ? missingJson(text, json[asked.call]!) : missingXml(text, asked)
  if (missing) throw noAnswer(asked, `${missing}: ${answerText(reply, text)}`)
}

/** The failure for an answer that cannot be used: `cause` says what came. */
export function noAnswer({ call, endpoint, region }: Asked, cause: string): Failure {
  const where = endpoint ?? `${call.split(':')[0]} in ${region}`
  return new Failure('ENDPOINT_UNREACHABLE', {
    message: `what answers ${call} at ${where} does not answer as AWS does`,
    cause,
    next: endpoint
      ? 'check that aws.endpoint names an AWS emulator that knows this call'
      : 'check whether a proxy or a login page of the network answers in its place, then run the same line again',
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
  const late = noAnswer(asked, `the answer had not ended after ${MAX_MS / 1000} s`)
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
  // What was read is given to the SDK as it came.
  reply.body = new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength)
  return whole.toString('utf8')
}

function tooLarge(asked: Asked): Failure {
  return noAnswer(asked, `the answer has more than ${MAX_BYTES / 1_000_000} MB, and no answer of AWS's has`)
}

/** Whether an error says its code, as every error of AWS's does: in XML, or in JSON or a header. */
function hasCode(text: string, headers: Record<string, string>): boolean {
  return /<Code>[^<]+<\/Code>/.test(text) || /"__type"\s*:/.test(text) || 'x-amzn-errortype' in headers
}

/** How AWS calls an operation that it does not know; emulators say it by a status alone. */
const UNKNOWN_OPERATION = 'UnknownOperationException'

/** Whether a service does not know the operation that it was asked for: an emulator without it. */
export function isUnknownOperation(error: unknown): boolean {
  return [UNKNOWN_OPERATION, 'InvalidAction', 'UnknownAction', 'NotImplemented'].includes(
    (error as Error).name,
  )
}

/** The name of the error that a status alone amounts to. */
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
  // A HEAD says that something is not there by its status alone; the SDK knows that.
  if (asked.method === 'HEAD' && (!name || name === UNKNOWN_OPERATION)) return
  if (!name) throw noAnswer(asked, answerText(reply, text))
  throw Object.assign(new Error(answerText(reply, text)), { name, $metadata: { httpStatusCode: statusCode } })
}

/** What an XML answer lacks, in words; undefined when it is whole. */
function missingXml(text: string, { call }: Asked): string | undefined {
  const [service, operation] = call.split(':') as [string, string]
  const elements = promised[call] ?? []
  const names = service === 's3' ? elements : [`${operation}Response`, ...elements]
  const [root] = names
  if (root === undefined) return undefined
  const found = /^\s*(?:<\?[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)?<([\w:.-]+)/.exec(text)?.[1]
  if (found !== root) return `an answer to ${operation} begins with <${root}>, and this does not`
  if (!new RegExp(`</${root}>\\s*$|^[\\s\\S]{0,200}<${root}[^>]*/>\\s*$`).test(text))
    return 'the answer is cut short'
  for (const name of names.slice(1))
    if (!new RegExp(`<${name}[\\s/>]`).test(text)) return `the answer holds no ${name}`
  return undefined
}

function missingJson(text: string, member: string): string | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown> | null
    return value && typeof value === 'object' && Object.hasOwn(value, member)
      ? undefined
      : `the answer holds no ${member}`
  } catch {
    return 'the answer is not JSON'
  }
}

function answerText({ headers, statusCode }: Reply, text: string): string {
  const type = headers['content-type'] ? `, ${headers['content-type']}` : ''
  const words = text.replace(/\s+/g, ' ').trim()
  const start = words.length > TOLD_CHARACTERS ? `${words.slice(0, TOLD_CHARACTERS)}…` : words
  return `HTTP ${statusCode}${type}${start ? `: ${start}` : ', no body'}`
}
