import type { End, FailureFacts } from '../events.ts'
import type { Closing } from '../taskfile.ts'

/** A failure in a few lines: what happened, why, what to do next. */
export function failureText(failure: FailureFacts, task?: string): string {
  const where = task ? `${task}: ` : ''
  const lines = [`${failure.declined ? '' : `${failure.code} `}${where}${indented(failure.message)}`]
  if (failure.cause) lines.push(`  why:  ${indented(failure.cause)}`)
  if (failure.next) lines.push(`  next: ${indented(failure.next)}`)
  return lines.join('\n')
}

/** For one run: what to show of each task's failure. One that stops several tasks is shown in full only once. */
export function toldOnce(): (failure: FailureFacts & { task: string }) => FailureFacts {
  const shown = new Map<string, string>()
  return ({ task, code, message, cause, next, declined }) => {
    const facts = { code, message, cause, next, ...(declined && { declined }) }
    const reason = JSON.stringify(facts)
    const before = shown.get(reason)
    if (before === undefined) shown.set(reason, task)
    return before === undefined
      ? facts
      : { code, message: `for the same reason as ${before}`, cause: null, next: null }
  }
}

/** `12 s`, `4 min 5 s`, `950 ms`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const rest = seconds % 60 ? ` ${seconds % 60} s` : ''
  return `${Math.floor(seconds / 60)} min${rest}`
}

/** The closing lines of a run: its result, and what was retained and left. */
export function endText(end: End): string {
  const lines: string[] = []
  if (end.error) lines.push(failureText(end.error))
  // What was deleted, each task has already reported.
  for (const [word, ids] of [
    ['retained', end.retained],
    ['left', end.left],
  ] as const) {
    if (ids.length > 0) lines.push(`${word.padEnd(8)} ${ids.join('\n         ')}`)
  }
  lines.push(summary(end))
  return lines.join('\n')
}

/** The result and what to do next: in as few lines as fit into `columns`. */
export function closingText({ next, said, url }: Closing, columns = Number.POSITIVE_INFINITY): string {
  const fits = (text: string) => text.length <= columns
  const list = `Next: ${next.join(' · ')}`
  const lines = (next: string[]) => [...(url ? [url] : []), ...next].join('\n')
  if (next.length === 0) return lines([said])
  if (fits(`${said} ${list}`)) return lines([`${said} ${list}`])
  return lines([said, ...(fits(list) ? [list] : ['Next:', ...next.map((one) => `  ${one}`)])])
}

function summary(end: End): string {
  const calls = Object.values(end.calls).reduce((sum, count) => sum + count, 0)
  const cost = `${duration(end.ms)}, ${calls} AWS ${calls === 1 ? 'request' : 'requests'}`
  if (end.declined && end.exit === 1) return `stopped after ${cost}`
  if (!end.ok) return `${end.exit === 130 || end.exit === 143 ? 'interrupted' : 'failed'} after ${cost}`
  if (end.would)
    return `${end.would.length > 0 ? `would do: ${end.would.join(', ')}` : 'nothing to do'} (${cost})`
  if (end.undone.length > 0) return `undone: ${end.undone.join(', ')} (${cost})`
  if (end.ran.length > 0) return `done: ${end.ran.join(', ')} (${cost})`
  return `nothing to do (${cost})`
}

function indented(text: string): string {
  return text.split('\n').join('\n        ')
}
