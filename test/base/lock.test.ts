import { type ChildProcess, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { readdir } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clockAt, realClock } from '../../tasks/base/clock.ts'
import { Failure } from '../../tasks/base/failure.ts'
import { removeEmptyFolders } from '../../tasks/base/file.ts'
import { acquire, type Holder, withLock } from '../../tasks/base/lock.ts'
import { self } from '../../tasks/base/process-identity.ts'

const locks = suite<{ folder: string; place: string }>('base/lock')

locks.before.each((context) => {
  context.folder = mkdtempSync(path.join(os.tmpdir(), 'lock-'))
  context.place = path.join(context.folder, 'lock')
})
locks.after.each((context) => rmSync(context.folder, { recursive: true, force: true }))

/** Creates a lock as another process would have left it. */
async function leave(place: string, change: Partial<Holder>): Promise<void> {
  const holder = { ...(await self()), holder: 'task bootstrap', since: '2026-01-01T00:00:00.000Z', ...change }
  mkdirSync(place)
  writeFileSync(path.join(place, `${holder.pid}-x`), JSON.stringify(holder))
}

/** The id of a process that has certainly ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => child.on('close', resolve))
  return child.pid as number
}

locks(
  'it names its holder, refuses a second one, and is free again afterwards',
  async ({ folder, place }) => {
    const lock = await acquire(place, 'task bootstrap', { clock: realClock })
    const [name] = readdirSync(place)
    const words = JSON.parse(readFileSync(path.join(place, name as string), 'utf8')) as Holder
    assert.is(words.pid, process.pid)
    assert.is(words.host, os.hostname())
    assert.is(words.holder, 'task bootstrap')
    const told: unknown[] = []
    const failure = await acquire(place, 'task destroy', {
      clock: clockAt(100),
      wait: 5_000,
      waiting: (other) => told.push(other?.holder),
    }).catch((error) => error)
    assert.instance(failure, Failure)
    assert.is(failure.code, 'LOCKED')
    assert.match(failure.why, `process ${process.pid} on ${os.hostname()} (task bootstrap)`)
    assert.match(failure.next, place)
    assert.equal(told, ['task bootstrap'])
    await lock.release()
    await lock.release()
    assert.equal(readdirSync(folder), [])
    assert.is(await withLock(place, 'task destroy', { clock: realClock }, async () => 7), 7)
    await withLock(place, 'x', { clock: realClock }, () => Promise.reject(new Error('no'))).catch(
      () => undefined,
    )
    assert.equal(readdirSync(folder), [])
  },
)

locks('a waiter gets it as soon as it is free, and stops waiting when interrupted', async ({ place }) => {
  const lock = await acquire(place, 'one', { clock: realClock })
  const waiting = acquire(place, 'two', { clock: realClock, wait: 10_000 })
  const stop = new AbortController()
  const stopped = acquire(place, 'three', { clock: realClock, wait: 10_000, signal: stop.signal }).catch(
    (error) => error,
  )
  await sleep(30)
  const reason = new Error('interrupted')
  stop.abort(reason)
  assert.is(await stopped, reason)
  await lock.release()
  await (await waiting).release()
})

locks(
  'a dead holder is cleared: ended, rebooted, its process id reused, or cut short by a power failure',
  async ({ place }) => {
    const now = { clock: realClock }
    await leave(place, { pid: await deadPid() })
    await (await acquire(place, 'next', now)).release()
    if ((await self()).started) {
      await leave(place, { started: 'another-boot/1' })
      await (await acquire(place, 'next', now)).release()
    }
    mkdirSync(place)
    writeFileSync(path.join(place, 'torn'), '{"pid":')
    await (await acquire(place, 'next', now)).release()
  },
)

locks('a holder on another machine or in another container is believed, and named', async ({ place }) => {
  const pid = await deadPid()
  await leave(place, { pid, host: 'elsewhere' })
  const failure = await acquire(place, 'next', { clock: realClock }).catch((error) => error)
  assert.is(failure.code, 'LOCKED')
  assert.match(failure.why, `process ${pid} on elsewhere`)
  rmSync(place, { recursive: true })
  await leave(place, { pid, space: 'pid:[1]' })
  assert.is((await acquire(place, 'next', { clock: realClock }).catch((error) => error)).code, 'LOCKED')
})

locks(
  'drafts that killed processes left are swept, fresh ones and other folders are not',
  async ({ folder, place }) => {
    const draft = (digit: string) => `lock.77-${digit.repeat(8)}-0000-4000-8000-000000000000`
    for (const name of [draft('a'), draft('b'), 'lock.mine']) mkdirSync(path.join(folder, name))
    const old = new Date(Date.now() - 120_000)
    for (const name of [draft('a'), 'lock.mine']) utimesSync(path.join(folder, name), old, old)
    await (await acquire(place, 'next', { clock: realClock })).release()
    assert.equal(readdirSync(folder).sort(), [draft('b'), 'lock.mine'])
  },
)

// Takes the lock again and again; inside it checks that no living process is inside too, and sometimes kills itself at a bad moment.
const contender = `
import { appendFileSync, readFileSync, writeFileSync, rmSync } from 'node:fs'
import { realClock } from './tasks/base/clock.ts'
import { withLock } from './tasks/base/lock.ts'
import { isDead, self } from './tasks/base/process-identity.ts'
const [place, inside, log] = process.argv.slice(2)
const me = await self()
const die = (chance) => Math.random() < chance && process.kill(process.pid, 'SIGKILL')
for (;;) {
  if (Math.random() < 0.02) setTimeout(die, Math.random() * 3, 1)
  await withLock(place, 'contender', { clock: realClock, wait: 60_000 }, async () => {
    let other
    try { other = JSON.parse(readFileSync(inside, 'utf8')) } catch {}
    if (other && !(await isDead(other))) appendFileSync(log, 'TWO HOLDERS ' + other.pid + ' ' + me.pid + '\\n')
    writeFileSync(inside, JSON.stringify(me))
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 2))
    die(0.03)
    appendFileSync(log, 'in\\n')
    rmSync(inside)
    die(0.01)
  })
  die(0.01)
}`

locks(
  'never two holders, and never stuck, when processes are killed at any moment',
  async ({ folder, place }) => {
    const script = path.join(folder, 'contender.mjs')
    await build({
      stdin: { contents: contender, resolveDir: process.cwd(), loader: 'ts' },
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    })
    const log = path.join(folder, 'log')
    writeFileSync(log, '')
    const children = new Set<ChildProcess>()
    let started = 0
    let errors = ''
    let over = false
    const start = () => {
      const child = spawn(process.execPath, [script, place, path.join(folder, 'inside'), log], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      started++
      children.add(child)
      child.stderr?.on('data', (chunk) => {
        errors += chunk
      })
      child.on('close', () => {
        children.delete(child)
        if (!over) start()
      })
    }
    for (let count = 0; count < 8; count++) start()
    const turns = () => readFileSync(log, 'utf8').split('\n')
    const begun = performance.now()
    const passed = () => performance.now() - begun
    // One is killed only if there was a turn since the last kill, else a busy machine would never see any.
    for (let seen = 0; passed() < 3_000 || (seen < 150 && passed() < 60_000); ) {
      await sleep(40)
      const count = turns().length
      if (count === seen) continue
      seen = count
      const victims = [...children]
      victims[Math.floor(Math.random() * victims.length)]?.kill('SIGKILL')
    }
    over = true
    const gone = [...children].map((child) => new Promise((resolve) => child.on('close', resolve)))
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(gone)

    const lines = turns()
    assert.equal(
      lines.filter((line) => line.startsWith('TWO')),
      [],
    )
    assert.is(errors, '')
    assert.ok(started > 12, `only ${started} processes`)
    assert.ok(lines.length > 100, `only ${lines.length} turns`)
    const last = await acquire(place, 'last', { clock: realClock, wait: 2_000 })
    await last.release()
    assert.not.ok(existsSync(place))
    const left = (await readdir(folder)).filter((name) => name.startsWith('lock.'))
    assert.ok(left.length < started, `${left.length} drafts`)
  },
)

locks('it is had though others remove its folder, as an empty one, all the time', async ({ folder }) => {
  const parent = path.join(folder, 'region', 'cluster')
  let over = false
  const removing = (async () => {
    while (!over) {
      await removeEmptyFolders(parent, folder)
      await sleep(1)
    }
  })()
  try {
    for (let round = 0; round < 200; round++) {
      const lock = await acquire(path.join(parent, 'lock'), 'a task', { clock: realClock })
      await lock.release()
    }
  } finally {
    over = true
    await removing
  }
})

locks.run()
