// Bundles the Taskfile and what it imports, and keeps the bundle for the next start. Loaded by bin.js only when that must be.
const crypto = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

// Bundled packages are not looked at one by one: they change when the lock file does, which a packed project does not have.
const always = [
  'package.json',
  'package-lock.json',
  'tasks/runner/bin.js',
  'tasks/runner/build.js',
  'tasks/runner/last-run.js',
]
const DAY_MS = 24 * 3_600_000

/** The package that is not installed, if that is why nothing could be compiled: esbuild itself, or one that is imported. */
function missingPackage(error) {
  if (error.code === 'MODULE_NOT_FOUND') return /'([^']+)'/.exec(error.message)?.[1] ?? 'esbuild'
  for (const { text } of error.errors ?? []) {
    const name = /^Could not resolve "((?!\.|\/)[^"]+)"/.exec(text)?.[1]
    if (name && !name.startsWith('node:')) return name
  }
  return undefined
}

/** Makes a bundle; answers its manifest and folder, or the exit status after saying why there is none. */
async function buildOrComplain(root, argv) {
  let result
  try {
    result = await build(root)
  } catch (error) {
    const absent = missingPackage(error)
    if (absent) {
      const message = 'the packages that this project needs are not installed'
      return complain(
        { code: 'USAGE', message, cause: `there is no ${absent}`, next: `run npm ci in ${root}` },
        2,
        argv,
      )
    }
    // A Taskfile that does not compile is the user's to fix: where and what, no stack.
    const faults = (error.errors ?? []).map(({ location, text }) =>
      location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
    )
    const cause = faults.length > 0 ? faults.slice(0, 5).join('\n') : error.message
    const next = 'fix it there; the next start compiles it again'
    return complain({ code: 'USAGE', message: 'the tasks do not compile', cause, next }, 2, argv)
  }
  const causes = []
  for (const place of [() => path.join(root, '.task', 'build'), () => otherFolder(root, true)]) {
    try {
      const folder = place()
      if (!folder)
        throw Object.assign(new Error(`${os.tmpdir()} has no folder that is yours alone`), {
          syscall: 'stat',
        })
      return { ...(await keep(result, root, folder)), folder }
    } catch (error) {
      if (!error.syscall) throw error
      causes.push(error.message)
    }
  }
  const next = 'make room or grant access to .task, or set TMPDIR to a folder that can be written'
  const message = 'the compiled tasks can be kept nowhere'
  return complain({ code: 'DISK', message, cause: causes.join('\n'), next }, 1, argv)
}

/**
 * Where the bundle of a project is kept whose own folder cannot be written: under the system's folder for temporary files,
 * in one of this user's that nobody else can write, for what is in it is run. Undefined if there is none.
 */
function otherFolder(root, make = false) {
  const user = process.getuid?.()
  const parent = path.join(os.tmpdir(), `dcos-bootstrap-${user ?? 'build'}`)
  try {
    if (make) fs.mkdirSync(parent, { mode: 0o700 })
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const status = fs.lstatSync(parent, { throwIfNoEntry: false })
  if (!status?.isDirectory()) return undefined
  if (user !== undefined && (status.uid !== user || (status.mode & 0o077) !== 0)) return undefined
  return path.join(parent, sha256(root).slice(0, 16))
}

async function build(root) {
  const startedAt = Date.now()
  const result = await require('esbuild').build({
    stdin: {
      contents: `
        export { default as taskfile } from './Taskfile.ts'
        export { main } from './tasks/runner/main.ts'
        export { listJson, listShort, listText } from './tasks/runner/help/list.ts'`,
      resolveDir: root,
      sourcefile: 'start.ts',
    },
    absWorkingDir: root,
    outdir: root,
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
  return { ...result, startedAt }
}

/** What is kept there is run: nobody else may write it, whatever the umask. A link in its place may lead anywhere. */
function makePrivate(folder) {
  if (fs.lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) fs.unlinkSync(folder)
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  fs.chmodSync(folder, 0o700)
}

/** Writes the bundle, then the manifest: a start that is killed in between builds again. */
async function keep({ metafile, outputFiles, startedAt }, root, folder) {
  const inputs = Object.keys(metafile.inputs).filter(
    // Where this project is itself installed as a package, the others lie beside it.
    (file) => file !== 'start.ts' && !file.includes('node_modules/') && !file.startsWith('..'),
  )
  const [entry] = Object.entries(metafile.outputs).find(([, one]) => one.entryPoint === 'start.ts')
  const outputs = outputFiles.map((file) => path.basename(file.path))
  const manifest = {
    entry: path.basename(entry),
    outputs,
    madeAt: Date.now(),
    inputs: Object.fromEntries(
      [...always, ...inputs]
        .filter((file) => fs.existsSync(path.join(root, file)))
        .map((file) => [file, stateOf(path.join(root, file), startedAt)]),
    ),
  }
  makePrivate(folder)
  // Away from the project, packages that are not bundled are found through a link; .task may itself be a link to another disk.
  const packages = path.join(folder, 'node_modules')
  const inside = fs.realpathSync(folder).startsWith(fs.realpathSync(root) + path.sep)
  if (!inside && !fs.existsSync(packages))
    fs.symlinkSync(path.join(root, 'node_modules'), packages, 'junction')
  for (const file of outputFiles) replace(path.join(folder, path.basename(file.path)), file.contents)
  const url = require('node:url').pathToFileURL(path.join(folder, manifest.entry))
  const { taskfile, listJson, listShort, listText } = await import(url.href)
  const lists = { listText: listText(taskfile), listShort: listShort(taskfile), listJson: listJson(taskfile) }
  Object.assign(manifest, lists)
  replace(path.join(folder, 'manifest.json'), JSON.stringify(manifest))
  sweep(folder, new Set(outputs))
  return manifest
}

/**
 * What the file system says of a file: any write changes it. A file that was written while the bundle was made may be in it
 * as it was before: it never counts as unchanged.
 */
function stateOf(file, startedAt) {
  const { ctimeMs, ino, mtimeMs, size } = fs.statSync(file)
  return { ctimeMs, ino, mtimeMs, size, hash: ctimeMs < startedAt ? sha256(fs.readFileSync(file)) : '' }
}

function sha256(content) {
  return crypto.createHash('sha256').update(content).digest('hex')
}

/** Two starts may build at once, and the disk may fill up: each file appears whole or not at all. */
function replace(file, contents) {
  const temporary = `${file}.${process.pid}`
  try {
    fs.writeFileSync(temporary, contents)
    fs.renameSync(temporary, file)
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    throw error
  }
}

/** Removes the pieces of old bundles; those of the last day may still be wanted by a task that is running. */
function sweep(folder, current) {
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name)
    if (!/\.mjs(\.\d+)?$/.test(name) || current.has(name)) continue
    const status = fs.statSync(file, { throwIfNoEntry: false })
    if (status && status.mtimeMs < Date.now() - DAY_MS) fs.rmSync(file, { force: true })
  }
}

/** Says what keeps every task from being started, in text and, where asked for, as the one event of the run. */
function complain(failure, exit, argv) {
  const { cause, code, message, next } = failure
  const said = `${code} ${message}\n  why:  ${cause.split('\n').join('\n        ')}\n  next: ${next}\n`
  process.stderr.write(require('node:util').stripVTControlCharacters(said))
  if (/(^|\n)(--json|--output[=\n]json)(\n|$)/.test(argv.join('\n'))) {
    const lists = { ran: [], skipped: [], failed: [], undone: [], deleted: [], retained: [], left: [] }
    const end = { event: 'end', ok: false, exit, ms: 0, ...lists, calls: {}, url: null, error: failure }
    process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...end })}\n`)
  }
  return exit
}

module.exports = { buildOrComplain, complain, otherFolder }
