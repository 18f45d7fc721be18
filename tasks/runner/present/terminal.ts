import { Listr } from 'listr2'
import type { FailureFacts, Stamped } from '../events.ts'
import { laidOut } from './layout.ts'
import { type List, rendererFor, type Standing } from './list.ts'
import type { Presenter, Run } from './presenter.ts'
import { Questions } from './question.ts'
import { duration, endText, failureText, toldOnce } from './words.ts'

/** A task that takes longer shows its elapsed time. */
const ELAPSED_INTERVAL_MS = 1_000
const ELAPSED_FROM_MS = 3_000

/** The part of a listr2 task that we use. */
interface Line {
  title: string
  output: string
}

/**
 * A live list on a terminal: one line per task, drawn by listr2, each waiting for events of our scheduler. listr2's own signal
 * handling is off, because it would end the process at once.
 */
export function terminalPresenter(run: Run): Presenter {
  const live = new Live(run)
  return {
    read: (event) => live.read(event),
    ask: (text, closed) => live.ask(text, closed),
    close: () => live.close(),
  }
}

class Live {
  readonly #width: number
  readonly #entries: Map<string, Entry>
  /** Text to print below the list, at the end. */
  readonly #notes: string[] = []
  /** The tasks whose line a dry run has shown. */
  readonly #planned = new Set<string>()
  /** Messages that arrived while listr2 was starting. */
  readonly #early: string[] = []
  readonly #questions: Questions
  readonly #finish: (text: string) => string
  readonly #once = toldOnce()
  readonly #listr: { run(): Promise<unknown> }
  readonly #clock: NodeJS.Timeout
  readonly #ready: Promise<void>
  #isReady = () => {}
  #list: List | undefined
  #drawing: Promise<unknown> | undefined
  #begun = false
  #asking = false
  #asked: Promise<string | undefined> | undefined

  constructor(private readonly run: Run) {
    this.#finish = run.ink.on(run.lines)
    this.#questions = new Questions(run.streams, run.signal)
    this.#width = Math.max(...run.tasks.map((task) => task.name.length))
    this.#entries = new Map(
      run.tasks.map(({ name, description }) => [
        name,
        new Entry(name, name.padEnd(this.#width), description),
      ]),
    )
    this.#ready = new Promise<void>((resolve) => {
      this.#isReady = resolve
    })
    this.#listr = this.#newList()
    if (!run.line.quiet) run.lines.write(`${laidOut(run.subject, run.lines)}\n`)
    this.#clock = setInterval(() => {
      for (const entry of this.#entries.values()) entry.tick()
    }, ELAPSED_INTERVAL_MS).unref()
  }

  read(event: Stamped): void {
    if (event.event === 'end') {
      for (const entry of this.#entries.values()) entry.finish()
      this.#notes.push(endText(event))
      return
    }
    const entry = event.task === null ? undefined : this.#entries.get(event.task)
    // In a dry run, the first message about a task becomes its line.
    const first =
      event.event === 'log' && this.run.line.dryRun && event.task !== null && !this.#planned.has(event.task)
    if (event.event === 'log' && !(entry && first)) {
      this.#say(entry ? `${event.task}: ${event.message}` : event.message)
      return
    }
    if (!entry) {
      if (event.event === 'fail') this.#notes.push(failureText(event, event.task))
      return
    }
    this.#draw()
    if (event.event === 'progress') entry.output(event.message)
    else if (event.event === 'start') entry.begin(event.why)
    else if (event.event === 'log') {
      this.#planned.add(event.task!)
      entry.settle('waiting', event.message)
    } else if (event.event === 'skip') entry.settle('done', event.why)
    else if (event.event === 'done')
      entry.settle('done', `${event.message || entry.description} (${duration(event.ms)})`)
    else if (event.event === 'fail') entry.settle('failed', lineOf(this.#once(event), this.#width + 2))
  }

  async ask(text: string, closed?: string): Promise<string | undefined> {
    if (this.#drawing) await this.#ready
    this.#asking = true
    this.#list?.pause()
    this.#asked = this.#questions.ask(this.#finish(text), closed).finally(() => {
      this.#asking = false
      this.#list?.resume()
      if (this.#begun) this.#draw()
    })
    return this.#asked
  }

  async close(): Promise<void> {
    clearInterval(this.#clock)
    await this.#questions.end()
    await this.#asked?.catch(() => undefined)
    await this.#drawing
    this.#list?.conclude()
    if (this.#notes.length > 0)
      this.run.lines.write(`${this.#finish(laidOut(this.#notes.join('\n'), this.run.lines, 8))}\n`)
  }

  #newList(): { run(): Promise<unknown> } {
    const { lines } = this.run
    return new Listr(
      [...this.#entries.values()].map((entry) => ({
        title: entry.name,
        task: (_, wrapper) => entry.drive(wrapper as unknown as Line),
      })),
      {
        concurrent: true,
        exitOnError: false,
        registerSignalListeners: false,
        renderer: rendererFor(
          {
            terminal: lines,
            standing: (name) => this.#entries.get(name)?.standing ?? 'waiting',
            finish: this.#finish,
            indent: this.#width + 2,
          },
          (made) => {
            this.#list = made
            this.#isReady()
            for (const text of this.#early.splice(0)) this.#say(text)
          },
        ),
        rendererOptions: { collapseErrors: true, showErrorMessage: true },
      },
    )
  }

  #draw(): void {
    this.#begun = true
    if (!this.#asking) this.#drawing ??= this.#listr.run()
  }

  /** Prints above the list, or before it. */
  #say(text: string): void {
    if (this.#drawing && !this.#list) {
      this.#early.push(text)
      return
    }
    if (!this.#asking) this.#list?.pause()
    this.run.lines.write(`${this.#finish(laidOut(text, this.run.lines))}\n`)
    if (!this.#asking) this.#list?.resume()
  }
}

/** A failure as a line of the list, with its cause and advice below. An interruption is shown once, at the end. */
function lineOf(failure: FailureFacts, column: number): string {
  if (failure.code === 'INTERRUPTED') return 'interrupted'
  return failureText(failure).replaceAll('\n', `\n${' '.repeat(column - 2)}`)
}

/** One line of the list: stores its state until listr2 has started it, then passes it on. */
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
