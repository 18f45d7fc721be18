import type { Stamped } from '../events.ts'
import type { Presenter, Run } from './presenter.ts'
import { question } from './question.ts'
import { duration, endText, failureText } from './words.ts'

/** Progress of one task is printed at most this often; each line is one a person may have to read in a log. */
const PROGRESS_INTERVAL_MS = 2000

/** While nothing else is said, the last progress is said again this often: a log must show that it goes on. */
const HEARTBEAT_MS = 30_000

/** Lines with time stamps, for logs and pipes: no escape byte, no cursor movement. */
export function plainPresenter(run: Run): Presenter {
  const { quiet } = run.line
  const lastProgress = new Map<string, number>()
  const width = Math.max(0, ...run.tasks.map((task) => task.name.length))
  const print = (event: Stamped, task: string | null, text: string) => {
    const head = `${event.time.slice(11, 19)} ${(task ?? '').padEnd(width)}  `
    run.lines.write(`${head}${text.split('\n').join(`\n${' '.repeat(head.length)}`)}\n`)
  }
  let latest: (Stamped & { event: 'progress' }) | undefined
  const heartbeat = setInterval(() => {
    if (latest && !quiet) print({ ...latest, time: new Date().toISOString() }, latest.task, latest.message)
  }, HEARTBEAT_MS).unref()
  const read = (event: Stamped) => {
    if (event.event === 'end') {
      run.lines.write(`${endText(event)}\n`)
      return
    }
    if (event.event !== 'progress' && latest?.task === event.task) latest = undefined
    if (event.event === 'fail') {
      print(event, event.task, failureText(event))
      return
    }
    if (quiet) return
    if (event.event === 'start') print(event, event.task, `… ${event.why}`)
    else if (event.event === 'done')
      print(event, event.task, `done in ${duration(event.ms)}${event.message ? `: ${event.message}` : ''}`)
    else if (event.event === 'skip') print(event, event.task, `ok: ${event.why}`)
    else if (event.event === 'log') print(event, event.task, event.message)
    else {
      latest = event
      if (Date.parse(event.time) - (lastProgress.get(event.task) ?? 0) >= PROGRESS_INTERVAL_MS) {
        lastProgress.set(event.task, Date.parse(event.time))
        print(event, event.task, event.message)
      }
    }
    heartbeat.refresh()
  }
  return { read, ask: (text) => question(text, run.streams), close: async () => clearInterval(heartbeat) }
}
