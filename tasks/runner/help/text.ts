import type { options } from '../command-line.ts'

export type OptionName = keyof typeof options

/**
 * The help for a task or a command in addition to what the Taskfile declares: its file exports it as `help`, and it is loaded
 * only on demand. Omitted fields are not shown.
 */
export interface Help {
  /** When it counts as done. */
  checks?: string
  /** What running it does. */
  runs: string
  undo?: string
  /** The config keys that it reads; a section stands for all of its keys. */
  keys: readonly string[]
  /** The options that have a special meaning for it. */
  options?: Partial<Record<OptionName, string>>
  /** The exit status, if it is not the usual one. */
  exit?: string
  /** Commands to run, without `npx task`; at least two. */
  examples: readonly string[]
}
