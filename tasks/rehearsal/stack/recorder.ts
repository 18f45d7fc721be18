import { between, uuid } from '../state/chance.ts'
import type { Execution } from '../state/entries.ts'
import { STACK_TYPE, type StackIdentity } from './model.ts'
import type { StackEvent, StackOperation, Timeline } from './timeline.ts'

/** What happens to a resource at some time; identity and order are added when it is written. */
export type Happening = Pick<StackEvent, 'at' | 'resource' | 'physicalId' | 'type' | 'status'> &
  Partial<Pick<StackEvent, 'reason' | 'properties' | 'aside' | 'struck'>>

/** Writes one operation's part of a stack's timeline, on that operation's clock. */
export class Recorder {
  /** Part of the events' ids: the same thing may happen again while an update is rolled back. */
  phase: '' | 'rollback' = ''
  /** The id of the current operation: an automatic rollback is an operation of its own. */
  private operation: string

  constructor(
    readonly timeline: Timeline,
    readonly stack: StackIdentity,
    private readonly execution: Pick<Execution, 'operation' | 'speed' | 'seed'> & {
      /** Which of the stack's entries it follows from. */
      index: number
      token?: string | undefined
      type: StackOperation['type']
    },
  ) {
    this.operation = execution.operation
  }

  /** From now on, events belong to the rollback. */
  turnBack(at: number, type: StackOperation['type'] = 'ROLLBACK'): void {
    this.phase = 'rollback'
    if (/ROLLBACK$/.test(this.execution.type)) return
    this.operation = uuid('rollback', this.execution.operation)
    this.timeline.operations.push({ at, id: this.operation, type })
  }

  /** Real seconds, drawn between the two, in milliseconds of this operation's clock. */
  span(low: number, high: number, ...words: (string | number)[]): number {
    const { seed, index, speed } = this.execution
    return (between(low, high, seed, this.stack.id, index, this.phase, ...words) * 1000) / speed
  }

  write(happening: Happening): void {
    const { resource, physicalId, type, status, reason = '' } = happening
    const id = uuid(
      'event',
      this.stack.id,
      this.execution.index,
      this.phase,
      resource,
      status,
      reason,
      physicalId,
    )
    const root = type === STACK_TYPE && physicalId === this.stack.id
    this.timeline.events.push({
      ...happening,
      id: root ? id : `${resource}-${id}`,
      token: this.execution.token,
      operation: this.operation,
    })
    if (happening.at > this.timeline.endsAt) this.timeline.endsAt = happening.at
  }

  writeStack(at: number, status: string, reason?: string): void {
    const { name, id } = this.stack
    this.write({
      at,
      resource: name,
      physicalId: id,
      type: STACK_TYPE,
      status,
      ...(reason ? { reason } : {}),
    })
  }
}
