import { duration } from '../present/words.ts'
import type { Step } from './critical-path.ts'
import { clipped, escaped } from './escape.ts'
import type { Bar, Row, Timeline } from './model.ts'
import { clock, moment, round, share, time } from './scale.ts'

/** More rows are of no use and make the page heavy: only the longest, and those that matter, are drawn. */
const MAX_ROWS = 250
/** The maximum length of a reason below a row, and in the tooltip of its bar. */
const MAX_REASON_BELOW = 300
const MAX_TOOLTIP_REASON = 160

/** All rows, unless there are too many. */
export function shownRows({ rows }: Timeline, path: Step[]): Row[] {
  const weight = (row: Row) => {
    if (row.of === undefined || path.some((step) => step.row === row)) return Number.POSITIVE_INFINITY
    if (row.bars.some(({ state }) => state === 'failed')) return Number.MAX_VALUE
    return Math.max(...row.bars.map(({ begin, end }) => end - begin))
  }
  const heaviest = new Set([...rows].sort((a, b) => (weight(b) > weight(a) ? 1 : -1)).slice(0, MAX_ROWS))
  return rows.filter((row) => heaviest.has(row))
}

/** A row: its name, its bars, and how long it took. */
export function rowText(row: Row, timeline: Timeline, path: Step[]): string {
  const critical = path.some((step) => step.row === row)
  const bad = row.bars.find((bar) => bar.state === 'failed')
  // Failures of tasks are shown above.
  const why =
    bad && row.of !== undefined
      ? `<div class="why">${escaped(clipped(bad.reason, MAX_REASON_BELOW))}</div>`
      : ''
  const classes = [
    'row',
    row.of === undefined ? 'task' : 'part',
    critical && 'critical',
    bad && 'bad',
  ].filter(Boolean)
  const bars = row.bars.map((bar) => barText(row, bar, timeline, path))
  const signals = row.bars.flatMap((bar) => bar.signals)
  const marks = signals.map(({ at }) => `<i class="signal" style="left: ${share(at, timeline)}%"></i>`)
  const longest = Math.max(0, ...row.bars.map(({ begin, end }) => end - begin))
  const took =
    row.bars.length === 0 ? 'not started' : row.bars[0]!.state === 'skipped' ? '' : duration(longest)
  return [
    `<div class="${classes.join(' ')}">`,
    `<div class="name" title="${escaped(row.name)}"><span>${escaped(row.name)}</span><span class="kind">${escaped(row.kind)}</span></div>`,
    `<div class="track">${bars.join('')}${marks.join('')}</div>`,
    `<div class="took">${took}</div>${why}</div>`,
  ].join('')
}

function barText(row: Row, bar: Bar, timeline: Timeline, path: Step[]): string {
  const critical = path.some((step) => step.bar === bar)
  const left = share(bar.begin, timeline)
  const width = share(bar.end, timeline) - left
  const plain = bar.state === 'done'
  const look = [
    'bar',
    plain ? (isRemoval(bar) && !critical ? 'removed' : '') : bar.state,
    critical && 'critical',
  ].filter(Boolean)
  const said = tipText(row, bar, timeline, critical)
  // The side of its tooltip, so that it stays within the page.
  look.push(left > 50 ? 'to-left' : 'to-right')
  const place = `left: ${Math.min(left, 99.7)}%; width: ${round(width)}%`
  return `<div class="${look.join(' ')}" tabindex="0" role="img" aria-label="${escaped(said)}" style="${place}"></div>`
}

function tipText(row: Row, bar: Bar, timeline: Timeline, critical: boolean): string {
  const from = (at: number) => `+${clock(at - timeline.begin)}`
  const what = bar.action === 'run' ? '' : `, ${bar.action}`
  const states = {
    done: 'done',
    failed: 'failed',
    cancelled: 'cancelled',
    interrupted: 'interrupted',
    skipped: 'already done',
    open: 'not finished',
  }
  const lines = [
    `${row.name}${what}: ${states[bar.state]}`,
    bar.state === 'skipped'
      ? `checked at ${moment(bar.end)} (${from(bar.end)})`
      : `${time(bar.begin)} to ${time(bar.end)} UTC (${from(bar.begin)} to ${from(bar.end)}), ${duration(bar.end - bar.begin)}`,
    ...bar.signals
      .map(({ at }, index) => `signal ${index + 1} of ${bar.signals.length}: ${time(at)} (${from(at)})`)
      .slice(0, 12),
    critical ? 'on the critical path' : '',
    clipped(bar.reason, MAX_TOOLTIP_REASON),
  ]
  return lines.filter(Boolean).join('\n')
}

/** Whether a bar shows a deletion. */
export const isRemoval = ({ action }: Bar) => action === 'delete'
