#!/usr/bin/env node
// The way in. Users edit Taskfile.ts and tasks/*.ts, so an edit must take effect at the next start, and a start must
// cost little more than node itself: the bundle of the last start is kept under .task/build together with a hash of
// every file it was made of, and is made anew only when one of them has changed. Plain JavaScript and CommonJS, because
// nothing else starts as fast.
const crypto = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

const root = path.resolve(__dirname, '../..')
const builds = path.join(root, '.task', 'build')
const manifestFile = path.join(builds, 'manifest.json')
// Bundled packages are not hashed one by one: they change when the lock file does.
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
  let entry
  try {
    entry = upToDate() ?? (await build())
  } catch (error) {
    return complain(error, argv)
  }
  // The SDK's warning about Node 20 is 300 characters on every call; the README says what we recommend.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= '1'
  // Since Node 22.1: keeps compiled code between starts.
  require('node:module').enableCompileCache?.(path.join(builds, 'cache'))
  const { taskfile, main } = await import(pathToFileURL(entry).href)
  const version = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).version
  return main(taskfile, argv, {
    root,
    cwd: process.cwd(),
    version,
    environment: process.env,
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

function hash(file) {
  return crypto
    .createHash('sha256')
    .update(fs.readFileSync(path.join(root, file)))
    .digest('hex')
}

/** The kept bundle, if every file it was made of is as it was. */
function upToDate() {
  try {
    const manifest = JSON.parse(fs.readFileSync(manifestFile, 'utf8'))
    for (const [file, known] of Object.entries(manifest.inputs)) if (hash(file) !== known) return undefined
    const entry = path.join(builds, manifest.entry)
    return fs.existsSync(entry) ? entry : undefined
  } catch {
    return undefined
  }
}

async function build() {
  const esbuild = require('esbuild')
  const result = await esbuild.build({
    stdin: {
      contents: `export { default as taskfile } from './Taskfile.ts'\nexport { main } from './tasks/runner/main.ts'\n`,
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
  return keep(result)
}

/** Writes the bundle, then the manifest: a start that is killed in between builds again. */
function keep(result) {
  const inputs = Object.keys(result.metafile.inputs).filter(
    (file) => file !== 'start.ts' && !file.includes('node_modules/'),
  )
  const output = Object.entries(result.metafile.outputs).find(([, one]) => one.entryPoint === 'start.ts')[0]
  const manifest = {
    entry: path.basename(output),
    inputs: Object.fromEntries([...always, ...inputs].map((file) => [file, hash(file)])),
  }
  fs.mkdirSync(builds, { recursive: true })
  const temporary = (file) => `${file}.${process.pid}`
  for (const file of [...result.outputFiles, { path: manifestFile, contents: JSON.stringify(manifest) }]) {
    fs.writeFileSync(temporary(file.path), file.contents)
    fs.renameSync(temporary(file.path), file.path)
  }
  sweep(new Set(result.outputFiles.map((file) => path.basename(file.path))))
  return path.join(builds, manifest.entry)
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
  process.stderr.write(`USAGE the tasks do not compile\n${message}\n`)
  if (argv.includes('--json')) {
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
    const failure = { code: 'USAGE', message: 'the tasks do not compile', cause: message, next: null }
    process.stdout.write(
      `${JSON.stringify({ time: new Date().toISOString(), event: 'end', ok: false, exit: 2, ms: 0, ...nothing, error: failure })}\n`,
    )
  }
  return 2
}
