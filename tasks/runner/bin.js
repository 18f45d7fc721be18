#!/usr/bin/env node
// The way in. Users edit Taskfile.ts and tasks/*.ts, so an edit must take effect at the next start, and a start must
// cost little more than node itself: the bundle of the last start is kept under .task/build together with the state of
// every file it was made of, and is made anew (build.js) only when one of them has changed. The list of tasks is kept
// with it, so that listing evaluates nothing. Plain JavaScript and CommonJS, because nothing else starts as fast.
const fs = require('node:fs')
const path = require('node:path')

/** The package's own folder. */
const packageRoot = path.resolve(__dirname, '../..')
/** The project's, which in a checkout is the same. */
let root = packageRoot
/** Coarser than the time stamps of any file system in use. */
const CLOCK_TICK_MS = 100
/** Exit status of a program whose output was closed: 128 + SIGPIPE, as for make. */
const CLOSED_PIPE = 141

/** What kept the output from being written. */
let outputError
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    outputError ??= error
  })
}

start().then(
  (status) => {
    process.exitCode = status
    // Idle sockets must not hold the process; what was written to a pipe must still arrive, or say why it cannot.
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
      message: 'the folder in which you are does not exist any more',
      cause: 'it was removed or renamed',
      next: 'cd to another folder, then run the same line again',
    }
    return require('./build.js').complain(failure, 2, argv)
  }
  // This needs no package but Node: it works before `npm ci`.
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
    const { buildOrComplain, otherFolder } = require('./build.js')
    const other = otherFolder(root)
    const made =
      (other && upToDate(other, kept)) ?? (await buildOrComplain({ root, packageRoot }, argv, isPrivate))
    if (typeof made === 'number') return made
    manifest = made
  }
  const lastRun = () => require('./last-run.js').lastRun(root)
  if (list) {
    process.stdout.write(listed(argv, manifest, lastRun()))
    return 0
  }
  // The SDK's warning about Node 20 is 300 characters on every call; docs/commands.md says what we recommend.
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
    // Each is opened when it is first used.
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

/** The bundle; where its Taskfile throws, which it did not when it was compiled, nothing but words. */
function loaded(modules, manifest, places, argv) {
  try {
    return modules.load(manifest.entry)
  } catch (error) {
    require('./build.js').complain(require('./taskfile-fault.js').thrownBy(error, places), 2, argv)
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

/** Whether the kept list is all that is asked for; a terminal that is smaller than usual gets one of its own. */
function listAsked(argv) {
  const words = argv.filter((word) => word !== '--list' && word !== '-l')
  if (words.length > 0) return words.length === 1 && words[0] === '--json'
  const { columns, isTTY, rows } = process.stdout
  return !(isTTY && (columns < 80 || rows < 24))
}

/** The kept list, with how the last run ended. */
function listed(argv, { listJson, listShort, listText }, lastRun) {
  if (argv.includes('--json')) return lastRun.joined(listJson)
  const { isTTY, rows } = process.stdout
  const line = lastRun.line(process.stdout)
  const whole = listText + line
  return !isTTY || rows > whole.split('\n').length ? whole : listShort + line
}

/** Node aborts when it cannot give a terminal back as it was; with a terminal that was closed, only a signal ends it well. */
function end(status) {
  if (!terminalIsGone()) process.exit(status)
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}

/** Whether one of the standard streams is a terminal that was closed: it is none any more, and nothing can be written to it. */
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

/** A reader that went away (`| head`) ends the program quietly; output that cannot be written is a failure. */
function exitAfter(status) {
  const error = outputError
  // Whoever was told to stop has stopped for that; and a terminal that was closed (EIO) has said so by a signal.
  if (!error || status > 128 || error.code === 'EIO') return status
  if (error.code === 'EPIPE') return CLOSED_PIPE
  const next = 'make room, or write the output to another place'
  fs.writeSync(2, `DISK the output cannot be written\n  why:  ${error.message}\n  next: ${next}\n`)
  return status || 1
}

/** Whether nobody else could have put anything into a folder: what is in it is run. */
function isPrivate(folder) {
  const status = fs.lstatSync(folder)
  if (!status.isDirectory()) return false
  const user = process.getuid?.()
  return user === undefined || (status.uid === user && (status.mode & 0o077) === 0)
}

/** What is kept in a folder under a name, if the bundle is whole and every file it was made of is as it was. */
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
 * A file with the same stamp is the same, unless it was written so shortly before the manifest that a second write may
 * have got the same time; a file with another stamp may still have the same content, after `git checkout` for example. Null:
 * there was no such file.
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
