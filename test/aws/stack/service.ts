import type { Aws } from '../../../tasks/aws/clients.ts'
import type { StackEvent } from '../../../tasks/aws/stack/events.ts'
import { answering } from '../wire.ts'

export interface ServiceOptions {
  histories: Map<string, StackEvent[]>
  /** Events per page. */
  page?: number
  /** What DescribeEvents adds to an event; without it the service does not know DescribeEvents. */
  operations?: OperationsOf | undefined
  /** The order of the events in a response; newest first by default. */
  order?: (events: StackEvent[]) => StackEvent[]
  /** The status in DescribeStacks. */
  status?: (arn: string) => string
  /** The content of an encoded message, as STS returns it. */
  decoded?: object | undefined
  /** Refuses a call with this code. */
  refuse?: (action: string, fields: URLSearchParams) => string | undefined
}

/** What DescribeEvents adds to an event: the operation it belongs to, the result of validation. */
export type OperationsOf = (event: StackEvent) => Record<string, string>

/** CloudFormation's events as a service on the wire, for the SDK's own client; `calls` lists the requests. */
export function serviceOf(options: ServiceOptions): { aws: Aws; calls: string[] } {
  const calls: string[] = []
  const aws = answering(({ body }) => {
    const fields = new URLSearchParams(String(body ?? ''))
    const action = fields.get('Action') ?? ''
    calls.push(`${action} ${fields.get('StackName') ?? ''}`.trim())
    return answer(options, action, fields)
  })
  return { aws, calls }
}

function answer(
  options: ServiceOptions,
  action: string,
  fields: URLSearchParams,
): { status: number; xml: string } {
  const refused = options.refuse?.(action, fields)
  if (refused) return error(refused, `${refused} says the test`)
  if (action === 'DecodeAuthorizationMessage' && options.decoded) {
    const message = markup(JSON.stringify(options.decoded))
    return result(action, `<DecodedMessage>${message}</DecodedMessage>`)
  }
  if (action === 'DescribeStacks' && options.status) {
    const arn = fields.get('StackName')!
    const stack = `<StackId>${arn}</StackId><StackName>${arn.split('/')[1]}</StackName><StackStatus>${options.status(arn)}</StackStatus>`
    const at = '<CreationTime>2026-01-01T00:00:00Z</CreationTime>'
    return result(action, `<Stacks><member>${stack}${at}</member></Stacks>`)
  }
  const history = options.histories.get(fields.get('StackName') ?? '')
  const asOperations = action === 'DescribeEvents' && options.operations
  if (action !== 'DescribeStackEvents' && !asOperations)
    return error('InvalidAction', `Could not find operation ${action} for version 2010-05-15`)
  if (!history) return error('ValidationError', `Stack [${fields.get('StackName')}] does not exist`)
  const listed = (options.order ?? ((events) => [...events].reverse()))(history).filter(
    (event) => !asOperations || event.status.endsWith('_FAILED') || event.status === '',
  )
  const start = Number(fields.get('NextToken') ?? 0)
  const end = start + (options.page ?? 100)
  const members = listed
    .slice(start, end)
    .map((event) => member(event, fields.get('StackName')!, options.operations?.(event)))
  const list = asOperations ? 'OperationEvents' : 'StackEvents'
  const next = end < listed.length ? `<NextToken>${end}</NextToken>` : ''
  return result(action, `<${list}>${members.join('')}</${list}>${next}`)
}

function member(event: StackEvent, arn: string, more: Record<string, string> = {}): string {
  const fields: Record<string, string> = {
    StackId: arn,
    StackName: arn.split('/')[1]!,
    EventId: event.id,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: event.at.toISOString(),
    ...(event.status ? { ResourceStatus: event.status } : {}),
    ...(event.reason ? { ResourceStatusReason: event.reason } : {}),
    ...(event.token ? { ClientRequestToken: event.token } : {}),
    ...more,
  }
  const inner = Object.entries(fields).map(([name, value]) => `<${name}>${markup(value)}</${name}>`)
  return `<member>${inner.join('')}</member>`
}

function result(action: string, inner: string) {
  return {
    status: 200,
    xml: `<${action}Response><${action}Result>${inner}</${action}Result></${action}Response>`,
  }
}

function error(code: string, message: string) {
  return {
    status: 400,
    xml: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${markup(message)}</Message></Error></ErrorResponse>`,
  }
}

function markup(text: string): string {
  return text.replace(/[&<>"\p{Cc}]/gu, (character) => `&#${character.charCodeAt(0)};`)
}
