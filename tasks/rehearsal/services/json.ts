import { own } from '../../base/own.ts'
import { AwsError } from '../wire/errors.ts'
import type { WireRequest } from '../wire/request.ts'
import type { JsonCall } from './call.ts'
import { serviceQuotas } from './quotas.ts'
import { ssm } from './ssm.ts'
import { tagging } from './tagging.ts'

const services: Record<string, (action: string, call: JsonCall) => object> = {
  servicequotas: serviceQuotas,
  ssm,
  tagging,
}

/** The operation that a request names in its header: `AmazonSSM.GetParameters` (Smithy: "AWS JSON 1.1 protocol"). */
export function jsonAction({ headers }: WireRequest): string | undefined {
  return headers['x-amz-target']?.split('.').at(-1)
}

/** Handles one such call; throws AwsError. */
export function answerJson(
  service: string,
  action: string,
  request: WireRequest,
  call: Omit<JsonCall, 'input'>,
): object {
  const answer = own(services, service)
  if (!answer) throw new AwsError('UnknownOperationException', `${service} is not part of a rehearsal`, 404)
  let input: unknown
  try {
    input = JSON.parse(Buffer.from(request.body).toString('utf8') || '{}')
  } catch {
    throw new AwsError('SerializationException', 'Unexpected token')
  }
  return answer(action, { ...call, input: (input ?? {}) as Record<string, unknown> })
}
