#!/usr/bin/env node
// The way in. Users edit Taskfile.ts and tasks/*.ts, so an edit must take effect at the next start, and a start must
// cost little more than node itself: the bundle of the last start is kept under .task/build together with the state of
// every file it was made of, and is made anew only when one of them has changed. The list of tasks is kept with it, so
// that listing evaluates nothing. Plain JavaScript and CommonJS, because nothing else starts as fast.
const fs = require('node:fs')
const path = require('node:path')

const root = path.resolve(__dirname, '../..')
const builds = path.join(root, '.task', 'build')
const manifestFile = path.join(builds, 'manifest.json')
/** Coarser than the time stamps of any file system in use. */
const CLOCK_TICK_MS = 100
// Bundled packages are not looked at one by one: they change when the lock file does.
const always = ['package.json', 'package-lock.json', 'tasks/runner/bin.js']

start().then(
  (status) => {
    process.exitCode = status
    // Idle sockets must not hold the process; what was written to a pipe must still arrive.
    process.stdout.write('', () => process.stderr.write('', () => process.exit(status)))
  },
  (error) => {
    process.stderr.write(`${error.stack ?? error}\n`)
    process.exit(1)
  },
)

async function start() {
  const argv = process.argv.slice(2)
  let manifest
  try {
    manifest = upToDate() ?? (await build())
  } catch (error) {
    return complain(error, argv)
  }
  const list = listAsked(argv)
  if (list) {
    process.stdout.write(manifest[list])
    return 0
  }
  // The SDK's warning about Node 20 is 300 characters on every call; the README says what we recommend.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  // Since Node 22.1: keeps compiled code between starts.
  require('node:module').enableCompileCache?.(path.join(builds, 'cache'))
  const { taskfile, main } = await load(manifest.entry)
  const version = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).version
  return main(taskfile, argv, {
    root,
    cwd: process.cwd(),
    version,
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
}

function load(entry) {
  return import(require('node:url').pathToFileURL(path.join(builds, entry)).href)
}

/** `listText` or `listJson` when the list is all that is asked for. */
function listAsked(argv) {
  const words = argv.filter((word) => word !== '--list' && word !== '-l')
  if (words.length === 0) return 'listText'
  return words.length === 1 && words[0] === '--json' ? 'listJson' : undefined
}

function hash(file) {
  return require('node:crypto')
    .createHash('sha256')
    .update(fs.readFileSync(path.join(root, file)))
    .digest('hex')
}

/** What the file system says of a file: any write changes it. */
function stamp(file) {
  const { ctimeMs, ino, mtimeMs, size } = fs.statSync(path.join(root, file))
  return { ctimeMs, ino, mtimeMs, size }
}

/** The manifest of the kept bundle, if every file it was made of is as it was. */
function upToDate() {
  try {
    const manifest = JSON.parse(fs.readFileSync(manifestFile, 'utf8'))
    const changed = Object.entries(manifest.inputs).some(
      ([file, known]) => !unchanged(file, known, manifest.madeAt),
    )
    return !changed && fs.existsSync(path.join(builds, manifest.entry)) ? manifest : undefined
  } catch {
    return undefined
  }
}

/**
 * A file with the same stamp is the same, unless it was written so shortly before the manifest that a second write may
 * have got the same time; a file with another stamp may still have the same content, after `git checkout` for example.
 */
function unchanged(file, known, madeAt) {
  const now = stamp(file)
  const same = Object.entries(now).every(([key, value]) => known[key] === value)
  return (same && now.ctimeMs < madeAt - CLOCK_TICK_MS) || hash(file) === known.hash
}

async function build() {
  const startedAt = Date.now()
  const esbuild = require('esbuild')
  const result = await esbuild.build({
    stdin: {
      contents: `
        export { default as taskfile } from './Taskfile.ts'
        export { main } from './tasks/runner/main.ts'
        export { listJson, listText } from './tasks/runner/help.ts'`,
      resolveDir: root,
      sourcefile: 'start.ts',
    },
    absWorkingDir: root,
    outdir: builds,
    entryNames: 'main-[hash]',
    chunkNames: '[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Without this esbuild takes a package's one CommonJS file, which cannot be tree-shaken.
    mainFields: ['module', 'main'],
    // Bundled CommonJS packages call require() for Node's own modules.
    banner: {
      js: `import { createRequire as $require } from 'node:module'; const require = $require(import.meta.url);`,
    },
    logLevel: 'silent',
  })
  return keep(result, startedAt)
}

/** Writes the bundle, then the manifest: a start that is killed in between builds again. */
async function keep({ metafile, outputFiles }, startedAt) {
  const inputs = Object.keys(metafile.inputs).filter(
    (file) => file !== 'start.ts' && !file.includes('node_modules/'),
  )
  const [output] = Object.entries(metafile.outputs).find(([, one]) => one.entryPoint === 'start.ts')
  const manifest = {
    entry: path.basename(output),
    madeAt: Date.now(),
    inputs: Object.fromEntries([...always, ...inputs].map((file) => [file, stateOf(file, startedAt)])),
  }
  fs.mkdirSync(builds, { recursive: true })
  for (const file of outputFiles) replace(file.path, file.contents)
  const { taskfile, listJson, listText } = await load(manifest.entry)
  Object.assign(manifest, { listText: listText(taskfile), listJson: listJson(taskfile) })
  replace(manifestFile, JSON.stringify(manifest))
  sweep(new Set(outputFiles.map((file) => path.basename(file.path))))
  return manifest
}

/** A file that was written while the bundle was made may be in it as it was before: it never counts as unchanged. */
function stateOf(file, startedAt) {
  const now = stamp(file)
  return { ...now, hash: now.ctimeMs < startedAt ? hash(file) : '' }
}

/** Two starts may build at once: each file appears whole. */
function replace(file, contents) {
  const temporary = `${file}.${process.pid}`
  fs.writeFileSync(temporary, contents)
  fs.renameSync(temporary, file)
}

/** Removes the pieces of old bundles; those of the last day may still be wanted by a task that is running. */
function sweep(current) {
  const yesterday = Date.now() - 24 * 3_600_000
  for (const name of fs.readdirSync(builds)) {
    const file = path.join(builds, name)
    if (/\.mjs(\.\d+)?$/.test(name) && !current.has(name) && fs.statSync(file).mtimeMs < yesterday)
      fs.rmSync(file, { force: true })
  }
}

/** A Taskfile that does not compile is the user's to mend: where and what, no stack. */
function complain(error, argv) {
  const faults = (error.errors ?? []).map(({ location, text }) =>
    location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
  )
  const message = faults.length > 0 ? faults.slice(0, 5).join('\n') : error.message
  const next = 'mend that place; the next start compiles it again'
  process.stderr.write(`USAGE the tasks do not compile\n${message}\n  next: ${next}\n`)
  if (/(^|\n)(--json|--output[=\n]json)(\n|$)/.test(argv.join('\n'))) {
    const nothing = {
      ran: [],
      skipped: [],
      failed: [],
      undone: [],
      calls: {},
      deleted: [],
      retained: [],
      left: [],
      url: null,
    }
    const failure = { code: 'USAGE', message: 'the tasks do not compile', cause: message, next }
    process.stdout.write(
      `${JSON.stringify({ time: new Date().toISOString(), event: 'end', ok: false, exit: 2, ms: 0, ...nothing, error: failure })}\n`,
    )
  }
  return 2
}
