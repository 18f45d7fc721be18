// The result of the last run, for the task list. Plain JavaScript like bin.js: it must cost next to nothing.
const fs = require('node:fs')
const path = require('node:path')

/** The content of `.task/runs/last`, written by that run's journal; undefined if there is none. */
function read(root) {
  try {
    const { pid, ...last } = JSON.parse(fs.readFileSync(path.join(root, '.task', 'runs', 'last'), 'utf8'))
    if (typeof last.id !== 'string' || typeof last.what !== 'string') return undefined
    if (last.state === 'running' && !isRunning(pid)) last.state = 'ended without a result'
    return last
  } catch {
    return undefined
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** `last run: bootstrap dcos, done 5 min ago (16 s)` */
function text({ began, ended, failure, ms, state, what }) {
  const ago = `${span(Date.now() - Date.parse(ended ?? began))} ago`
  const run = `last run: ${what}`
  if (state === 'running') return `${run}, started ${ago}, is still running`
  if (state === 'done') return `${run}, done ${ago} (${span(ms)})`
  const show = '(npx task runs show)'
  if (state === 'ended without a result') return `${run}, started ${ago}, was killed ${show}`
  const at = failure?.task && failure.task !== what.split(' ')[0] ? ` at ${failure.task}` : ''
  const why = failure ? `: ${failure.code} ${failure.message.split('\n')[0]}` : ''
  return `${run}, ${state}${at} ${ago} ${show}${why}`
}

/** In one unit: `16 s`, `5 min`, `3 h`, `2 days`. */
function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}

/** The result of the last run: as a line, cut to one row on a terminal, and merged into the JSON list. */
function lastRun(root) {
  const last = read(root)
  return {
    line: ({ columns, isTTY }) => {
      if (!last) return ''
      const whole = text(last)
      return `${isTTY && whole.length >= columns ? `${whole.slice(0, columns - 2)}…` : whole}\n`
    },
    joined: (list) => `${JSON.stringify({ ...JSON.parse(list), lastRun: last ?? null }, null, 2)}\n`,
  }
}

module.exports = { lastRun }
