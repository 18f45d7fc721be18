import { DefaultRenderer, figures, type ListrDefaultRendererTask as Task } from 'listr2'
import { fitted, truncated, wrapped } from './layout.ts'
import { Screen, type Size } from './screen.ts'

/** The state of a line of the list. listr2 starts all lines at once; to the reader, a line starts when its task does. */
export type Standing = 'waiting' | 'running' | 'done' | 'failed'

/** The minimum time between redraws: listr2 redraws everything at every event, which can cost more than the work. */
const REDRAW_INTERVAL_MS = 80

const marks = { waiting: '·', done: figures.tick, failed: figures.cross }

export interface ListOptions {
  terminal: NodeJS.WriteStream
  /** The state of a line, by its initial title. */
  standing(title: string): Standing
  /** Colours a line, if colours are enabled. */
  finish(line: string): string
  /** The indentation of a message's continuation lines. */
  indent: number
}

/** What the presenter needs from the renderer: it can pause for a question, and ends on request. */
export interface List {
  pause(): void
  resume(): void
  /** Prints the final list, with nothing truncated. */
  conclude(): void
}

/** Queries the terminal's size, and emits `resize` if it has changed: a Node method missing in its types. */
interface Sized {
  _refreshSize(): void
}

/** The parts of the renderer that are private in TypeScript. */
interface Inside {
  updater: { (text: string): void; clear(): void; done(): void }
  cache: { render: Map<string, string[]> }
  logger: { process: { hijack(): void; release(): void; toStdout(text: string, endOfLine: boolean): void } }
  spinner: { fetch(): string }
}

/**
 * listr2's renderer on top of our own screen, which knows the terminal's size, draws no more often than a person can see, and
 * restores the terminal. `made` is called with the renderer once listr2 has created it.
 */
export function rendererFor(options: ListOptions, made: (list: List) => void) {
  const { finish, indent, standing, terminal } = options
  const size = (): Size => ({ columns: terminal.columns || 80, rows: terminal.rows || 24 })

  return class extends DefaultRenderer {
    #paused = false
    #drawn = 0
    #whole = false
    readonly #inside = this as unknown as Inside
    readonly #screen = new Screen((text) => this.#inside.logger.process.toStdout(text, false), size)
    /** Ctrl-Z restores the terminal for the shell; `fg` draws the list again. */
    readonly #suspended = () => {
      const drawn = !this.#paused
      if (drawn) this.pause()
      process.once('SIGCONT', () => {
        if (drawn) this.resume()
      })
      process.kill(process.pid, 'SIGSTOP')
    }
    readonly #resized = () => {
      this.#inside.cache.render.clear()
      this.#drawn = 0
      this.update()
    }

    override async render(): Promise<void> {
      await super.render()
      const screen = this.#screen
      const draw = (text: string) => screen.draw(fitted(text === '' ? [] : text.split('\n'), size(), marks))
      this.#inside.updater = Object.assign(draw, { clear: () => screen.clear(), done: () => screen.done() })
      terminal.on('resize', this.#resized)
      process.on('SIGTSTP', this.#suspended)
      made(this)
    }

    override update(): void {
      // Node learns of a new size by a signal that arrives later, and a frame laid out for the old width leaves rows behind.
      ;(terminal as Partial<Sized>)._refreshSize?.()
      const now = performance.now()
      if (this.#paused || now - this.#drawn < REDRAW_INTERVAL_MS) return
      this.#drawn = now
      super.update()
    }

    /** listr2 ends when every line is done, but the run may still ask a question then. */
    override end(): void {}

    conclude(): void {
      terminal.off('resize', this.#resized)
      process.off('SIGTSTP', this.#suspended)
      if (this.#paused) this.resume()
      this.#whole = true
      this.#inside.cache.render.clear()
      super.end()
    }

    pause(): void {
      this.#paused = true
      this.#screen.clear()
      this.#inside.logger.process.release()
    }

    resume(): void {
      this.#paused = false
      this.#inside.logger.process.hijack()
      this.#drawn = 0
      this.update()
    }

    protected override style(task: Task, output?: boolean): string {
      if (output) return figures.pointerSmall
      const how = standing(task.initialTitle ?? '')
      return how === 'running' ? this.#inside.spinner.fetch() : marks[how]
    }

    protected override format(message: string, icon: string, level: number): string[] {
      const margin = ' '.repeat(level * 2)
      const { columns } = size()
      const failed = icon.includes(marks.failed)
      // The last column stays free: in some terminals a full row already begins the next.
      const room = columns - margin.length - 3
      const text =
        failed || this.#whole ? wrapped(message, room, indent) : truncated(message.split('\n')[0]!, room)
      return text
        .split('\n')
        .map((line, index) => finish(`${margin}${index === 0 ? `${icon} ` : '  '}${line}`))
    }
  }
}
