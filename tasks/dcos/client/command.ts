import type { Master } from '../http.ts'

/** The settings of the built-in client. */
export interface ClientUse {
  /** The cluster's URL. */
  url: string
  token?: string | undefined
  /** Path of a PEM file, for https. */
  caCert?: string | undefined
  clusterName: string
  /** As in `DcosOptions`. */
  patienceMs?: number | undefined
  /** The version of DC/OS, as far as known. */
  version: string
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown }
  stdin: AsyncIterable<string | Uint8Array>
  signal: AbortSignal
}

/** A command's parsed arguments and options. */
export interface Line {
  words: string[]
  json: boolean
  force: boolean
}

export interface Command {
  /** As typed: `marathon app add`. */
  name: string
  /** Its arguments, as help shows them: `[FILE]`. */
  usage?: string
  summary: string
  /** The minimum and maximum number of arguments. */
  takes?: [least: number, most: number]
  options?: ('json' | 'force')[]
  /** Returns what to print on stdout. Throws a Failure or a Complaint. */
  run(master: Master, line: Line, use: ClientUse): Promise<string>
}

/** The request cannot be carried out: printed on a line after `Error:`, exit status 1. */
export class Complaint extends Error {}
