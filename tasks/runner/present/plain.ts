import type { FailureFacts, Stamped } from '../events.ts'
import { isDetail, timeOf } from './detail.ts'
import { Groups } from './github.ts'
import type { Ink } from './ink.ts'
import type { Presenter, Run } from './presenter.ts'
import { Questions } from './question.ts'
import { duration, endText, failureText, toldOnce } from './words.ts'

/** The minimum time between progress lines: a person may have to read each of them in a log. */
const PROGRESS_INTERVAL_MS = 2000

/** Without other output, the last progress is repeated this often, so that the log shows that the run is alive. */
const HEARTBEAT_MS = 30_000

type Progress = Stamped & { event: 'progress' }

/** A change in this value makes progress worth a line before the next heartbeat: the count, or the message if there is none. */
function changeKey({ done, message, signals }: Progress): string {
  return done === undefined ? message : JSON.stringify([done, signals])
}

/** What this presenter needs to know about the run: all that is available when a recorded run is shown. */
type Shown = Pick<Run, 'streams' | 'lines' | 'tasks' | 'subject' | 'signal'> & {
  line: Pick<Run['line'], 'quiet'> & Partial<Pick<Run['line'], 'dryRun' | 'output'>>
  ink?: Ink
  /** Wraps texts for a terminal. */
  laidOut?: (text: string, to: NodeJS.WriteStream, indent: number) => string
}

/** Where the lines of tasks go. */
interface Outlet {
  /** Writes a line of a task; null: of no task. */
  say(task: string | null, text: string): void
  /** Writes the last line of a task. */
  end(task: string, text: string, failure?: FailureFacts): void
  close(failure?: FailureFacts): void
}

/** In a log of GitHub Actions, in groups if tasks run; on a terminal, coloured unless `--output plain`. */
function outletFor({ ink, line, lines }: Shown): Outlet {
  if (ink?.inGitHub(lines) && !line.dryRun) return new Groups(lines)
  const finish = ink && lines.isTTY && line.output !== 'plain' ? ink.on(lines) : (text: string) => text
  const say = (_: string | null, text: string) => void lines.write(finish(text))
  return { say, end: say, close: () => {} }
}

const presentTime = () => performance.timeOrigin + performance.now()

/** Lines with timestamps, for logs and pipes: no escape bytes, no cursor movement. `now` returns the replay time for a recorded run. */
export function plainPresenter(run: Shown, now: () => number = presentTime): Presenter {
  const { quiet } = run.line
  const { laidOut = (text: string) => text } = run
  const width = Math.max(0, ...run.tasks.map((task) => task.name.length))
  const outlet = outletFor(run)
  const lineOf = (event: Stamped, task: string | null, text: string, to = run.lines) => {
    const head = `${timeOf(event)} ${(task ?? '').padEnd(width)}  `
    const lines = `${head}${text.split('\n').join(`\n${' '.repeat(head.length)}`)}`
    return `${laidOut(lines, to, head.length)}\n`
  }
  const print = (event: Stamped, task: string | null, text: string) =>
    outlet.say(run.tasks.some(({ name }) => name === task) ? task : null, lineOf(event, task, text))
  const conclude = (event: Stamped & { task: string }, text: string, failure?: FailureFacts) =>
    outlet.end(event.task, lineOf(event, event.task, text), failure)
  let latest: { event: Progress; fresh: boolean; saidAt: number } | undefined
  const started = new Map<string | null, number>()
  const say = () => {
    if (!latest || quiet) return
    const silentFor = now() - latest.saidAt
    if (silentFor < (latest.fresh ? PROGRESS_INTERVAL_MS : HEARTBEAT_MS)) return
    const since = now() - (started.get(latest.event.task) ?? now())
    const text = `${latest.event.message}${since >= 1000 ? ` (${duration(since)})` : ''}`
    print({ ...latest.event, time: new Date(now()).toISOString() }, latest.event.task, text)
    latest = { ...latest, fresh: false, saidAt: now() }
  }
  if (!quiet && run.tasks.length > 0) outlet.say(null, `${laidOut(run.subject, run.lines, 2)}\n`)
  const timer = setInterval(say, PROGRESS_INTERVAL_MS / 4).unref()
  const once = toldOnce()
  const read = (event: Stamped) => {
    if (event.event === 'start') started.set(event.task, now())
    if (event.event === 'end') {
      outlet.close()
      outlet.say(null, `${laidOut(endText(event), run.lines, 8)}\n`)
      if (event.error) outlet.close(event.error)
      return
    }
    if (event.event !== 'progress' && latest?.event.task === event.task) latest = undefined
    if (event.event === 'fail') {
      // An interruption is shown once, at the end, with the command that resumes the work.
      if (event.code === 'INTERRUPTED') return conclude(event, 'interrupted')
      const facts = once(event)
      return conclude(event, failureText(facts), facts.message === event.message ? facts : undefined)
    }
    if (isDetail(event)) {
      const { stderr } = run.streams
      stderr.write(lineOf(event, event.task, event.message, stderr))
      return
    }
    if (quiet) return
    if (event.event === 'start') print(event, event.task, `… ${event.why}`)
    else if (event.event === 'done')
      conclude(event, `done in ${duration(event.ms)}${event.message ? `: ${event.message}` : ''}`)
    else if (event.event === 'skip') conclude(event, `ok: ${event.why}`)
    else if (event.event === 'log') print(event, event.task, event.message)
    else {
      latest = {
        event,
        fresh: latest?.fresh === true || changeKey(event) !== (latest && changeKey(latest.event)),
        saidAt: latest?.event.task === event.task ? latest.saidAt : Number.NEGATIVE_INFINITY,
      }
      say()
    }
  }
  const questions = new Questions(run.streams, run.signal)
  return {
    read,
    ask: (text, closed) => questions.ask(text, closed),
    close: async () => {
      clearInterval(timer)
      await questions.end()
    },
  }
}
