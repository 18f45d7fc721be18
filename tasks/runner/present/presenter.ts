import type { CommandLine } from '../command-line.ts'
import type { Reader } from '../events.ts'
import type { Ink } from './ink.ts'

/** Shows a run to the user: reads its events and asks its questions. */
export interface Presenter {
  read: Reader
  /** Undefined without a user to ask. Throws the signal's reason. */
  ask(question: string, closed?: string): Promise<string | undefined>
  /** Resolves when everything has been shown. */
  close(): Promise<void>
}

export interface Streams {
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
}

/** What a presenter knows about the run it shows. */
export interface Run {
  streams: Streams
  line: CommandLine
  /** The tasks that will be checked, in order. */
  tasks: { name: string; description: string }[]
  /** Where our own lines go: stderr when a command owns stdout. */
  lines: NodeJS.WriteStream
  /** A short description of the cluster. */
  subject: string
  /** The value of TERM. */
  terminal: string | undefined
  ink: Ink
  /** Cancels a question. */
  signal: AbortSignal
}
