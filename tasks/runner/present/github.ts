import type { FailureFacts } from '../events.ts'
import { failureText } from './words.ts'

// What the log of GitHub Actions obeys: "Workflow commands for GitHub Actions"; how the runner reads it: actions/runner,
// src/Runner.Common/ActionCommand.cs. A line that begins with `::`, after blanks too, and anything behind `##[` is taken for a command.

/** Whether what is written ends up in a log of GitHub Actions. */
export function isGitHubActions({ GITHUB_ACTIONS }: Record<string, string | undefined>): boolean {
  return GITHUB_ACTIONS === 'true'
}

/** A text that holds no command, whoever it is from. */
export function withoutCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, '$1: ').replaceAll('##[', '## [')
}

/** `::error title=CODE::…`: shown at the top of the run, and where it stands. */
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
 * Writes what tasks say in groups, a task a group. Tasks that run side by side must not mix in one: the lines of the others
 * are held until the group that is open has ended. A task that says one thing needs no group.
 */
export class Groups {
  #open: string | undefined
  readonly #held = new Map<string, { lines: string[]; after: string | undefined }>()

  constructor(private readonly output: { write(text: string): unknown }) {}

  /** What a task says; null: what belongs to none. */
  say(task: string | null, text: string): void {
    if (task === null) this.#write(text)
    else if (this.#open === undefined) this.#begin(task, [text])
    else if (this.#open === task) this.#write(text)
    else this.#hold(task, text)
  }

  /** The last that a task says; `failure` is annotated. */
  end(task: string, text: string, failure?: FailureFacts): void {
    const after = failure ? annotation(failure) : ''
    if (this.#open === task) {
      this.#write(text)
      this.output.write(END_GROUP + after)
      this.#goOn()
    } else if (this.#open === undefined) this.#whole(task, [text], after)
    else this.#hold(task, text, after)
  }

  /** Writes what is held, of tasks that have not come to an end, too. `failure`: of the run. */
  close(failure?: FailureFacts): void {
    if (this.#open !== undefined) this.output.write(END_GROUP)
    for (const [task, { after = '', lines }] of this.#held) this.#whole(task, lines, after)
    this.#held.clear()
    this.#open = undefined
    if (failure) this.output.write(annotation(failure))
  }

  /** Writes the tasks that have ended meanwhile, then goes on with the first of those that have not. */
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
