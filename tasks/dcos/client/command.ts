import type { Master } from '../http.ts'

/** What the built-in client is given. */
export interface ClientUse {
  /** Where the cluster answers. */
  url: string
  token?: string | undefined
  /** Path of a PEM file, for https. */
  caCert?: string | undefined
  clusterName: string
  /** As of `DcosOptions`. */
  patienceMs?: number | undefined
  /** The version of DC/OS, as far as known. */
  version: string
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown }
  stdin: AsyncIterable<string | Uint8Array>
  signal: AbortSignal
}

/** A command's own words and options, read. */
export interface Line {
  words: string[]
  json: boolean
  force: boolean
}

export interface Command {
  /** As it is typed, `marathon app add`. */
  name: string
  /** Its arguments for the help, `[FILE]`. */
  usage?: string
  summary: string
  /** How many arguments it takes, at least and at most. */
  takes?: [least: number, most: number]
  options?: ('json' | 'force')[]
  /** What it prints on stdout. Fails with a Failure or a Complaint. */
  run(master: Master, line: Line, use: ClientUse): Promise<string>
}

/** What the user asked for is not possible: said in a line after `Error:`, exit status 1. */
export class Complaint extends Error {}
