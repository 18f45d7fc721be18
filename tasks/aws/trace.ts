/** The result of one request to AWS, without any of its content. */
export interface TracedRequest {
  /** `service:Operation`. */
  call: string
  region: string
  /** From 1; the SDK retries what was throttled or cut off. */
  attempt: number
  /** The HTTP status, if there was a response, and AWS's code if it is an error. */
  status: number | undefined
  error: string | undefined
  ms: number
}

export type Trace = (request: TracedRequest) => void

/** Sends one request and reports the result. `headers` are those it is sent with. */
export async function traced<Answer>(
  trace: Trace | undefined,
  what: { call: string; region: string; headers: Record<string, string | undefined> },
  send: () => Promise<Answer>,
  statusOf: (answer: Answer) => number | undefined,
): Promise<Answer> {
  if (!trace) return send()
  const { call, headers, region } = what
  const began = performance.now()
  const report = (status: number | undefined, error?: string) =>
    trace({ call, region, attempt: attemptIn(headers), status, error, ms: performance.now() - began })
  try {
    const answer = await send()
    report(statusOf(answer))
    return answer
  } catch (thrown) {
    const { $metadata, code, name } = thrown as Thrown
    report($metadata?.httpStatusCode, code ?? name ?? 'Error')
    throw thrown
  }
}

interface Thrown {
  name?: string
  /** Of a network error, such as ECONNRESET. */
  code?: string
  $metadata?: { httpStatusCode?: number }
}

/** The SDK numbers its attempts: `amz-sdk-request: attempt=2; max=4` (middleware-retry). */
function attemptIn(headers: Record<string, string | undefined>): number {
  return Number(/attempt=(\d+)/.exec(headers['amz-sdk-request'] ?? '')?.[1] ?? 1)
}

/** `cloudformation:DescribeStacks 200 in 45 ms`, `ec2:DescribeImages 503 RequestLimitExceeded in 12 ms, attempt 2`. */
export function traceText({ attempt, call, error, ms, status }: TracedRequest): string {
  const outcome = [status, error].filter((part) => part !== undefined).join(' ')
  return `${call} ${outcome || 'answered'} in ${Math.round(ms)} ms${attempt > 1 ? `, attempt ${attempt}` : ''}`
}
