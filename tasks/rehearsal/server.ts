import { randomUUID } from 'node:crypto'
import type { Cloud } from './cloud.ts'
import { type CallFaults, CutConnection, errorOf } from './faults.ts'
import { NAMESPACE as AUTO_SCALING, autoScaling } from './services/autoscaling.ts'
import type { Operation } from './services/call.ts'
import { NAMESPACE as CLOUDFORMATION, cloudFormation } from './services/cloudformation/index.ts'
import { NAMESPACE as EC2, ec2 } from './services/ec2/index.ts'
import { answerJson, jsonAction } from './services/json.ts'
import { routeS3 } from './services/s3/index.ts'
import { NAMESPACE as STS, sts } from './services/sts.ts'
import { AwsError, errorDocument } from './wire/errors.ts'
import { parseForm, text } from './wire/query.ts'
import { type Scope, scopeOf, type WireRequest, type WireResponse } from './wire/request.ts'
import { document, type Xml } from './wire/xml.ts'

const XML = 'text/xml;charset=UTF-8'
const JSON_TYPE = 'application/x-amz-json-1.1'

/** Answers every request as AWS would. Throws CutConnection if the connection is to break. */
export class Server {
  constructor(
    private readonly cloud: Cloud,
    private readonly faults: CallFaults,
  ) {}

  serve(request: WireRequest): Promise<WireResponse> {
    const scope = scopeOf(request)
    const action = jsonAction(request)
    if (action !== undefined) return this.serveJson(request, action, scope)
    return scope.service === 's3' ? this.serveS3(request, scope) : this.serveQuery(request, scope)
  }

  private async serveQuery(request: WireRequest, scope: Scope): Promise<WireResponse> {
    const { service, region, accessKeyId } = scope
    const requestId = randomUUID()
    // A link or an image on a web page can send a GET with credentials in its query; no AWS client does.
    const form = request.headers.authorization ? formOf(request) : ''
    const fields = parseForm(form)
    const action = text(fields, 'Action') ?? ''
    const protocol = service === 'ec2' ? 'ec2' : 'query'
    const headers = { 'content-type': XML, 'x-amzn-requestid': requestId }
    try {
      const result = await this.guarded(service, action, accessKeyId, () => {
        const world = this.cloud.log.read()
        const now = this.cloud.log.now(world)
        return dispatch(service, action, { cloud: this.cloud, world, now, region, accessKeyId, fields })
      })
      return { status: 200, headers, body: wrap(service, action, result, requestId) }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      return { status: error.status, headers, body: errorDocument(protocol, error, requestId) }
    }
  }

  private async serveJson(request: WireRequest, action: string, scope: Scope): Promise<WireResponse> {
    const { service, region, accessKeyId } = scope
    const headers = { 'content-type': JSON_TYPE, 'x-amzn-requestid': randomUUID() }
    try {
      const result = await this.guarded(service, action, accessKeyId, () => {
        const world = this.cloud.log.read()
        const now = this.cloud.log.now(world)
        const call = { cloud: this.cloud, world, now, region, seed: this.cloud.seed }
        return answerJson(service, action, request, call)
      })
      return { status: 200, headers, body: JSON.stringify(result) }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      const body = JSON.stringify({ __type: error.code, message: error.message })
      return { status: error.status, headers, body }
    }
  }

  private async serveS3(request: WireRequest, { region, accessKeyId }: Scope): Promise<WireResponse> {
    const requestId = randomUUID()
    const headers: Record<string, string> = { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId }
    try {
      const { name, bucket, key, run } = routeS3(request)
      const answer = await this.guarded('s3', name, accessKeyId, async () => {
        const world = this.cloud.log.read()
        const now = this.cloud.log.now(world)
        return run({ cloud: this.cloud, world, now, region, request, bucket, key })
      })
      const { status = 200, body = '' } = answer
      if (typeof body === 'string' && body !== '') headers['content-type'] = 'application/xml'
      return { status, headers: { ...headers, ...answer.headers }, body }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      const region = error.detail.Region
      if (region) headers['x-amz-bucket-region'] = region
      headers['content-type'] = 'application/xml'
      const body = request.method === 'HEAD' ? '' : errorDocument('s3', error, requestId)
      return { status: error.status, headers, body }
    }
  }

  /** Runs a call unless it is to fail, or its credentials are: EXPIRED or INVALID in them mean just that. */
  private async guarded<T>(
    service: string,
    call: string,
    accessKeyId: string,
    run: () => T | Promise<T>,
  ): Promise<T> {
    if (accessKeyId.includes('EXPIRED')) throw errorOf('ExpiredToken', service, call)
    if (accessKeyId.includes('INVALID')) throw errorOf('InvalidClientTokenId', service, call)
    const fault = this.faults.next(call)
    if (fault === undefined) return run()
    if (fault === 'cut-reply' || fault === 'crash-after') await run()
    if (fault.startsWith('crash')) process.kill(process.pid, 'SIGKILL')
    if (fault.startsWith('cut')) throw new CutConnection()
    throw errorOf(fault, service, call)
  }
}

function formOf({ body, method, query }: WireRequest): string {
  return method === 'GET' ? query.toString() : Buffer.from(body).toString('utf8')
}

function dispatch(service: string, action: string, call: Parameters<Operation>[0]): ReturnType<Operation> {
  switch (service) {
    case 'cloudformation':
      return cloudFormation(action, call)
    case 'ec2':
      return ec2(action, call)
    case 'autoscaling':
      return autoScaling(action, call)
    case 'sts':
      return sts(action)
    default:
      throw new AwsError('UnknownService', `${service} is not part of a rehearsal`, 404)
  }
}

const namespaces: Record<string, string> = { autoscaling: AUTO_SCALING, sts: STS }

function wrap(service: string, action: string, result: Xml, requestId: string): string {
  if (service === 'ec2') {
    return document(`${action}Response`, { requestId, ...(result as object) }, 'item', EC2)
  }
  const namespace = namespaces[service] ?? CLOUDFORMATION
  const content = { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } }
  return document(`${action}Response`, content, 'member', namespace)
}
