import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Failure } from '../../base/failure.ts'
import { isSystemError } from '../../base/file.ts'
import { isDead } from '../../base/process-identity.ts'
import { nearest } from '../../base/suggest.ts'
import type { Stamped } from '../events.ts'
import { byTime } from './journal.ts'
import { JOURNAL, type Opening, runsFolder, type Summary, Summing } from './record.ts'

/** A recorded run. */
export interface RunRecord {
  opening: Opening
  /** All events, in order; the last is the end event, unless the run did not get that far. */
  events: Stamped[]
  summary: Summary
}

/** Every recorded run, newest first. Unreadable ones are skipped. */
export async function listRuns(root: string): Promise<Summary[]> {
  const summaries: Summary[] = []
  for (const id of await idsIn(root)) {
    const run = await parseRun(root, id)
    if (run) summaries.push(run.summary)
  }
  return summaries
}

/** One run, by its id, or the newest one. Throws USAGE with similar ids. */
export async function readRun(root: string, id?: string): Promise<RunRecord> {
  const ids = await idsIn(root)
  for (const one of id === undefined ? ids : ids.filter((known) => known === id)) {
    const run = await parseRun(root, one)
    if (run) return run
  }
  if (ids.length === 0 || id === undefined)
    throw new Failure('USAGE', {
      message: 'no runs are recorded here',
      cause: 'only runs that bring something up or take it down are recorded',
      next: 'npx task bootstrap, then the same command again',
    })
  const near = [...new Set([...nearest(id, ids), ...ids.filter((one) => one.includes(id))])].slice(0, 3)
  throw new Failure('USAGE', {
    message: `there is no run ${JSON.stringify(id)}${near.length > 0 ? `, did you mean ${near.join(' or ')}?` : ''}`,
    next: `npx task runs lists them; the last one is ${ids[0]}`,
  })
}

async function idsIn(root: string): Promise<string[]> {
  const names = await readdir(runsFolder(root)).catch((error: unknown) => {
    if (isSystemError(error) && error.code === 'ENOENT') return []
    throw error
  })
  return names
    .filter((name) => name.endsWith(JOURNAL))
    .map((name) => name.slice(0, -JOURNAL.length))
    .sort(byTime)
    .reverse()
}

async function parseRun(root: string, id: string): Promise<RunRecord | undefined> {
  // It may have been removed in the meantime.
  const text = await readFile(path.join(runsFolder(root), `${id}${JOURNAL}`), 'utf8').catch(() => '')
  const [opening, ...events] = linesOf(text) as unknown as [Opening | undefined, ...Stamped[]]
  if (opening?.event !== 'run') return undefined
  const summing = new Summing({ ...opening, id })
  for (const event of events) summing.add(event)
  const ended = events.at(-1)?.event === 'end'
  const open = !ended && (await isDead(opening.process)) ? 'ended without a result' : 'running'
  return { opening: { ...opening, id }, events, summary: summing.summary(open) }
}

/** The complete lines: a kill or a full disk may have truncated one. */
function linesOf(text: string): Stamped[] {
  return text.split('\n').flatMap((line) => {
    try {
      const value = JSON.parse(line) as Stamped | null
      return typeof value?.event === 'string' ? [value] : []
    } catch {
      return []
    }
  })
}
