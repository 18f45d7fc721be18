import { DefaultRenderer, Listr, type ListrDefaultRendererTask as Task } from 'listr2'
import type { Stamped } from '../events.ts'
import type { Presenter, Run } from './presenter.ts'
import { question } from './question.ts'
import { duration, endText, failureText } from './words.ts'

/** The list is redrawn at most this often: listr2 redraws everything at every event, which can cost more than the work. */
const REDRAW_INTERVAL_MS = 80

/** What we use of a listr2 task. */
interface Line {
  title: string
  output: string
  skip(message: string): void
}

/** listr2's renderer, which can step aside for a question and draws no more often than a person can see. */
class PausableRenderer extends DefaultRenderer {
  static current: PausableRenderer | undefined
  /** The lines on which something has happened; the others wait. */
  static readonly begun = new Set<string>()
  #paused = false
  #drawn = 0

  override async render(): Promise<void> {
    PausableRenderer.current = this
    await super.render()
  }

  override update(): void {
    const now = performance.now()
    if (this.#paused || now - this.#drawn < REDRAW_INTERVAL_MS) return
    this.#drawn = now
    super.update()
  }

  override end(): void {
    if (this.#paused) this.resume()
    super.end()
  }

  /** listr2 has started every line at once; to the reader one has begun when its task has. */
  protected override style(task: Task, output?: boolean): string {
    const waiting = !output && task.isStarted() && !PausableRenderer.begun.has(task.initialTitle ?? '')
    return waiting ? '·' : super.style(task, output)
  }

  pause(): void {
    this.#paused = true
    const { updater, logger } = this as unknown as Inside
    updater.clear()
    updater.done()
    logger.process.release()
  }

  resume(): void {
    this.#paused = false
    ;(this as unknown as Inside).logger.process.hijack()
  }
}

/** The parts of the renderer that TypeScript calls private. */
interface Inside {
  updater: { clear(): void; done(): void }
  logger: { process: { hijack(): void; release(): void } }
}

/**
 * A live list on a terminal: one line a task, drawn by listr2, each waiting for what our scheduler reports. Our own
 * signal handling stays in charge: listr2's would end the process at once.
 */
export function terminalPresenter(run: Run): Presenter {
  const entries = new Map(run.tasks.map((task) => [task.name, entry(`${task.name}: ${task.description}`)]))
  const notes: string[] = []
  /** Prints above the list, or where it will be. */
  const say = (text: string) => {
    PausableRenderer.current?.pause()
    run.lines.write(`${text}\n`)
    PausableRenderer.current?.resume()
  }
  const list = new Listr(
    [...entries.values()].map((line) => ({
      title: line.title,
      task: (_, wrapper) => line.drive(wrapper as unknown as Line),
    })),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: PausableRenderer,
      rendererOptions: { collapseErrors: false, showErrorMessage: true, formatOutput: 'truncate' },
    },
  )
  let drawing: Promise<unknown> | undefined
  if (!run.line.quiet) run.lines.write(`${run.subject}\n`)
  const start = () => {
    drawing ??= list.run()
    return drawing
  }

  const read = (event: Stamped) => {
    if (event.event === 'end') {
      for (const line of entries.values()) line.finish()
      notes.push(endText(event))
      return
    }
    const line = event.task === null ? undefined : entries.get(event.task)
    if (!line) {
      if (event.event === 'log') say(event.message)
      else if (event.event === 'fail') notes.push(failureText(event, event.task))
      return
    }
    void start()
    if (event.event !== 'log') PausableRenderer.begun.add(line.title)
    if (event.event === 'progress') line.output(event.message)
    else if (event.event === 'log') line.log(event.message)
    else if (event.event === 'start') line.begin(event.why)
    else if (event.event === 'skip') line.settle('done', event.why)
    else if (event.event === 'done')
      line.settle(
        'done',
        `${event.message || line.title.slice(event.task.length + 2)} (${duration(event.ms)})`,
      )
    else if (event.event === 'fail') line.settle('failed', failureText(event))
  }

  return {
    read,
    ask: async (text) => {
      const renderer = PausableRenderer.current
      renderer?.pause()
      try {
        return await question(text, run.streams)
      } finally {
        renderer?.resume()
      }
    },
    close: async () => {
      if (drawing) await drawing
      if (notes.length > 0) run.lines.write(`${notes.join('\n')}\n`)
    },
  }
}

/** One line of the list: collects what happened until listr2 has started it, then passes it on. */
function entry(title: string) {
  let wrapper: Line | undefined
  let settled: { how: 'done' | 'failed' | 'never'; text: string } | undefined
  let wake = () => {}
  let pending = ''
  return {
    title,
    begin(why: string) {
      pending = why
      if (wrapper) wrapper.output = why
    },
    output(text: string) {
      pending = text
      if (wrapper) wrapper.output = text
    },
    log(text: string) {
      if (wrapper) wrapper.output = text
      else pending = text
    },
    settle(how: 'done' | 'failed', text: string) {
      settled = { how, text }
      wake()
    },
    finish() {
      settled ??= { how: 'never', text: 'not started' }
      wake()
    },
    async drive(line: Line) {
      wrapper = line
      if (pending) line.output = pending
      if (!settled) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const { how, text } = settled!
      if (how === 'failed') throw new Error(text)
      if (how === 'never') line.skip(`${title} (${text})`)
      else if (text) line.title = `${title.split(':')[0]}: ${text}`
    },
  }
}
