import type { Master, Reply } from './http.ts'
import { fieldsOf, optionalText } from './shape.ts'

/** Statuses where there is no log: Admin Router's of a DC/OS before 1.9, dcos-log's where it is not installed. */
const ABSENT = [404, 501]

export interface Wanted {
  /** Mesos's id of an agent; undefined for the leading master. */
  agentId: string | undefined
  /** A systemd unit; all of the journal by default. */
  unit: string | undefined
  /** How many of the newest lines. */
  lines: number
}

/** The last lines of a node's journal. Throws DCOS_… and AUTH_NEEDED; undefined if there is no dcos-log. */
export async function readJournal(master: Master, wanted: Wanted): Promise<string | undefined> {
  const reply = await firstPresent(master, pathsOf(wanted, 'range'), (path) =>
    master.ask('GET', path, undefined, 'text/plain'),
  )
  return reply?.text
}

/**
 * Follows a node's journal until the signal or the node ends it: each entry of the event stream as a line. False if there is no
 * dcos-log.
 */
export async function followJournal(
  master: Master,
  wanted: Wanted,
  write: (line: string) => void,
): Promise<boolean> {
  const reply = await firstPresent(master, pathsOf(wanted, 'stream'), (path) =>
    master.stream(path, 'text/event-stream', (body) => readEvents(body, write)),
  )
  return reply !== undefined
}

/**
 * The paths of a journal in dcos-log: through the leading Mesos master, or an agent (as in dcoscli 0.6.1). Without a route to the leader,
 * the master that answers returns its own.
 */
function pathsOf({ agentId, lines, unit }: Wanted, how: 'range' | 'stream'): string[] {
  const nodes = agentId === undefined ? ['/leader/mesos', ''] : [`/agent/${encodeURIComponent(agentId)}`]
  const filter = unit === undefined ? '' : `&filter=_SYSTEMD_UNIT:${encodeURIComponent(unit)}`
  return nodes.map((node) => `/system/v1${node}/logs/v1/${how}/?skip_prev=${lines}${filter}`)
}

/** The first answer from a path that exists; 204 is an empty journal. Throws the failure of any other answer. */
async function firstPresent(
  master: Master,
  paths: string[],
  ask: (path: string) => Promise<Reply>,
): Promise<Reply | undefined> {
  for (const path of paths) {
    const reply = await ask(path)
    if (reply.status === 200 || reply.status === 204) return reply
    if (!ABSENT.includes(reply.status)) master.accepted(path, reply)
  }
  return undefined
}

/** The entries of an event stream (WHATWG, "Server-sent events"), of which dcos-log sends one a `data:` line. */
async function readEvents(body: AsyncIterable<Buffer>, write: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of body) {
    const parts = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) if (line.startsWith('data:')) write(entryText(line.slice(5).trim()))
  }
}

/** An entry of the journal as journalctl shows it. */
function entryText(data: string): string {
  let entry: unknown
  try {
    entry = JSON.parse(data)
  } catch {
    return data
  }
  const { fields, realtime_timestamp: microseconds } = fieldsOf(entry)
  const { MESSAGE, SYSLOG_IDENTIFIER, _HOSTNAME, _SYSTEMD_UNIT } = fieldsOf(fields)
  const at = typeof microseconds === 'number' ? new Date(microseconds / 1000).toISOString() : undefined
  const from = optionalText(SYSLOG_IDENTIFIER) ?? optionalText(_SYSTEMD_UNIT)
  return [at, optionalText(_HOSTNAME), from && `${from}:`, optionalText(MESSAGE)].filter(Boolean).join(' ')
}
