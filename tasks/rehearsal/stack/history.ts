import type { Template } from '../../template/parse.ts'
import type {
  CreateStack,
  Entry,
  Execution,
  OperationEntry,
  StackEntry,
  UpdateStack,
} from '../state/entries.ts'
import type { StackRecord } from '../state/world.ts'
import type { Site } from './build.ts'
import { finishUpdate } from './clean-up.ts'
import { createStack, rollBackCreation } from './create.ts'
import { Failing } from './failing.ts'
import { launchGroup } from './fleet.ts'
import { failedTo } from './messages.ts'
import { Model, STACK_TYPE } from './model.ts'
import { Nest } from './nest.ts'
import { Recorder } from './recorder.ts'
import { type Ground, removeAll } from './remove.ts'
import type { Signal } from './signals.ts'
import { cancelWorks, type Stable, takeBack } from './take-back.ts'
import {
  emptyTimeline,
  type Incarnation,
  type StackOperation,
  standing,
  type Timeline,
  truncate,
} from './timeline.ts'
import { updateStack } from './update.ts'

export interface HistoryContext {
  /** A template by the SHA-256 of its text. */
  template: (blob: string) => Template
  /** Why a service will not remove something at that time, according to the log and the timeline so far. */
  hindrance: (incarnation: Incarnation, at: number, timeline: Timeline) => ReturnType<Ground['hindrance']>
  /** Whether a bucket of that name exists already. */
  taken: (bucket: string, at: number, timeline: Timeline) => boolean
  /** What happened to the stacks that had the name before. */
  predecessors: () => Timeline[]
  /** The timeline of a nested stack. */
  nested: (child: StackRecord) => Timeline
  /** The signals sent by SignalResource to a stack or to those nested in it. */
  signals: readonly Entry<Extract<StackEntry, { type: 'SignalResource' }>>[]
}

/** A stack's whole timeline from its entries: the past, and the future if there is no further request. */
export function computeTimeline(record: StackRecord, context: HistoryContext): Timeline {
  const history = new History(record, context)
  for (const [index, entry] of record.entries.entries()) history.take(entry, index)
  return history.timeline
}

/** A stack as an entry of its log specifies it, on top of its previous specification. */
export function modelOf(
  record: Pick<StackRecord, 'id' | 'name' | 'region'>,
  entry: CreateStack | UpdateStack,
  context: Pick<HistoryContext, 'template'>,
  before?: Model,
): Model {
  const template = (blob: string) => context.template(blob)
  const generations = { ...before?.allGenerations() }
  return new Model(record, template(entry.template), entry, template, generations, { ...before?.versions })
}

const operationTypes: Record<OperationEntry['type'], StackOperation['type']> = {
  CancelUpdate: 'ROLLBACK',
  CleanUp: 'UPDATE_STACK',
  ContinueRollback: 'CONTINUE_ROLLBACK',
  CreateStack: 'CREATE_STACK',
  DeleteStack: 'DELETE_STACK',
  RollbackStack: 'ROLLBACK',
  UpdateStack: 'UPDATE_STACK',
}

class History {
  readonly timeline = emptyTimeline()
  /** The models that existing resources may come from; the current one is last. */
  private models: Model[] = []
  /** The entry that specifies the stack. */
  private standsAs = -1
  /** Set while there is an update that may be rolled back. */
  private stable: Stable | undefined
  /** The last update was a parent's: the parent decides whether it stays. */
  private part = false
  private readonly signals: (Signal & { resource: string })[]

  constructor(
    private readonly record: StackRecord,
    private readonly context: HistoryContext,
  ) {
    this.signals = context.signals.filter(({ stack, nested }) => (nested ?? stack) === record.id)
  }

  take(entry: Entry<StackRecord['entries'][number]>, index: number): void {
    switch (entry.type) {
      case 'CreateChangeSet':
        if (index === 0) this.review(entry.at)
        return
      case 'CreateStack':
      case 'UpdateStack':
      case 'DeleteStack':
      case 'RollbackStack':
      case 'ContinueRollback':
      case 'CancelUpdate':
      case 'CleanUp':
        truncate(this.timeline, entry.at)
        this.operate(entry, index)
        this.timeline.events.sort((a, b) => a.at - b.at)
        return
      case 'TerminateInstance':
        if ((entry.nested ?? entry.stack) === this.record.id) this.terminate(entry, index)
    }
  }

  private terminate(entry: Entry<Extract<StackEntry, { type: 'TerminateInstance' }>>, index: number): void {
    const model = this.models.at(-1)
    const machine = this.timeline.machines.find(({ id }) => id === entry.instance)
    const last = this.record.entries.slice(0, index).findLast((one) => 'speed' in one)
    if (!model || !machine || !last || !('speed' in last)) return
    const recorder = this.recorder(index, { ...last, operation: '' }, 'UPDATE_STACK')
    machine.terminatedAt = entry.at
    if (!entry.replaced) return
    const ever = this.timeline.machines.filter(({ group }) => group === machine.group).length
    const { resource, terminatedAt } = machine
    this.timeline.machines.push(...launchGroup(model, recorder, resource, ever, ever + 1, terminatedAt))
  }

  /** A stack that a change set is to create. */
  private review(at: number): void {
    this.recorder(0, { operation: '', speed: 1, seed: 1 }, 'CREATE_STACK').writeStack(
      at,
      'REVIEW_IN_PROGRESS',
      'User Initiated',
    )
    this.revise(at, 0)
  }

  private operate(entry: Entry<OperationEntry>, index: number): void {
    if (entry.type === 'CleanUp' && !this.part) return
    const type = operationTypes[entry.type]
    const recorder = this.recorder(index, entry, type)
    this.timeline.operations.push({ at: entry.at, id: entry.operation, type })
    const timelines = [...this.context.predecessors(), this.timeline]
    const failing = new Failing(entry.faults, timelines, this.record.id)
    const nest = this.nestOf(entry)
    const ground = this.groundOf(nest)
    const siteOf = (model: Model): Site => ({
      model,
      recorder,
      failing,
      signals: this.signals,
      taken: (bucket, at) => this.context.taken(bucket, at, this.timeline),
      nest,
    })
    const well = /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(this.status())
    if (well && !this.part) this.stable = undefined
    switch (entry.type) {
      case 'CreateStack': {
        const model = modelOf(this.record, entry, this.context)
        this.models = [model]
        this.revise(entry.at, index)
        createStack(siteOf(model), entry, ground)
        return
      }
      case 'UpdateStack':
        this.update(entry, index, siteOf, ground)
        return
      case 'DeleteStack':
        this.remove(entry, recorder, failing, ground)
        return
      case 'RollbackStack':
        if (this.stable) this.takeBack(siteOf(this.stable.model), this.stable, entry, ground)
        else {
          const { retainExceptOnCreate } = entry
          const how = { verb: 'ROLLBACK', reason: 'User Initiated', retainExceptOnCreate } as const
          rollBackCreation({ recorder, failing }, ground, entry.at, how)
        }
        return
      case 'ContinueRollback':
        if (this.stable) this.takeBack(siteOf(this.stable.model), this.stable, entry, ground)
        return
      case 'CancelUpdate':
        if (!this.stable) return
        // Pending changes did not happen.
        for (const [incarnation, properties] of this.stable.incarnations) incarnation.properties = properties
        cancelWorks(recorder, entry.at)
        this.part = false
        this.takeBack(siteOf(this.stable.model), this.stable, entry, ground)
        return
      case 'CleanUp': {
        const model = this.models.at(-1)
        if (model) finishUpdate(siteOf(model), ground, entry.at)
        this.part = false
      }
    }
  }

  private nestOf(entry: Entry<OperationEntry>): Nest {
    const { operation, speed, seed, faults, token } = entry
    const execution = { operation, speed, seed, faults, ...(token === undefined ? {} : { token }) }
    const specified = 'tags' in entry ? entry : this.record.entries[this.standsAs]
    const { tags = {}, capabilities = [], notifications = [] } = (specified ?? {}) as Partial<CreateStack>
    const { nested } = this.context
    return new Nest(this.record, execution, { tags, capabilities, notifications }, nested)
  }

  private groundOf(nest: Nest): Ground {
    return {
      dependencies: (resource) => [...new Set(this.models.flatMap((model) => model.dependencies(resource)))],
      hindrance: (incarnation, at) => this.context.hindrance(incarnation, at, this.timeline),
      nest,
    }
  }

  private update(
    entry: Entry<UpdateStack>,
    index: number,
    siteOf: (model: Model) => Site,
    ground: Ground,
  ): void {
    const before = this.models.at(-1)
    if (!before) return
    const model = modelOf(this.record, entry, this.context, before)
    const incarnations = new Map(standing(this.timeline).map((one) => [one, one.properties]))
    this.stable ??= {
      model: before,
      entry: this.standsAs,
      since: entry.at,
      incarnations,
      restored: new Set(),
    }
    this.models = [...new Set([this.stable.model, before, model])]
    this.revise(entry.at, index)
    const outcome = updateStack(siteOf(model), before, this.stable, entry, ground)
    this.part = entry.part ?? false
    if (outcome === 'rolled back') this.restored(this.stable)
  }

  private takeBack(
    site: Site,
    stable: Stable,
    entry: Entry<OperationEntry> & { skip?: string[]; retainExceptOnCreate?: boolean },
    ground: Ground,
  ): void {
    const { skip, retainExceptOnCreate } = entry
    const how = { reason: 'User Initiated', skip, retainExceptOnCreate }
    if (takeBack(site, stable, entry.at, ground, how)) this.restored(stable)
  }

  /** From the end of the rollback, the stack is as it was before. */
  private restored(stable: Stable): void {
    this.models = [...this.models.filter((model) => model !== stable.model), stable.model]
    this.revise(
      this.timeline.events.reduce((last, { at }) => Math.max(last, at), 0),
      stable.entry,
    )
  }

  private remove(
    entry: Entry<Extract<OperationEntry, { type: 'DeleteStack' }>>,
    recorder: Recorder,
    failing: Failing,
    ground: Ground,
  ): void {
    recorder.writeStack(entry.at, 'DELETE_IN_PROGRESS', 'User Initiated')
    const { endsAt, failed } = removeAll(
      {
        recorder,
        ground,
        fault: (resource) => failing.find(resource, entry.rollback ? 'rollback' : 'delete'),
        reason: (fault) => failing.reason(fault),
        keeps: ({ resource, deletionPolicy }) =>
          entry.retain.includes(resource) ||
          deletionPolicy === 'Retain' ||
          deletionPolicy === 'RetainExceptOnCreate',
        ...(entry.force ? { leaves: 'forced' } : {}),
      },
      standing(recorder.timeline),
      entry.at + recorder.span(1, 4, 'begin'),
    )
    const end = endsAt + recorder.span(0.3, 1.5, 'end')
    if (failed.length > 0) recorder.writeStack(end, 'DELETE_FAILED', failedTo('delete', failed))
    else recorder.writeStack(end, 'DELETE_COMPLETE')
  }

  private recorder(
    index: number,
    execution: Pick<Execution, 'operation' | 'speed' | 'seed' | 'token'>,
    type: StackOperation['type'],
  ): Recorder {
    const { operation, speed, seed, token } = execution
    return new Recorder(this.timeline, this.record, { index, operation, speed, seed, token, type })
  }

  private revise(at: number, entry: number): void {
    this.standsAs = entry
    this.timeline.revisions.push({ at, entry, generations: { ...this.models.at(-1)?.allGenerations() } })
  }

  /** The stack's own status after everything so far. */
  private status(): string {
    return (
      this.timeline.events.findLast(
        ({ type, physicalId }) => type === STACK_TYPE && physicalId === this.record.id,
      )?.status ?? ''
    )
  }
}
