import { uuid } from '../state/chance.ts'
import type { Entry, Execution, OperationEntry, StackEntry, StackSpecification } from '../state/entries.ts'
import type { StackRecord } from '../state/world.ts'
import { type Model, STACK_TYPE } from './model.ts'
import type { Incarnation, Timeline } from './timeline.ts'

/** The result of an operation on a nested stack. */
export interface Nested {
  endsAt: number
  /** The text of the event of the parent's resource. */
  failed?: string | undefined
  /** As if it had not been requested. */
  undo: () => void
}

/**
 * The nested stacks of a stack, during one operation on it. Operations on them are written into their records as if
 * they had been requests, and their timelines follow from that; the log has only the root's requests.
 */
export class Nest {
  constructor(
    private readonly parent: StackRecord,
    private readonly execution: Execution,
    private readonly specification: Pick<StackSpecification, 'tags' | 'capabilities' | 'notifications'>,
    private readonly compute: (child: StackRecord) => Timeline,
  ) {}

  create(model: Model, resource: string, at: number): Nested & { id: string } {
    const child = model.child(resource)
    const undone = { id: '', endsAt: at, undo: () => {} }
    if ('refused' in child) return { ...undone, failed: child.refused }
    const { id, name, region } = child.stack
    const root = this.parent.parent?.root ?? this.parent.id
    const record: StackRecord = {
      id,
      name,
      region,
      entries: [],
      parent: { id: this.parent.id, root },
    }
    this.parent.children ??= new Map()
    this.parent.children.set(id, record)
    const outcome = this.ask(record, 'created', {
      ...this.specify(child, id),
      type: 'CreateStack',
      stack: id,
      name,
      region,
      // The parent rolls it back, by removing it.
      onFailure: 'DO_NOTHING',
      protection: false,
      at,
    })
    return { ...outcome, id, undo: () => this.parent.children?.delete(id) }
  }

  update(model: Model, resource: string, at: number): Nested {
    const child = model.child(resource)
    if ('refused' in child) return { endsAt: at, failed: child.refused, undo: () => {} }
    const { id } = child.stack
    return this.onRecord(id, at, 'updated', (record) => ({
      ...this.specify(child, record.id),
      type: 'UpdateStack',
      stack: record.id,
      part: true,
      at,
    }))
  }

  /** After the parent's update has succeeded: removes what was replaced. */
  cleanUp(id: string, at: number): Nested {
    return this.onRecord(id, at, 'updated', () => ({ ...this.carried(id), type: 'CleanUp', stack: id, at }))
  }

  takeBack(id: string, at: number): Nested {
    return this.onRecord(id, at, 'updated', () => ({
      ...this.carried(id),
      type: 'CancelUpdate',
      stack: id,
      at,
    }))
  }

  remove({ physicalId: id }: Incarnation, at: number, how: { force: boolean; rollback?: boolean }): Nested {
    return this.onRecord(id, at, 'deleted', () => ({
      ...this.carried(id),
      type: 'DeleteStack',
      stack: id,
      retain: [],
      at,
      ...how,
    }))
  }

  private onRecord(
    id: string,
    at: number,
    verb: string,
    entry: (record: StackRecord) => Entry<StackEntry & OperationEntry>,
  ): Nested {
    const record = this.parent.children?.get(id)
    return record ? this.ask(record, verb, entry(record)) : { endsAt: at, undo: () => {} }
  }

  private ask(record: StackRecord, verb: string, entry: Entry<StackEntry & OperationEntry>): Nested {
    record.entries.push(entry)
    record.timeline = this.compute(record)
    const undo = () => {
      record.entries.pop()
      record.timeline = this.compute(record)
    }
    const last = record.timeline.events.findLast(
      ({ type, physicalId }) => type === STACK_TYPE && physicalId === record.id,
    )
    const endsAt = Math.max(entry.at, last?.at ?? 0)
    if (!last?.status.endsWith('_FAILED')) return { endsAt, undo }
    return {
      endsAt,
      undo,
      failed: `Embedded stack ${record.id} was not successfully ${verb}: ${last.reason ?? ''}`,
    }
  }

  private specify(child: Model, id: string): StackSpecification {
    const { template, parameters, resolved, ports, nested } = child.specification
    return {
      ...this.carried(id),
      ...this.specification,
      template,
      parameters,
      resolved,
      ports,
      ...(nested ? { nested } : {}),
      disableRollback: true,
      retainExceptOnCreate: false,
    }
  }

  private carried(id: string): Execution {
    return { ...this.execution, operation: uuid('nested', this.execution.operation, id) }
  }
}
