import type { Template } from '../../aws/template/parse.ts'
import type { CreateStack, Entry, StackEntry, UpdateStack } from '../state/entries.ts'
import type { StackRecord } from '../state/world.ts'
import type { Site } from './build.ts'
import { createStack } from './create.ts'
import { Model } from './model.ts'
import { Recorder } from './recorder.ts'
import { removeAll } from './remove.ts'
import type { Signal } from './signals.ts'
import { emptyTimeline, standing, type Timeline, truncate } from './timeline.ts'
import { updateStack } from './update.ts'

export interface HistoryContext {
  /** A template by the SHA-256 of its text. */
  template: (blob: string) => Template
  /** Whether something lies in a bucket, from what the log and the timeline so far say. */
  holds: (bucket: string, at: number, timeline: Timeline) => boolean
  /** Whether a bucket of that name exists already. */
  taken: (bucket: string, at: number, timeline: Timeline) => boolean
}

/** A stack's whole timeline from its entries: what was, and what will be if nobody asks for anything else. */
export function computeTimeline(record: StackRecord, context: HistoryContext): Timeline {
  const timeline = emptyTimeline()
  const signals = record.entries.filter((entry) => entry.type === 'SignalResource') as (Signal & {
    resource: string
  })[]
  const removal = {
    holds: (bucket: string, at: number) => context.holds(bucket, at, timeline),
    dependencies: (resource: string) => [...new Set(models.flatMap((model) => model.dependencies(resource)))],
  }
  /** The models that resources which exist may come from; the one in force is last. */
  let models: Model[] = []
  let standsAs = -1
  const revise = (at: number, entry: number) => {
    standsAs = entry
    timeline.revisions.push({ at, entry, generations: { ...models.at(-1)?.generations } })
  }
  for (const [index, entry] of record.entries.entries()) {
    if (entry.type === 'CreateChangeSet' && index === 0) {
      recorderOf(timeline, record, index, { speed: 1, seed: 1 }).writeStack(
        entry.at,
        'REVIEW_IN_PROGRESS',
        'User Initiated',
      )
      revise(entry.at, index)
      continue
    }
    if (entry.type !== 'CreateStack' && entry.type !== 'UpdateStack' && entry.type !== 'DeleteStack') continue
    truncate(timeline, entry.at)
    const recorder = recorderOf(timeline, record, index, entry)
    if (entry.type === 'DeleteStack') {
      deleteStack(recorder, entry, removal)
    } else {
      const before = models.at(-1)
      const model = modelOf(record, entry, context, before)
      const taken = (bucket: string, at: number) => context.taken(bucket, at, timeline)
      const site: Site = { model, recorder, faults: entry.faults, signals, taken }
      const previous = standsAs
      models = before ? [before, model] : [model]
      revise(entry.at, index)
      if (entry.type === 'CreateStack') createStack(site, entry, removal)
      else if (before && !updateStack(site, before, entry, removal)) {
        models = [model, before]
        const end = timeline.events.reduce((latest, event) => Math.max(latest, event.at), entry.at)
        revise(end, previous)
      }
    }
    timeline.events.sort((a, b) => a.at - b.at)
  }
  return timeline
}

/** A stack as an entry of its log specifies it, on top of what it was. */
export function modelOf(
  record: Pick<StackRecord, 'id' | 'name' | 'region'>,
  entry: CreateStack | UpdateStack,
  context: Pick<HistoryContext, 'template'>,
  before?: Model,
): Model {
  return new Model(
    record,
    context.template(entry.template),
    entry,
    { ...before?.generations },
    { ...before?.versions },
  )
}

function recorderOf(
  timeline: Timeline,
  record: StackRecord,
  index: number,
  entry: { speed: number; seed: number; token?: string },
): Recorder {
  return new Recorder(timeline, record, { index, speed: entry.speed, seed: entry.seed, token: entry.token })
}

function deleteStack(
  recorder: Recorder,
  entry: Entry<Extract<StackEntry, { type: 'DeleteStack' }>>,
  removal: Pick<Parameters<typeof removeAll>[0], 'holds' | 'dependencies'>,
): void {
  recorder.writeStack(entry.at, 'DELETE_IN_PROGRESS', 'User Initiated')
  const { endsAt, failed } = removeAll(
    {
      recorder,
      ...removal,
      keeps: ({ resource, deletionPolicy }) =>
        entry.retain.includes(resource) ||
        deletionPolicy === 'Retain' ||
        deletionPolicy === 'RetainExceptOnCreate',
      force: entry.force,
    },
    standing(recorder.timeline),
    entry.at + recorder.span(1, 4, 'begin'),
  )
  const end = endsAt + recorder.span(0.3, 1.5, 'end')
  if (failed.length === 0) recorder.writeStack(end, 'DELETE_COMPLETE')
  else
    recorder.writeStack(
      end,
      'DELETE_FAILED',
      `The following resource(s) failed to delete: [${failed.join(', ')}].`,
    )
}
