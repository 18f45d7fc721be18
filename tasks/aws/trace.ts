/** How one request to AWS went; nothing of what it says or carries. */
export interface TracedRequest {
  /** `service:Operation`. */
  call: string
  region: string
  /** From 1; the SDK repeats what was throttled or cut. */
  attempt: number
  /** The HTTP status, where there was an answer, and AWS's code where that is an error. */
  status: number | undefined
  error: string | undefined
  ms: number
}

export type Trace = (request: TracedRequest) => void

/** Sends one request, and tells how it went. `headers` are those that it goes out with. */
export async function traced<Answer>(
  trace: Trace | undefined,
  what: { call: string; region: string; headers: Record<string, string | undefined> },
  send: () => Promise<Answer>,
  statusOf: (answer: Answer) => number | undefined,
): Promise<Answer> {
  if (!trace) return send()
  const { call, headers, region } = what
  const began = performance.now()
  const tell = (status: number | undefined, error?: string) =>
    trace({ call, region, attempt: attemptIn(headers), status, error, ms: performance.now() - began })
  try {
    const answer = await send()
    tell(statusOf(answer))
    return answer
  } catch (thrown) {
    const { $metadata, code, name } = thrown as Thrown
    tell($metadata?.httpStatusCode, code ?? name ?? 'Error')
    throw thrown
  }
}

interface Thrown {
  name?: string
  /** Of an error of the network, such as ECONNRESET. */
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
