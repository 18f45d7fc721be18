import type { Phase, ResourceFault } from '../state/entries.ts'
import { handlerMessage } from './messages.ts'
import type { Timeline } from './timeline.ts'

/** Which resources of one operation are configured to fail. */
export class Failing {
  constructor(
    private readonly faults: readonly ResourceFault[],
    /** Of all stacks that have or had the name: a fault with a number of times is counted over all of them. */
    private readonly timelines: readonly Timeline[],
    private readonly stack: string,
  ) {}

  /** The fault of a resource in this phase. */
  find(resource: string, phase: Phase): ResourceFault | undefined {
    return this.faults.find(
      ({ resource: named, during, times }) =>
        named === resource &&
        (during === undefined ? phase === 'create' || phase === 'update' : during === phase) &&
        (times === undefined || this.struck(resource, phase) < times),
    )
  }

  /** The text of its event; undefined for no fault, or one by signals only. */
  reason(fault: ResourceFault | undefined): string | undefined {
    if (!fault || fault.signals !== undefined) return undefined
    return (
      fault.reason ||
      handlerMessage('Rehearsed failure', 'GeneralServiceException', this.stack, fault.resource)
    )
  }

  private struck(resource: string, phase: Phase): number {
    let count = 0
    for (const { events } of this.timelines) {
      for (const event of events) if (event.resource === resource && event.struck === phase) count++
    }
    return count
  }
}
