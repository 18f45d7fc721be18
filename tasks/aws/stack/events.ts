import { paginateDescribeStackEvents } from '@aws-sdk/client-cloudformation'
import type { Aws } from '../clients.ts'
import { cloudFormation } from '../cloudformation.ts'

/** One event of a stack's history. */
export interface StackEvent {
  id: string
  at: Date
  logicalId: string
  physicalId: string
  type: string
  status: string
  reason: string
  /** The client token of the request that started its operation, if the service sends it. */
  token?: string | undefined
  /** It is about the stack itself, not about a resource in it. */
  root: boolean
}

/**
 * Reads a stack's events as they arrive. Pages, newest first, are read until a known event or the start of the current
 * operation; events are identified by their id alone, never by the local clock.
 */
export class EventReader {
  readonly #seen = new Set<string>()

  constructor(
    private readonly aws: Aws,
    private readonly stackArn: string,
  ) {}

  /** The events since the last call, oldest first; the first call returns those of the newest operation. */
  async next(signal: AbortSignal): Promise<StackEvent[]> {
    const fresh: StackEvent[] = []
    const client = cloudFormation(this.aws)
    const asked = { StackName: this.stackArn }
    for await (const page of paginateDescribeStackEvents({ client }, asked, { abortSignal: signal })) {
      for (const raw of page.StackEvents ?? []) {
        const event = eventOf(raw)
        if (this.#seen.has(event.id)) return this.#take(fresh)
        fresh.push(event)
        if (beginsOperation(event)) return this.#take(fresh)
      }
    }
    return this.#take(fresh)
  }

  #take(newestFirst: StackEvent[]): StackEvent[] {
    for (const event of newestFirst) this.#seen.add(event.id)
    return newestFirst.reverse()
  }
}

/** The event with which a user's create, update or delete begins. A rollback belongs to the operation that failed. */
export function beginsOperation(event: StackEvent): boolean {
  return (
    event.root &&
    /^(CREATE|UPDATE|DELETE|IMPORT)_IN_PROGRESS$/.test(event.status) &&
    /User Initiated/i.test(event.reason)
  )
}

/** The id of the instance whose signal the event is about, if it is about one. */
export function signalIn(event: StackEvent): string | undefined {
  return /^Received (?:SUCCESS|FAILURE) signal with UniqueId (\S+)/.exec(event.reason)?.[1]
}

/** What is read of an event of the service. */
interface ServiceEvent {
  StackId?: string | undefined
  StackName?: string | undefined
  EventId?: string | undefined
  Timestamp?: Date | undefined
  LogicalResourceId?: string | undefined
  PhysicalResourceId?: string | undefined
  ResourceType?: string | undefined
  ResourceStatus?: string | undefined
  ResourceStatusReason?: string | undefined
  ClientRequestToken?: string | undefined
}

/** An event of the service as a StackEvent. */
export function eventOf(event: ServiceEvent): StackEvent {
  return {
    id: event.EventId ?? '',
    at: event.Timestamp ?? new Date(0),
    logicalId: event.LogicalResourceId ?? '',
    physicalId: event.PhysicalResourceId ?? '',
    type: event.ResourceType ?? '',
    status: event.ResourceStatus ?? '',
    reason: event.ResourceStatusReason ?? '',
    token: event.ClientRequestToken,
    root:
      (event.PhysicalResourceId !== undefined && event.PhysicalResourceId === event.StackId) ||
      (event.ResourceType === 'AWS::CloudFormation::Stack' && event.LogicalResourceId === event.StackName),
  }
}
