import { readFile, readlink } from 'node:fs/promises'
import os from 'node:os'

/** A process, named so that a later process can find out whether it is still running. */
export interface ProcessIdentity {
  pid: number
  host: string
  /** The process id namespace (a container has its own); '' where the system has none. */
  space: string
  /** Boot and moment of the start, by which a recycled process id shows; '' where the system does not say. */
  started: string
}

let own: Promise<ProcessIdentity> | undefined

/** This process. */
export function self(): Promise<ProcessIdentity> {
  own ??= describe()
  return own
}

async function describe(): Promise<ProcessIdentity> {
  const [space, started] = await Promise.all([
    readlink('/proc/self/ns/pid').catch(() => ''),
    startOf(process.pid),
  ])
  return { pid: process.pid, host: os.hostname(), space, started: started === 'dead' ? '' : started }
}

/** True only if it is certain, and then for ever: a process on another host or in another container counts as alive. */
export async function isDead(other: ProcessIdentity): Promise<boolean> {
  const here = await self()
  if (other.host !== here.host || other.space !== here.space) return false
  if (!isRunning(other.pid)) return true
  const started = await startOf(other.pid)
  if (started === 'dead') return true
  // It can have gone between the two looks.
  if (started === '') return !isRunning(other.pid)
  return other.started !== '' && started !== other.started
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process started, `<boot>/<ticks since boot>` (proc(5)); 'dead' for a zombie; '' if there is nothing to read. */
async function startOf(pid: number): Promise<string> {
  try {
    const [boot, status] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ])
    // The second field is the name in parentheses, which can hold anything; from the third on they are counted here.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
    const field = (number: number) => fields[number - 3]
    // A killed process can be a zombie while a thread of it still finishes a call to the system.
    if (field(3) === 'X' || (field(3) === 'Z' && Number(field(20)) <= 1)) return 'dead'
    return `${boot.trim()}/${field(22)}`
  } catch {
    return ''
  }
}
