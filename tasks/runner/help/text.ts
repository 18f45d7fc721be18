import type { options } from '../command-line.ts'

export type OptionName = keyof typeof options

/**
 * What there is to say about a task or a command beside what the Taskfile declares: its file exports it as `help`, and it is
 * loaded only when somebody asks. What is left out is not shown.
 */
export interface Help {
  /** When it counts as done. */
  checks?: string
  /** What running it does. */
  runs: string
  undo?: string
  /** The keys of the config that it reads; a section stands for all of its keys. */
  keys: readonly string[]
  /** The options that mean something special to it, and what. */
  options?: Partial<Record<OptionName, string>>
  /** The exit status, where it is not the usual one. */
  exit?: string
  /** Lines to run, without `npx task`; two at least. */
  examples: readonly string[]
}
