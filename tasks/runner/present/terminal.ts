import { Listr } from 'listr2'
import type { FailureFacts, Stamped } from '../events.ts'
import { wrapped } from './layout.ts'
import { type List, rendererFor, type Standing } from './list.ts'
import type { Presenter, Run } from './presenter.ts'
import { question } from './question.ts'
import { duration, endText, failureText, toldOnce } from './words.ts'

/** A task that takes longer than a moment shows how long it has been at it. */
const ELAPSED_INTERVAL_MS = 1_000
const ELAPSED_FROM_MS = 3_000

/** What we use of a listr2 task. */
interface Line {
  title: string
  output: string
}

/**
 * A live list on a terminal: one line a task, drawn by listr2, each waiting for what our scheduler reports. Our own
 * signal handling stays in charge: listr2's would end the process at once.
 */
export function terminalPresenter(run: Run): Presenter {
  const width = Math.max(...run.tasks.map((task) => task.name.length))
  const entries = new Map(
    run.tasks.map(({ name, description }) => [name, new Entry(name, name.padEnd(width), description)]),
  )
  const notes: string[] = []
  /** The tasks that a dry run has told about. */
  const planned = new Set<string>()
  let list: List | undefined
  let asking = false
  let asked: Promise<string | undefined> | undefined
  /** Ends a question that nobody has answered when the run is over. */
  const over = new AbortController()
  /** What was said while listr2 was getting ready. */
  const early: string[] = []
  let ready = () => {}
  const readiness = new Promise<void>((resolve) => {
    ready = resolve
  })
  const columns = () => (run.lines.columns || 80) - 1
  /** Prints above the list, or where it will be. */
  const say = (text: string) => {
    if (drawing && !list) {
      early.push(text)
      return
    }
    if (!asking) list?.pause()
    run.lines.write(`${wrapped(text, columns(), 2)}\n`)
    if (!asking) list?.resume()
  }
  const listr = new Listr(
    [...entries.values()].map((entry) => ({
      title: entry.name,
      task: (_, wrapper) => entry.drive(wrapper as unknown as Line),
    })),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: rendererFor(
        {
          terminal: run.lines,
          standing: (name) => entries.get(name)?.standing ?? 'waiting',
          color: run.line.color,
          indent: width + 2,
        },
        (made) => {
          list = made
          ready()
          for (const text of early.splice(0)) say(text)
        },
      ),
      rendererOptions: { collapseErrors: true, showErrorMessage: true },
    },
  )
  let drawing: Promise<unknown> | undefined
  let begun = false
  const draw = () => {
    begun = true
    if (!asking) drawing ??= listr.run()
  }
  if (!run.line.quiet) run.lines.write(`${run.subject}\n`)
  const clock = setInterval(() => {
    for (const entry of entries.values()) entry.tick()
  }, ELAPSED_INTERVAL_MS).unref()

  const once = toldOnce()
  const read = (event: Stamped) => {
    if (event.event === 'end') {
      for (const entry of entries.values()) entry.finish()
      notes.push(endText(event))
      return
    }
    const entry = event.task === null ? undefined : entries.get(event.task)
    // In a dry run the first word on a task is its line.
    const first = event.event === 'log' && run.line.dryRun && event.task !== null && !planned.has(event.task)
    if (event.event === 'log' && !(entry && first)) {
      say(entry ? `${event.task}: ${event.message}` : event.message)
      return
    }
    if (!entry) {
      if (event.event === 'fail') notes.push(failureText(event, event.task))
      return
    }
    draw()
    if (event.event === 'progress') entry.output(event.message)
    else if (event.event === 'start') entry.begin(event.why)
    else if (event.event === 'log') {
      planned.add(event.task!)
      entry.settle('waiting', event.message)
    } else if (event.event === 'skip') entry.settle('done', event.why)
    else if (event.event === 'done')
      entry.settle('done', `${event.message || entry.description} (${duration(event.ms)})`)
    else if (event.event === 'fail') entry.settle('failed', lineOf(once(event), width + 2))
  }

  return {
    read,
    ask: async (text) => {
      if (drawing) await readiness
      asking = true
      list?.pause()
      const signal = AbortSignal.any([run.signal, over.signal])
      asked = question(wrapped(text, columns(), 0), run.streams, signal).finally(() => {
        asking = false
        list?.resume()
        if (begun) draw()
      })
      return asked
    },
    close: async () => {
      clearInterval(clock)
      over.abort()
      await asked?.catch(() => undefined)
      await drawing
      list?.conclude()
      if (notes.length > 0) run.lines.write(`${wrapped(notes.join('\n'), columns(), 8)}\n`)
    },
  }
}

/** A failure as a line of the list, and what belongs to it under its message. An interruption is told once, at the end. */
function lineOf(failure: FailureFacts, column: number): string {
  if (failure.code === 'INTERRUPTED') return 'interrupted'
  return failureText(failure).replaceAll('\n', `\n${' '.repeat(column - 2)}`)
}

/** One line of the list: collects what happened until listr2 has started it, then passes it on. */
class Entry {
  standing: Standing = 'waiting'
  #line: Line | undefined
  #output = ''
  #begun = 0
  #settled: string | undefined
  #wake = () => {}

  constructor(
    readonly name: string,
    private readonly label: string,
    readonly description: string,
  ) {}

  begin(why: string): void {
    this.standing = 'running'
    this.#begun = performance.now()
    this.output(why)
  }

  output(text: string): void {
    this.#output = text
    if (this.#line) this.#line.output = text
  }

  tick(): void {
    const ms = performance.now() - this.#begun
    if (this.standing !== 'running' || !this.#line || ms < ELAPSED_FROM_MS) return
    this.#line.title = this.#titled(`${this.description} (${duration(ms)})`)
  }

  settle(standing: Standing, text: string): void {
    if (this.#settled !== undefined) return
    this.standing = standing
    this.#settled = text
    this.#wake()
  }

  finish(): void {
    if (this.standing === 'running') this.settle('failed', 'interrupted')
    else this.settle('waiting', 'not started')
  }

  async drive(line: Line): Promise<void> {
    this.#line = line
    line.title = this.#titled(this.description)
    if (this.#output) line.output = this.#output
    if (this.#settled === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const text = this.#titled(this.#settled!)
    if (this.standing === 'failed') throw new Error(text)
    line.title = text
  }

  #titled(text: string): string {
    return `${this.label}  ${text}`
  }
}
