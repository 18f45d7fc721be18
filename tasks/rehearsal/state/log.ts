import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { Change, Entry } from './entries.ts'
import { World } from './world.ts'

/** A line besides the change: the offset at which its writer meant it to be, who wrote it, and the time of this machine's clock. */
type Line = Entry & { base: number; by: string; wall?: number }

const LINE_FEED = 0x0a
/** Ends a torn line: whatever part of it was written, followed by this it is not JSON. */
const SEAL = '~\n'

/**
 * The rehearsal's only state: an append-only file of accepted changes, one JSON object a line.
 *
 * There is no lock for a killed process to leave behind. A writer records in its line the offset at which it decided
 * (`base`); the line counts only if it is at that offset. If another process's line got in between, it is void for every
 * reader, and its writer decides again on the current state. Appends go to the end of the file in one write
 * (O_APPEND). A line torn by a crash is not JSON, and is ignored.
 */
export class Log {
  private readonly file: string
  private world = new World()
  private offset = 0
  /** Bytes after the last line feed when the file was last read: a torn line. */
  private tail = 0
  /** Distinguishes the file from another one that replaced it: inodes are reused. */
  private identity = ''
  private pending = ''
  private won = false

  constructor(folder: string) {
    this.file = path.join(folder, 'log.ndjson')
  }

  /** Everything accepted so far. Reads only what was appended since the last call. */
  read(): World {
    const status = statSync(this.file, { throwIfNoEntry: false })
    const size = status?.size ?? 0
    const identity = status ? `${status.ino} ${status.birthtimeMs}` : ''
    if (size < this.offset || (this.offset > 0 && identity !== this.identity)) {
      this.world = new World()
      this.offset = 0
      this.tail = 0
    }
    this.identity = identity
    if (size > this.offset + this.tail) this.consume(this.bytes(size))
    this.tail = size - this.offset
    return this.world
  }

  /** Decides on the current state and appends the change, if any. `decide` may be called several times. */
  commit<T>(decide: (world: World, at: number) => { change?: Change | undefined; answer: T }): T {
    for (;;) {
      const world = this.read()
      const at = this.now(world)
      const { change, answer } = decide(world, at)
      if (!change || this.append({ ...change, at })) return answer
    }
  }

  /**
   * The rehearsed time, in milliseconds since 1970: it runs from the last accepted change as this machine's clock does. If the clock
   * was set back since then, that is recorded, and the rehearsed time continues from where it was.
   */
  now(world = this.read()): number {
    if (world.lastAt === 0) return Date.now()
    const passed = Date.now() - world.lastWall
    if (passed >= 0) return world.lastAt + passed
    try {
      this.append({ type: 'SetClock', at: world.lastAt })
    } catch {
      // If nothing can be written, time stops, and everything can still be read.
    }
    return world.lastAt
  }

  private append(entry: Entry): boolean {
    const size = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0
    // Another process was faster: the decision may no longer hold.
    if (size !== this.offset + this.tail) return false
    const seal = this.tail > 0 ? SEAL : ''
    const base = size + seal.length
    this.pending = randomUUID()
    this.won = false
    const line: Line = { base, by: this.pending, wall: Date.now(), ...entry }
    const bytes = Buffer.from(`${seal}${JSON.stringify(line)}\n`)
    mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 })
    const file = openSync(this.file, 'a', 0o600)
    try {
      const written = writeSync(file, bytes)
      if (written < bytes.length) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
    } finally {
      closeSync(file)
    }
    this.read()
    return this.won
  }

  private bytes(size: number): Buffer {
    const buffer = Buffer.allocUnsafe(size - this.offset)
    const file = openSync(this.file, 'r')
    try {
      return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, this.offset))
    } finally {
      closeSync(file)
    }
  }

  private consume(bytes: Buffer): void {
    let start = 0
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      this.accept(bytes.toString('utf8', start, end), this.offset + start)
      start = end + 1
    }
    this.offset += start
  }

  private accept(text: string, at: number): void {
    let line: Line
    try {
      line = JSON.parse(text) as Line
    } catch {
      return
    }
    if (line.base !== at) return
    if (line.by === this.pending) this.won = true
    this.world.apply(line, line.wall ?? line.at)
  }
}
