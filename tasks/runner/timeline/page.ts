import type { FailureFacts } from '../events.ts'
import { duration } from '../present/words.ts'
import type { RunRecord } from '../runs/read.ts'
import { criticalPath, type Step } from './critical-path.ts'
import { clipped, escaped } from './escape.ts'
import { type Bar, type Timeline, timelineOf } from './model.ts'
import { isRemoval, rowText, shownRows } from './rows.ts'
import { moment, stepShare, ticks } from './scale.ts'
import { style } from './style.ts'

/** The number of log lines in the page, the last ones. */
const MAX_LOG_LINES = 300

/** A run as one self-contained HTML page: no scripts, no external URLs. */
export function timelinePage(run: RunRecord): string {
  const timeline = timelineOf(run)
  const path = criticalPath(timeline)
  const rows = shownRows(timeline, path)
  const left = timeline.rows.length - rows.length
  const { opening, summary } = run
  const title = `${summary.what} · ${summary.state}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="${GENERATOR}">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(summary.what)}<span class="state ${summary.state === 'done' || summary.state === 'failed' ? summary.state : ''}">${escaped(summary.state)}</span></h1>
<p><code>${escaped(opening.line)}</code></p>
<p class="dim">${escaped(factsOf(run, timeline).join(' · '))}</p>
${failuresOf(run).map(failureBox).join('\n')}
${pathList(path)}
<h2>Timeline</h2>
${legend(timeline)}
<div style="--step: ${stepShare(timeline)}%">
<div class="axis" aria-hidden="true"><div class="ticks">${ticks(timeline)}</div></div>
${rows.map((row) => rowText(row, timeline, path)).join('\n')}
</div>
${left > 0 ? `<p class="dim">${left} more rows, none longer than those above, are not shown</p>` : ''}
${logTable(run)}
</body>
</html>
`
}

/** Identifies a page made by this tool. */
export const GENERATOR = 'npx task timeline'

function factsOf({ opening, summary }: RunRecord, { begin, end }: Timeline): string[] {
  const { began, ended, id } = summary
  return [
    ...Object.values(opening.subject),
    `started ${moment(Date.parse(began))}`,
    ended ? `ended ${moment(Date.parse(ended))}` : 'end not recorded',
    `took ${duration(summary.ms ?? end - begin)}`,
    `run ${id}`,
    `version ${opening.version}`,
  ]
}

type Failed = FailureFacts & { task: string | null }

/** The failures, each reason once; an interruption that stopped several tasks counts as one. */
function failuresOf({ events }: RunRecord): Failed[] {
  const found = new Map<string, Failed>()
  for (const event of events) {
    const failed: Failed | undefined =
      event.event === 'fail'
        ? event
        : event.event === 'end' && event.error
          ? { ...event.error, task: null }
          : undefined
    if (!failed) continue
    const key = failed.code === 'INTERRUPTED' ? failed.code : `${failed.code} ${failed.message}`
    if (!found.has(key)) found.set(key, failed)
  }
  return [...found.values()]
}

function failureBox({ cause, code, message, next, task }: Failed): string {
  const lines = [
    `<b>${escaped(code)}</b> ${escaped(task && code !== 'INTERRUPTED' ? `${task}: ${message}` : message)}`,
    cause && `why: ${escaped(clipped(cause))}`,
    next && `next: ${escaped(clipped(next))}`,
  ]
  const look = code === 'INTERRUPTED' ? 'failure halted' : 'failure'
  return `<div class="${look}" role="note">${lines.filter(Boolean).join('\n')}</div>`
}

function pathList(path: Step[]): string {
  if (path.length === 0) return ''
  const items = path.map(({ bar, row }) => {
    const name =
      bar.action === 'run' ? row.name : `${row.name}${bar.action === 'create' ? '' : ` (${bar.action})`}`
    const kind = row.of === undefined ? 'task' : 'part'
    return `<li class="${kind}">${escaped(name)} <span class="dim">${duration(bar.end - bar.begin)}</span></li>`
  })
  return `<h2>Critical path: where the time went</h2>\n<ol class="path">${items.join('')}</ol>`
}

function legend({ rows }: Timeline): string {
  const bars = rows.flatMap((row) => row.bars)
  const has = (states: Bar['state'][]) => bars.some(({ state }) => states.includes(state))
  const marks: [string, boolean, string][] = [
    ['var(--critical)', true, 'on the critical path'],
    ['var(--done)', true, 'not on the critical path'],
    ['var(--removed)', bars.some(isRemoval), 'removed'],
    ['var(--failed)', has(['failed']), 'failed'],
    ['none; border: 2px solid var(--failed)', has(['cancelled']), 'cancelled'],
    ['none; border: 2px solid var(--done)', has(['skipped']), 'already done'],
    ['var(--halted)', has(['interrupted', 'open']), 'not finished'],
    [
      'var(--signal); width: 3px; height: 14px; vertical-align: -2px',
      bars.some(({ signals }) => signals.length > 0),
      'a signal',
    ],
  ]
  const items = marks
    .filter(([, there]) => there)
    .map(([look, , text]) => `<span><i style="background: ${look}"></i>${text}</span>`)
  return `<div class="legend">${items.join('')}<label><input type="checkbox" id="critical"> the critical path and failures only</label></div>`
}

/** The log lines of the run. */
function logTable({ events }: RunRecord): string {
  const logs = events.flatMap((event) => (event.event === 'log' ? [event] : []))
  if (logs.length === 0) return ''
  const rows = logs
    .slice(-MAX_LOG_LINES)
    .map(
      ({ message, task, time: at }) =>
        `<tr><td>${escaped(at.slice(11, 19))} ${escaped(task ?? '')}</td><td>${escaped(clipped(message))}</td></tr>`,
    )
  return `<details><summary>Log (${logs.length} ${logs.length === 1 ? 'line' : 'lines'})</summary><table>${rows.join('')}</table></details>`
}
