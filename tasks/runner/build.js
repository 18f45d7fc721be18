// Compiles the Taskfile and its imports, and caches the result for the next start. Loaded by bin.js only when needed.
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { hideFromGit, makePrivate, otherFolder, replace, sweep, write } = require('./build-folder.js')
const { bundle, sha256 } = require('./bundle.js')
const { shippedPackages } = require('./shipped.js')
const { Modules } = require('./modules.js')

/** Bundled packages are not checked one by one: they change when the lock file does. */
const lockFiles = ['package-lock.json', 'node_modules/.package-lock.json', 'pnpm-lock.yaml', 'yarn.lock']
const compilers = [
  'bin',
  'build',
  'build-folder',
  'bundle',
  'code-cache',
  'last-run',
  'modules',
  'project',
  'shipped',
  'taskfile-fault',
]
const ERASE_LINE = '\r\u001b[K'

/** The missing package, if that is why compiling failed: esbuild itself, or an imported one. */
function missingPackage(error) {
  if (error.code === 'MODULE_NOT_FOUND') return /'([^']+)'/.exec(error.message)?.[1] ?? 'esbuild'
  for (const { text } of error.errors ?? []) {
    const name = /^Could not resolve "((?!\.|\/)[^"]+)"/.exec(text)?.[1]
    if (name && !name.startsWith('node:')) return name
  }
  return undefined
}

/**
 * Builds the bundle of the project in `root` with the package in `packageRoot`; returns its manifest, lists and folder, or, after
 * reporting why that failed, the exit status.
 */
async function buildOrReport(places, argv, isPrivate) {
  const { packageRoot, root } = places
  let result
  try {
    result = await build(places, isPrivate)
  } catch (error) {
    const absent = missingPackage(error)
    if (absent) {
      const message = 'the packages that this project needs are not installed'
      const next = `run ${root === packageRoot ? 'npm ci' : 'npm install'} in ${root}`
      return reportFailure({ code: 'USAGE', message, cause: `missing package: ${absent}`, next }, 2, argv)
    }
    // The user must fix a Taskfile that does not compile: show where and what, without a stack trace.
    const { next, wanted } = require('./taskfile-fault.js')
    const faults = (error.errors ?? []).map(({ location, text }) =>
      /^No matching export in .* for import "default"/.test(text)
        ? `Taskfile.ts has no default export; ${wanted}`
        : location
          ? `${location.file}:${location.line}:${location.column + 1}: ${text}`
          : text,
    )
    const cause = faults.length > 0 ? faults.slice(0, 5).join('\n') : error.message
    return reportFailure({ code: 'USAGE', message: 'the tasks do not compile', cause, next }, 2, argv)
  }
  const causes = []
  for (const place of [() => path.join(root, '.task', 'build'), () => otherFolder(root, true)]) {
    try {
      const folder = place()
      if (!folder)
        throw Object.assign(new Error(`${os.tmpdir()} has no folder that only you can write to`), {
          syscall: 'stat',
        })
      return { ...keep(result, places, folder, isPrivate), folder }
    } catch (error) {
      if (error instanceof InvalidTaskfile) return reportFailure(error.failure, 2, argv)
      if (!error.syscall) throw error
      causes.push(error.message)
    }
  }
  const next = 'free up disk space, make .task writable, or set TMPDIR to a writable folder'
  const message = 'the compiled tasks cannot be saved anywhere'
  return reportFailure({ code: 'DISK', message, cause: causes.join('\n'), next }, 1, argv)
}

async function build(places, isPrivate) {
  const { packageRoot, root } = places
  const startedAt = Date.now()
  const folders = [path.join(root, '.task', 'build'), otherFolder(root)]
  const say = (text) => process.stderr.isTTY && process.stderr.write(text)
  say('compiling the tasks …')
  const known = (key, wanted) => packagesKept(folders, key, isPrivate) ?? shippedPackages(packageRoot, wanted)
  try {
    return { ...(await bundle(places, lockFiles, known)), startedAt }
  } finally {
    say(ERASE_LINE)
  }
}

/** The packages compiled by an earlier build, if the key still matches. */
function packagesKept(folders, key, isPrivate) {
  for (const folder of folders) {
    try {
      if (!folder || !isPrivate(folder)) continue
      const { packages } = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'))
      if (packages.key !== key) continue
      const read = (name) => ({ name, contents: fs.readFileSync(path.join(folder, name)) })
      return { ...packages, files: packages.outputs.map(read) }
    } catch {}
  }
  return undefined
}

/** Writes the bundle, then the manifest: if a start is killed in between, the next one rebuilds. */
function keep(
  { entry, files, inputs, listInputs, packages, startedAt },
  { packageRoot, root },
  folder,
  isPrivate,
) {
  const ours = ['package.json', ...compilers.map((name) => `tasks/runner/${name}.js`)]
  const always = [...ours.map((file) => path.relative(root, path.join(packageRoot, file))), ...lockFiles]
  const states = (names) => ({
    // A project without its own Taskfile uses the package's, until it adds one.
    ...(fs.existsSync(path.join(root, 'Taskfile.ts')) ? {} : { 'Taskfile.ts': null }),
    ...Object.fromEntries(
      [...always, ...names]
        .filter((file) => fs.existsSync(path.join(root, file)))
        .map((file) => [file, stateOf(path.join(root, file), startedAt)]),
    ),
  })
  const written = [...files, ...packages.files]
  const names = (list) => list.map(({ name }) => name)
  const manifest = {
    entry,
    cache: `cache-${path.parse(entry).name}`,
    outputs: names(written),
    packages: { key: packages.key, entries: packages.entries, outputs: names(packages.files) },
    madeAt: Date.now(),
    inputs: states(inputs),
  }
  makePrivate(folder, isPrivate)
  if (root !== packageRoot) hideFromGit(path.join(root, '.task'))
  for (const { contents, map, name } of written) {
    write(path.join(folder, name), contents)
    if (map) write(path.join(folder, `${name}.map`), map)
  }
  const { listJson, listShort, listText, taskfile } = evaluated({ folder, packageRoot, root }, manifest)
  const list = { listText: listText(taskfile), listShort: listShort(taskfile), listJson: listJson(taskfile) }
  const { madeAt } = manifest
  replace(path.join(folder, 'list.json'), JSON.stringify({ ...list, madeAt, inputs: states(listInputs) }))
  replace(path.join(folder, 'manifest.json'), JSON.stringify(manifest))
  sweep(folder, manifest)
  return { ...manifest, ...list }
}

/** The failure of an invalid Taskfile. */
class InvalidTaskfile extends Error {
  constructor(failure) {
    super(failure.message)
    this.failure = failure
  }
}

/** The bundle's exports, if its Taskfile is valid. */
function evaluated(places, manifest) {
  let exported
  try {
    exported = new Modules(places.folder, manifest, places.packageRoot).load(manifest.entry)
  } catch (error) {
    throw new InvalidTaskfile(require('./taskfile-fault.js').thrownBy(error, places))
  }
  const fault = require('./taskfile-fault.js').faultIn(exported.taskfile, places)
  if (fault) throw new InvalidTaskfile(fault)
  return exported
}

/**
 * A file's state, which any write changes. The bundle may hold the old content of a file that was written during the build, so
 * such a file never counts as unchanged.
 */
function stateOf(file, startedAt) {
  const { ctimeMs, ino, mtimeMs, size } = fs.statSync(file)
  return { ctimeMs, ino, mtimeMs, size, hash: ctimeMs < startedAt ? sha256(fs.readFileSync(file)) : '' }
}

/** Reports why no task can start, as text and, with `--json`, as the only event of the run. */
function reportFailure(failure, exit, argv) {
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

module.exports = { buildOrReport, otherFolder, reportFailure }
