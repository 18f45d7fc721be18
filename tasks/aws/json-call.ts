import { STSClient } from '@aws-sdk/client-sts'
import type { HttpRequest } from '@smithy/types'
import type { Aws } from './clients.ts'
import { dnsSuffix } from './partition.ts'
import { judgeReply, type Reply } from './reply.ts'
import { traced } from './trace.ts'

/** A service that speaks AWS JSON 1.1. */
export interface JsonService {
  /** Its name in a signature, and the first part of its host name. */
  name: string
  /** The prefix of the operation in `X-Amz-Target`. */
  target: string
}

/**
 * One call to a service of which a single operation is used here, too little for a client package of its own: AWS JSON 1.1
 * (Smithy) with the SDK's credentials, signature and connections. It is not retried. Throws Failures, and errors with AWS's
 * code as their name.
 */
export async function callJson(
  aws: Aws,
  service: JsonService,
  operation: string,
  input: object,
): Promise<Record<string, unknown>> {
  const { count, endpoint, region, trace } = aws.options
  const call = `${service.name}:${operation}`
  const { config } = aws.client(service.name, (configuration) => new STSClient(configuration))
  try {
    const signer = await config.signer({
      name: 'sigv4',
      signingName: service.name,
      signingRegion: region,
      properties: {},
    })
    const url = new URL(endpoint ?? `https://${service.name}.${region}.${dnsSuffix(region)}`)
    const request = await signer.sign(requestTo(url, `${service.target}.${operation}`, JSON.stringify(input)))
    count(call)
    const send = async () => {
      const { response } = await config.requestHandler.handle(request as never)
      await judgeReply(response as Reply, { call, method: 'POST', region, endpoint })
      const answer = parsed(await readText(response.body))
      if (response.statusCode < 300 && answer) return { answer, status: response.statusCode }
      throw errorFrom(response.statusCode, answer ?? {})
    }
    const what = { call, region, headers: request.headers as Record<string, string> }
    return (await traced(trace, what, send, ({ status }) => status)).answer
  } catch (error) {
    throw await aws.explain(error, call)
  }
}

function requestTo(url: URL, target: string, body: string): HttpRequest {
  return {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port ? { port: Number(url.port) } : {}),
    path: url.pathname,
    query: {},
    headers: { host: url.host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body,
  }
}

async function readText(body: AsyncIterable<Uint8Array> | Uint8Array): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8')
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function errorFrom(httpStatusCode: number, { __type, message, Message }: Record<string, unknown>): Error {
  // `com.amazonaws.servicequotas#NoSuchResourceException`
  const name = typeof __type === 'string' ? __type.replace(/^.*#/, '') : 'UnknownError'
  const said = String(message ?? Message ?? `HTTP ${httpStatusCode}`)
  return Object.assign(new Error(said), { name, $metadata: { httpStatusCode } })
}
