import type { Stamped } from '../events.ts'
import type { RunRecord } from '../runs/read.ts'
import type { PartChange } from '../task.ts'

/** One action on a task or part, from begin to end, in milliseconds since the epoch. */
export interface Bar {
  begin: number
  end: number
  /** `open`: it was still running when the run ended. */
  state: 'done' | 'failed' | 'cancelled' | 'interrupted' | 'skipped' | 'open'
  /** What was done: a part's action, or `run` for a task. */
  action: string
  /** Why it failed, or its final message. */
  reason: string
  signals: { at: number; text: string }[]
  /** What it waited for; undefined if unknown. */
  after: string[] | undefined
}

/** A task, or a part of a task's work, with its actions in order. */
export interface Row {
  name: string
  /** A short description. */
  kind: string
  /** The task that a part belongs to. */
  of: string | undefined
  bars: Bar[]
}

/** A run, ready to be drawn. */
export interface Timeline {
  begin: number
  end: number
  rows: Row[]
}

/** The actions of a run, by task and by part of a task. */
export function timelineOf({ events, opening }: RunRecord): Timeline {
  const runBegan = Date.parse(opening.time)
  const runEnded = Date.parse(events.at(-1)?.time ?? opening.time)
  const rows = opening.tasks.flatMap((task) => {
    const own = events.filter((event) => 'task' in event && event.task === task.name)
    const bars = taskBars(own, task.after, runEnded)
    return [
      { name: task.name, kind: task.description, of: undefined, bars },
      ...partRows(own, task.name, runEnded),
    ]
  })
  const bars = rows.flatMap((row) => row.bars)
  return {
    // The run may have resumed what an earlier run started.
    begin: Math.min(runBegan, ...bars.map((bar) => bar.begin)),
    end: Math.max(runEnded, ...bars.map((bar) => bar.end)),
    rows,
  }
}

/** At most one: a task runs once. */
function taskBars(events: readonly Stamped[], after: string[], runEnded: number): Bar[] {
  const start = events.find((event) => event.event === 'start')
  const last = events.find(({ event }) => event === 'done' || event === 'fail' || event === 'skip')
  if (!start && !last) return []
  const end = last ? Date.parse(last.time) : runEnded
  // Its check ran before the start event.
  const checked = last?.event === 'done' ? end - last.ms : end
  const begin = Math.min(start ? Date.parse(start.time) : end, checked)
  const bar = { begin, end, action: 'run', signals: [], after }
  if (last?.event === 'done') return [{ ...bar, state: 'done', reason: last.message }]
  if (last?.event === 'skip') return [{ ...bar, state: 'skipped', reason: last.why }]
  if (last?.event !== 'fail') return [{ ...bar, state: 'open', reason: '' }]
  const state = last.code === 'INTERRUPTED' ? 'interrupted' : 'failed'
  return [{ ...bar, state, reason: last.cause ? `${last.message}: ${last.cause}` : last.message }]
}

const ended = { done: 'done', fail: 'failed', cancel: 'cancelled' } as const

/** A row for each part, ordered by begin. */
function partRows(events: readonly Stamped[], of: string, runEnded: number): Row[] {
  const rows = new Map<string, Row>()
  for (const change of events.flatMap((event) => (event.event === 'progress' ? (event.parts ?? []) : []))) {
    const row = rows.get(change.part) ?? { name: change.part, kind: change.kind, of, bars: [] }
    rows.set(change.part, row)
    apply(row, change, runEnded)
  }
  return [...rows.values()].sort((one, other) => one.bars[0]!.begin - other.bars[0]!.begin)
}

function apply({ bars }: Row, { action, after, at, reason = '', state }: PartChange, runEnded: number): void {
  const time = Date.parse(at)
  const before = bars.findLast((bar) => bar.state === 'open')
  // An action that another one replaced without an end event was cancelled.
  if (before && before.action !== action) Object.assign(before, { state: 'cancelled', end: time })
  const open = before?.action === action ? before : undefined
  // The begin event may have been missed.
  const bar = open ?? { begin: time, end: time, state: 'open', action, reason: '', signals: [], after }
  if (!open) bars.push(bar)
  if (state === 'signal') bar.signals.push({ at: time, text: reason })
  else if (state !== 'begin') Object.assign(bar, { state: ended[state], reason })
  bar.end = bar.state === 'open' ? Math.max(runEnded, time) : time
}
