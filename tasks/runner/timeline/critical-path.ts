import type { Bar, Row, Timeline } from './model.ts'

/** One step of the critical path. */
export interface Step {
  row: Row
  bar: Bar
}

/** Clocks differ, so a step may seem to begin just before its dependency ended: by at most this long, and this share of the run. */
const TOLERANCE_MS = 250
const TOLERANCE_SHARE = 1 / 200

/**
 * The steps that determined the run's length, first to last: from the task that ended last back through what each waited for,
 * and the same within a task for its parts. If it is unknown what a step waited for, the last step that ended before it counts.
 */
export function criticalPath({ begin, end, rows }: Timeline): Step[] {
  const tolerance = Math.min(TOLERANCE_MS, (end - begin) * TOLERANCE_SHARE)
  const path: Step[] = []
  const tasks = stepsOf(rows.filter((row) => row.of === undefined)).filter(
    ({ bar }) => bar.state !== 'skipped',
  )
  for (let task = lastOf(tasks, tolerance); task; task = before(task, tasks, tolerance)) {
    const parts = stepsOf(rows.filter((row) => row.of === task!.row.name))
    const inside: Step[] = []
    for (let part = lastOf(parts, tolerance); part; part = before(part, parts, tolerance))
      inside.unshift(part)
    path.unshift(task, ...inside)
  }
  return path
}

function stepsOf(rows: readonly Row[]): Step[] {
  return rows.flatMap((row) => row.bars.map((bar) => ({ row, bar })))
}

function before(step: Step, steps: readonly Step[], tolerance: number): Step | undefined {
  const { after, begin } = step.bar
  const earlier = steps.filter(
    ({ bar, row }) =>
      // Strictly earlier, so that the loop terminates.
      bar.begin < begin && bar.end <= begin + tolerance && (after === undefined || after.includes(row.name)),
  )
  return lastOf(earlier, tolerance)
}

/** The step that ended last. Among simultaneous ends, a failure wins over others, and cancelled steps lose. */
function lastOf(steps: readonly Step[], tolerance: number): Step | undefined {
  const weight = ({ end, state }: Bar) =>
    end + (state === 'failed' ? tolerance : state === 'cancelled' ? -tolerance : 0)
  return steps.reduce<Step | undefined>(
    (last, step) => (last === undefined || weight(step.bar) > weight(last.bar) ? step : last),
    undefined,
  )
}
