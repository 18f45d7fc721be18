import type { FailureFacts } from '../events.ts'
import { failureText } from './words.ts'

// Commands in logs of GitHub Actions: "Workflow commands for GitHub Actions"; how the runner parses them: actions/runner,
// src/Runner.Common/ActionCommand.cs. A line that begins with `::`, after optional blanks, and anything after `##[` is a command.

/** Whether the output goes to a log of GitHub Actions. */
export function isGitHubActions({ GITHUB_ACTIONS }: Record<string, string | undefined>): boolean {
  return GITHUB_ACTIONS === 'true'
}

/** Changes a text from any source so that it contains no command. */
export function withoutCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, '$1: ').replaceAll('##[', '## [')
}

/** `::error title=CODE::…`: shown in the summary of the run and at this place in the log. */
export function annotation(failure: FailureFacts): string {
  const { code } = failure
  const text = failureText(failure)
  return `::error title=${property(code)}::${data(text.startsWith(`${code} `) ? text.slice(code.length + 1) : text)}\n`
}

const END_GROUP = '::endgroup::\n'

function data(text: string): string {
  return withoutCommands(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/**
 * Writes the lines of tasks in groups, one group per task. Lines of concurrent tasks must not mix: those of other tasks are
 * buffered until the open group has ended. A task with a single line needs no group.
 */
export class Groups {
  #open: string | undefined
  readonly #held = new Map<string, { lines: string[]; after: string | undefined }>()

  constructor(private readonly output: { write(text: string): unknown }) {}

  /** Writes a line of a task; null: of no task. */
  say(task: string | null, text: string): void {
    if (task === null) this.#write(text)
    else if (this.#open === undefined) this.#begin(task, [text])
    else if (this.#open === task) this.#write(text)
    else this.#hold(task, text)
  }

  /** Writes the last line of a task; `failure` is annotated. */
  end(task: string, text: string, failure?: FailureFacts): void {
    const after = failure ? annotation(failure) : ''
    if (this.#open === task) {
      this.#write(text)
      this.output.write(END_GROUP + after)
      this.#goOn()
    } else if (this.#open === undefined) this.#whole(task, [text], after)
    else this.#hold(task, text, after)
  }

  /** Writes everything buffered, including lines of unfinished tasks. `failure` is that of the run. */
  close(failure?: FailureFacts): void {
    if (this.#open !== undefined) this.output.write(END_GROUP)
    for (const [task, { after = '', lines }] of this.#held) this.#whole(task, lines, after)
    this.#held.clear()
    this.#open = undefined
    if (failure) this.output.write(annotation(failure))
  }

  /** Writes the tasks that have ended in the meantime, then continues with the first unfinished one. */
  #goOn(): void {
    this.#open = undefined
    for (const [task, { after, lines }] of this.#held) {
      if (after === undefined) continue
      this.#held.delete(task)
      this.#whole(task, lines, after)
    }
    const [next] = this.#held
    if (!next) return
    const [task, { lines }] = next
    this.#held.delete(task)
    this.#begin(task, lines)
  }

  #begin(task: string, lines: string[]): void {
    this.#open = task
    this.output.write(`::group::${data(task)}\n`)
    for (const line of lines) this.#write(line)
  }

  #whole(task: string, lines: string[], after: string): void {
    if (lines.length > 1) this.#begin(task, lines)
    else for (const line of lines) this.#write(line)
    this.output.write((lines.length > 1 ? END_GROUP : '') + after)
    this.#open = undefined
  }

  #hold(task: string, text: string, after?: string): void {
    const { lines } = this.#held.get(task) ?? { lines: [] }
    this.#held.set(task, { lines: [...lines, text], after })
  }

  #write(text: string): void {
    this.output.write(withoutCommands(text))
  }
}
