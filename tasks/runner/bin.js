#!/usr/bin/env node
// The entry point. Users edit Taskfile.ts and tasks/*.ts, so an edit must take effect at the next start, and a start must
// cost little more than node itself: the bundle of the last start is cached under .task/build together with the state of
// every input file, and is rebuilt (build.js) only when one of them has changed. The task list is cached with it, so that
// listing evaluates nothing. Plain JavaScript and CommonJS, because nothing else starts as fast.
const fs = require('node:fs')
const path = require('node:path')

/** The package's own folder. */
const packageRoot = path.resolve(__dirname, '../..')
/** The project's folder; in a checkout, the same. */
let root = packageRoot
/** Coarser than the timestamps of any file system in use. */
const CLOCK_TICK_MS = 100
/** Exit status of a program whose output was closed: 128 + SIGPIPE, as for make. */
const CLOSED_PIPE = 141

/** The first error while writing output. */
let outputError
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    outputError ??= error
  })
}

start().then(
  (status) => {
    process.exitCode = status
    // Idle sockets must not keep the process alive; output to a pipe must still be flushed, or its error reported.
    const exit = () => setImmediate(() => end(exitAfter(status)))
    process.stdout.write('', () => process.stderr.write('', exit))
  },
  (error) => {
    process.stderr.write(`${error.stack ?? error}\n`)
    process.exit(1)
  },
)

async function start() {
  const argv = process.argv.slice(2)
  const cwd = workingFolder()
  if (cwd === undefined) {
    const failure = {
      code: 'USAGE',
      message: 'the current folder no longer exists',
      cause: 'it was removed or renamed',
      next: 'cd to another folder, then run the same command again',
    }
    return require('./build.js').reportFailure(failure, 2, argv)
  }
  // This needs no packages, so it works before `npm ci`.
  if (argv.join() === '--version') {
    process.stdout.write(`${versionOf(packageRoot)}\n`)
    return 0
  }
  if (cwd !== packageRoot) root = require('./project.js').projectFolder(cwd, packageRoot)
  const own = path.join(root, '.task', 'build')
  const list = listAsked(argv)
  const kept = list ? 'list.json' : 'manifest.json'
  let manifest = upToDate(own, kept)
  if (!manifest) {
    const { buildOrReport, otherFolder } = require('./build.js')
    const other = otherFolder(root)
    const made =
      (other && upToDate(other, kept)) ?? (await buildOrReport({ root, packageRoot }, argv, isPrivate))
    if (typeof made === 'number') return made
    manifest = made
  }
  const lastRun = () => require('./last-run.js').lastRun(root)
  if (list) {
    process.stdout.write(listed(argv, manifest, lastRun()))
    return 0
  }
  // The SDK prints a 300-character warning about Node 20 on every call; docs/commands.md says which version we recommend.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  // New objects get no more room than at the start: a run is short, and what it makes is mostly soon forgotten.
  require('node:v8').setFlagsFromString('--semi-space-growth-factor=1')
  const { Modules } = require('./modules.js')
  const modules = new Modules(manifest.folder, manifest, packageRoot)
  const places = { folder: manifest.folder, root, packageRoot }
  const { taskfile, main } = loaded(modules, manifest, places, argv)
  if (!main) return 2
  const status = await main(taskfile, argv, {
    root,
    packageRoot,
    cwd,
    cache: path.join(manifest.folder, manifest.cache),
    version: versionOf(packageRoot),
    lastRun,
    originOf: (error) => require('./origin.js').originOf(error, places),
    stepsOf: (load, name) => require('./origin.js').stepsOf(load, name, places),
    environment: process.env,
    // Each stream is opened on first use.
    streams: {
      get stdin() {
        return process.stdin
      },
      get stdout() {
        return process.stdout
      },
      get stderr() {
        return process.stderr
      },
    },
  })
  modules.keep()
  return status
}

/** The bundle's exports; if its Taskfile throws although it did not at build time, reports that and returns nothing. */
function loaded(modules, manifest, places, argv) {
  try {
    return modules.load(manifest.entry)
  } catch (error) {
    require('./build.js').reportFailure(require('./taskfile-fault.js').thrownBy(error, places), 2, argv)
    return {}
  }
}

function versionOf(folder) {
  return JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).version
}

function workingFolder() {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}

/** Whether the cached list is enough; a terminal smaller than 80x24 gets its own layout. */
function listAsked(argv) {
  const words = argv.filter((word) => word !== '--list' && word !== '-l')
  if (words.length > 0) return words.length === 1 && words[0] === '--json'
  const { columns, isTTY, rows } = process.stdout
  return !(isTTY && (columns < 80 || rows < 24))
}

/** The cached list, with the result of the last run. */
function listed(argv, { listJson, listShort, listText }, lastRun) {
  if (argv.includes('--json')) return lastRun.joined(listJson)
  const { isTTY, rows } = process.stdout
  const line = lastRun.line(process.stdout)
  const whole = listText + line
  return !isTTY || rows > whole.split('\n').length ? whole : listShort + line
}

/** Node aborts when it cannot restore the terminal's settings; if the terminal was closed, only a signal ends it cleanly. */
function end(status) {
  if (!terminalIsGone()) process.exit(status)
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}

/** Whether one of the standard streams is a closed terminal: no longer a TTY, and writing to it fails with EIO. */
function terminalIsGone() {
  return [0, 1, 2].some((file) => {
    if (require('node:tty').isatty(file)) return false
    try {
      if (fs.fstatSync(file).isCharacterDevice()) fs.writeSync(file, '')
      return false
    } catch (error) {
      return error.code === 'EIO'
    }
  })
}

/** A closed pipe (`| head`) ends the program silently; output that cannot be written is a failure. */
function exitAfter(status) {
  const error = outputError
  // After a signal, its exit status stands; a closed terminal (EIO) has sent a signal too.
  if (!error || status > 128 || error.code === 'EIO') return status
  if (error.code === 'EPIPE') return CLOSED_PIPE
  const next = 'free up disk space, or write the output elsewhere'
  fs.writeSync(2, `DISK the output cannot be written\n  why:  ${error.message}\n  next: ${next}\n`)
  return status || 1
}

/** Whether only this user can write to a folder; its files are executed, so others must not. */
function isPrivate(folder) {
  const status = fs.lstatSync(folder)
  if (!status.isDirectory()) return false
  const user = process.getuid?.()
  return user === undefined || (status.uid === user && (status.mode & 0o077) === 0)
}

/** A cached JSON file, if the bundle is complete and none of its inputs has changed. */
function upToDate(folder, name) {
  try {
    if (!isPrivate(folder)) return undefined
    const manifest = JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))
    const changed = Object.entries(manifest.inputs).some(
      ([file, known]) => !unchanged(file, known, manifest.madeAt),
    )
    if (changed) return undefined
    const present = new Set(manifest.outputs && fs.readdirSync(folder))
    return !manifest.outputs || manifest.outputs.every((one) => present.has(one))
      ? { ...manifest, folder }
      : undefined
  } catch {
    return undefined
  }
}

/**
 * A file with the same timestamp is unchanged, unless it was written so shortly before the manifest that a second write
 * may have got the same time; a file with another timestamp may still have the same content, for example after
 * `git checkout`. Null: the file did not exist.
 */
function unchanged(file, known, madeAt) {
  if (known === null) return !fs.existsSync(path.join(root, file))
  const { ctimeMs, ino, mtimeMs, size } = fs.statSync(path.join(root, file))
  const now = { ctimeMs, ino, mtimeMs, size }
  const same = Object.entries(now).every(([key, value]) => known[key] === value)
  if (same && now.ctimeMs < madeAt - CLOCK_TICK_MS) return true
  const bytes = fs.readFileSync(path.join(root, file))
  return require('node:crypto').createHash('sha256').update(bytes).digest('hex') === known.hash
}
