import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Project } from './project.ts'

/** The path of a program, or its bare name if it is not installed. */
export function programPath(name: string): string {
  const files = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, name))
  return files.find((file) => existsSync(file)) ?? name
}

export const tmux = programPath('tmux')

const PATIENCE_MS = 20_000
const LOOK_MS = 50

/** A real terminal with a shell in a project's folder, with a readable screen. */
export class Terminal {
  private readonly socket: string
  private count = 0

  constructor(
    private readonly project: Project,
    readonly columns: number,
    readonly rows: number,
    environment: Record<string, string> = {},
  ) {
    this.socket = project.path(`.tmux-${columns}x${rows}-${process.hrtime.bigint()}`)
    const surroundings = {
      PATH: process.env.PATH!,
      HOME: project.home,
      TERM: 'screen-256color',
      LANG: 'C.UTF-8',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...environment,
    }
    const words = Object.entries(surroundings).flatMap(([key, value]) => ['-e', `${key}=${value}`])
    // The shell prints nothing itself, so that the screen shows only the command's output.
    this.tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      `${columns}`,
      '-y',
      `${rows}`,
      ...words,
      "PS1='$ ' exec sh",
    )
    this.tmux('set', '-g', 'status', 'off')
    this.tmux('set', '-g', 'window-size', 'manual')
    this.resize(columns, rows)
  }

  /** Clears the screen and runs `task WORDS`; the line after it shows the exit status, for `ends`. */
  run(words: string): void {
    this.count++
    this.shell(`clear; ${process.execPath} tasks/runner/bin.js ${words}; echo "exit ${this.count}: $?."`)
  }

  shell(line: string): void {
    this.tmux('send-keys', '-l', line)
    this.keys('Enter')
  }

  keys(...keys: string[]): void {
    this.tmux('send-keys', ...keys)
  }

  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`)
  }

  /**
   * Changes the size just after something was drawn: output during the terminal's reflow lands in the
   * wrong place, whatever the program does.
   */
  async resizeAfterDrawing(columns: number, rows: number): Promise<void> {
    const before = this.screen()
    const deadline = performance.now() + 1_000
    while (this.screen() === before && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 2))
    this.resize(columns, rows)
  }

  /** The lines on the screen, without trailing blanks. `escapes` keeps the colours. */
  screen({ escapes = false, history = false } = {}): string {
    const words = [...(escapes ? ['-e'] : []), ...(history ? ['-S', '-1000'] : [])]
    return this.tmux('capture-pane', '-p', ...words)
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd()
  }

  /** Waits until the screen shows a text, and returns the screen. */
  async shows(pattern: RegExp): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const screen = this.screen()
      if (pattern.test(screen)) return screen
      const over = screen.includes(`exit ${this.count}: `) && !screen.includes('$?')
      if (over || performance.now() > deadline)
        throw new Error(`${pattern} never appeared:\n${this.screen({ history: true })}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  /** Waits for the end of the command, and returns the screen. */
  ends(status: number): Promise<string> {
    return this.shows(new RegExp(`^exit ${this.count}: ${status}\\.$`, 'm'))
  }

  /** Whether the cursor is visible, and the terminal's input settings. */
  async state(): Promise<{ cursor: string; modes: string }> {
    const cursor = this.tmux('display', '-p', '#{cursor_flag}').trim()
    // Only this terminal: another may be queried at the same time.
    const file = `${this.socket}.stty`
    this.count++
    this.shell(`clear; stty -a > ${file}; echo stty "done".`)
    await this.shows(/^stty done\.$/m)
    const modes = spawnSync('cat', [file], { encoding: 'utf8' }).stdout.replace(/rows \d+; columns \d+;/, '')
    return { cursor, modes }
  }

  close(): void {
    spawnSync(tmux, ['-S', this.socket, 'kill-server'])
  }

  private tmux(...words: string[]): string {
    const { status, stderr, stdout } = spawnSync(tmux, ['-S', this.socket, ...words], {
      encoding: 'utf8',
      cwd: this.project.folder,
      // The terminal of the test run itself must not matter.
      env: { ...process.env, LANG: 'C.UTF-8', FORCE_COLOR: undefined },
    })
    if (status !== 0) throw new Error(`tmux ${words.join(' ')}: ${stderr}`)
    return stdout
  }
}
