import { closeSync, openSync, readdirSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { makePrivateFolder, PRIVATE_FILE } from '../../base/file.ts'
import { self } from '../../base/process-identity.ts'
import { jsonText } from '../../base/terminal-text.ts'
import type { Event, Reader, Stamped } from '../events.ts'
import { JOURNAL, LAST, type Last, type Opening, Summing } from './record.ts'

/** The number of runs to keep. */
const MAX_RUNS = 50

export interface Journal {
  read: Reader
  /** Records an event that no presenter shows. */
  note(event: Event): void
}

interface Options {
  folder: string
  opening: Omit<Opening, 'time' | 'event' | 'id' | 'process'>
  /** Removes secrets from a value. */
  mask<Value>(value: Value): Value
  log(message: string): void
}

/** Records a run: each event is written at once, so that nothing is lost however the run ends. Never fails: a disk error is logged once. */
export async function openJournal({ folder, log, mask, opening }: Options): Promise<Journal> {
  let file: number | undefined
  const orGiveUp = (body: () => void) => {
    try {
      body()
    } catch (error) {
      if (file !== undefined) close(file)
      file = undefined
      log(`this run cannot be recorded in ${folder}: ${(error as Error).message}`)
    }
  }
  const time = new Date().toISOString()
  const head = { time, event: 'run' as const, ...mask(opening), process: await self() }
  let whole: Opening | undefined
  let summing: Summing | undefined
  const write = (value: unknown) => writeSync(file!, `${jsonText(value)}\n`)
  try {
    await makePrivateFolder(folder)
    orGiveUp(() => {
      const { id, opened } = create(folder, time)
      file = opened
      whole = { ...head, id }
      summing = new Summing(whole)
      write(whole)
      keepLast(folder, { ...summing.summary('running'), pid: process.pid })
      sweep(folder)
    })
  } catch (error) {
    log(`this run cannot be recorded: ${(error as Error).message}`)
  }
  const read = (event: Stamped) => {
    if (file === undefined) return
    orGiveUp(() => {
      const masked = mask(event)
      summing!.add(masked)
      write(masked)
      if (event.event !== 'end') return
      close(file!)
      file = undefined
      keepLast(folder, { ...summing!.summary('running'), pid: process.pid })
    })
  }
  return { read, note: (event) => read({ time: new Date().toISOString(), ...event } as Stamped) }
}

/** Creates a new file, named by the time: the names sort chronologically. */
function create(folder: string, time: string): { id: string; opened: number } {
  const base = time.slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  for (let count = 1; ; count++) {
    const id = count === 1 ? base : `${base}-${count}`
    try {
      return { id, opened: openSync(path.join(folder, `${id}${JOURNAL}`), 'wx', PRIVATE_FILE) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** Replaces the file atomically: others read it at any time. */
function keepLast(folder: string, last: Last): void {
  const file = path.join(folder, LAST)
  const draft = `${file}.${process.pid}`
  try {
    writeFileSync(draft, `${jsonText(last)}\n`, { mode: PRIVATE_FILE })
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** Removes the files of all but the most recent runs. */
function sweep(folder: string): void {
  const names = readdirSync(folder)
  const ids = names.filter((name) => name.endsWith(JOURNAL)).map((name) => name.slice(0, -JOURNAL.length))
  const old = new Set(ids.sort(byTime).slice(0, -MAX_RUNS))
  for (const name of names)
    if (old.has(name.replace(/\.\w+$/, ''))) rmSync(path.join(folder, name), { force: true })
}

/** Length of `20261125-224403`. */
const BASE = 15

/** `20261125-224403-10` comes after `20261125-224403-9`. */
export function byTime(one: string, other: string): number {
  const [base, otherBase] = [one.slice(0, BASE), other.slice(0, BASE)]
  if (base !== otherBase) return base < otherBase ? -1 : 1
  return Number(one.slice(BASE + 1)) - Number(other.slice(BASE + 1))
}

function close(file: number): void {
  try {
    closeSync(file)
  } catch {
    // What was written stays.
  }
}
