import { Failure } from '../base/failure.ts'
import { send } from '../http/send.ts'
import type { Master } from './http.ts'

/** A journal is at a path of dcos-log: the leading master's own, or an agent's, by its Mesos id (dcos-log, "API"). */
function journal(
  agentId: string | undefined,
  how: 'range' | 'stream',
  unit: string | undefined,
  lines: number,
): string {
  const node = agentId === undefined ? '' : `/agent/${encodeURIComponent(agentId)}`
  const filter = unit === undefined ? '' : `&filter=_SYSTEMD_UNIT:${encodeURIComponent(unit)}`
  return `/system/v1${node}/logs/v1/${how}/?skip_prev=${lines}${filter}`
}

export interface Wanted {
  /** Undefined for the leading master. */
  agentId: string | undefined
  /** A systemd unit; all of the journal by default. */
  unit: string | undefined
  /** How many of the newest lines. */
  lines: number
}

/** The last lines of a node's journal. Throws DCOS_… and AUTH_NEEDED; undefined where there is no dcos-log (before DC/OS 1.9). */
export async function readJournal(
  master: Master,
  { agentId, lines, unit }: Wanted,
): Promise<string | undefined> {
  const path = journal(agentId, 'range', unit, lines)
  const reply = await master.ask('GET', path, undefined, 'text/plain')
  if (reply.status === 200) return reply.text
  if (reply.status === 204) return ''
  if (reply.status === 404) return undefined
  master.accepted(path, reply)
  return undefined
}

/** Follows a node's journal until the signal or the node ends it: each entry of the event stream as a line. */
export async function followJournal(
  master: Master,
  { agentId, lines, unit }: Wanted,
  token: string | undefined,
  signal: AbortSignal,
  write: (line: string) => void,
): Promise<void> {
  const url = new URL(master.url + journal(agentId, 'stream', unit, lines))
  const headers = { accept: 'text/event-stream', ...(token ? { authorization: `token=${token}` } : {}) }
  const { body, reason, status } = await send(url, { headers, signal })
  if (status !== 200) {
    body.destroy()
    throw new Failure('DCOS_UNHEALTHY', {
      message: `${url.origin}${url.pathname} answers ${status} ${reason}`.trim(),
      next: 'npx task logs without -f shows what there is',
    })
  }
  let rest = ''
  for await (const piece of body.setEncoding('utf8') as AsyncIterable<string>) {
    const parts = (rest + piece).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) if (line.startsWith('data:')) write(entryText(line.slice(5).trim()))
  }
}

/** An entry of the journal as journalctl shows it. */
function entryText(data: string): string {
  try {
    const { fields = {}, realtime_timestamp: microseconds } = JSON.parse(data) as {
      fields?: Record<string, string>
      realtime_timestamp?: number
    }
    const at = microseconds === undefined ? '' : new Date(microseconds / 1000).toISOString()
    const from = fields.SYSLOG_IDENTIFIER ?? fields._SYSTEMD_UNIT ?? ''
    return [at, fields._HOSTNAME, from && `${from}:`, fields.MESSAGE].filter(Boolean).join(' ')
  } catch {
    return data
  }
}
