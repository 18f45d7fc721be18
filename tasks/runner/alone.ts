import { hostname } from 'node:os'
import { realClock } from '../base/clock.ts'
import { acquire, type Holder, type Lock } from '../base/lock.ts'
import type { CommandLine } from './command-line.ts'
import type { Selection } from './select.ts'
import type { Tools } from './task.ts'

/** Takes the lock at `place` for a run that changes something; waits until any other such run has ended. */
export async function holdAlone(place: string, line: CommandLine, { log, signal }: Tools): Promise<Lock> {
  // Without KEY=VALUE: secrets on the command line must not end up in a file.
  const holder = ['npx task', ...line.words, ...(line.undo ? ['--undo'] : [])].join(' ')
  return acquire(place, holder, {
    clock: realClock,
    wait: Number.POSITIVE_INFINITY,
    signal,
    waiting: (other) => log(waitingText(place, other)),
  })
}

/** Whether the command changes something, so that it must not run at the same time as another that does. */
export function changes(selection: Selection, line: CommandLine): boolean {
  if (line.dryRun || selection.kind === 'status') return false
  return selection.kind !== 'command' || selection.entry.options.alone === true
}

function waitingText(place: string, other: Holder | undefined): string {
  if (!other) return 'waiting for another run to end'
  const text = `waiting for another run to end: ${other.holder} (process ${other.pid} on ${other.host}, since ${other.since})`
  // Whether a process on another machine is still running cannot be known from here.
  return other.host === hostname() ? text : `${text}; if that machine is gone for good, remove ${place}`
}
