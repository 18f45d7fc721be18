import { readFile, readlink } from 'node:fs/promises'
import os from 'node:os'

/** Identifies a process, so that a later one can find out whether it is still running. */
export interface ProcessIdentity {
  pid: number
  host: string
  /** The process id namespace (a container has its own); '' if the system has none. */
  space: string
  /** Boot id and start time, which reveal a recycled process id; '' if the system does not report them. */
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

/** True only if it is certain, and then forever: a process on another host or in another container counts as alive. */
export async function isDead(other: ProcessIdentity): Promise<boolean> {
  const here = await self()
  if (other.host !== here.host || other.space !== here.space) return false
  if (!isRunning(other.pid)) return true
  const started = await startOf(other.pid)
  if (started === 'dead') return true
  // It may have ended between the two checks.
  if (started === '') return !isRunning(other.pid)
  return other.started !== '' && started !== other.started
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is alive, but belongs to another user
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
    // The second field is the name in parentheses, which can contain anything; `fields` begins with the third.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
    const field = (number: number) => fields[number - 3]
    // A killed process can be a zombie while one of its threads still finishes a system call.
    if (field(3) === 'X' || (field(3) === 'Z' && Number(field(20)) <= 1)) return 'dead'
    return `${boot.trim()}/${field(22)}`
  } catch {
    return ''
  }
}
