import type { End, FailureFacts } from '../events.ts'

/** A failure in at most a few lines: what happened, why, what to do next. */
export function failureText(failure: FailureFacts, task?: string): string {
  const where = task ? `${task}: ` : ''
  const lines = [`${failure.code} ${where}${indented(failure.message)}`]
  if (failure.cause) lines.push(`  why:  ${indented(failure.cause)}`)
  if (failure.next) lines.push(`  next: ${indented(failure.next)}`)
  return lines.join('\n')
}

/** For one run: what to show of each task's failure. One that stops several tasks is shown in full with the first alone. */
export function toldOnce(): (failure: FailureFacts & { task: string }) => FailureFacts {
  const told = new Map<string, string>()
  return ({ task, code, message, cause, next }) => {
    const facts = { code, message, cause, next }
    const reason = JSON.stringify(facts)
    const before = told.get(reason)
    if (before === undefined) told.set(reason, task)
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

/** The closing lines of a run: what came of it, and what was deleted, kept and left. */
export function endText(end: End): string {
  const lines: string[] = []
  if (end.error) lines.push(failureText(end.error))
  for (const [word, ids] of [
    ['deleted', end.deleted],
    ['retained', end.retained],
    ['left', end.left],
  ] as const) {
    if (ids.length > 0) lines.push(`${word.padEnd(8)} ${ids.join('\n         ')}`)
  }
  lines.push(summary(end))
  if (end.ok && end.url) lines.push(end.url)
  return lines.join('\n')
}

function summary(end: End): string {
  const calls = Object.values(end.calls).reduce((sum, count) => sum + count, 0)
  const cost = `${duration(end.ms)}, ${calls} AWS ${calls === 1 ? 'request' : 'requests'}`
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
