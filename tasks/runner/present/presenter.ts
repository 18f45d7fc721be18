import type { CommandLine } from '../command-line.ts'
import type { Reader } from '../events.ts'
import type { Ink } from './ink.ts'

/** Shows a run to somebody: reads its events and puts its questions. */
export interface Presenter {
  read: Reader
  /** Undefined when there is nobody to ask. Throws the signal's reason. */
  ask(question: string, closed?: string): Promise<string | undefined>
  /** Everything has been shown when it resolves. */
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
  /** The tasks that will be looked at, in order. */
  tasks: { name: string; description: string }[]
  /** Where our own lines go: stderr when a command owns stdout. */
  lines: NodeJS.WriteStream
  /** Which cluster, in a few words. */
  subject: string
  /** TERM: what kind of terminal it is, if it is one. */
  terminal: string | undefined
  ink: Ink
  /** Ends a question. */
  signal: AbortSignal
}
