// The folder that compiled modules are cached in: where it is, who may write to it, and what is removed from it.
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { sha256 } = require('./bundle.js')
const { CACHE } = require('./modules.js')

const DAY_MS = 24 * 3_600_000

/**
 * Where the bundle is cached if the project's folder is read-only: in the system's temporary folder, in a subfolder that only
 * this user can write to, because its files are executed. Undefined if there is no such folder.
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

/** The cached files are executed, so a folder that others could have written to is removed, as is a symbolic link. */
function makePrivate(folder, isPrivate) {
  if (fs.lstatSync(folder, { throwIfNoEntry: false }) && !isPrivate(folder))
    fs.rmSync(folder, { recursive: true })
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Whatever the umask.
  fs.chmodSync(folder, 0o700)
}

/** The state holds tokens and keys and must not be committed. In a checkout, the project's .gitignore takes care of that. */
function hideFromGit(state) {
  try {
    if (fs.existsSync(state)) fs.writeFileSync(path.join(state, '.gitignore'), '*\n', { flag: 'wx' })
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
}

/**
 * Writes a file unless it is there already, as most are after an edit: they then only count as new, for a task that is running
 * (sweep).
 */
function write(file, contents) {
  const now = new Date()
  try {
    if (fs.readFileSync(file).equals(Buffer.from(contents))) return fs.utimesSync(file, now, now)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  replace(file, contents)
}

/** Two starts may build at once, and the disk may fill up, so each file is replaced atomically. */
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

/** Removes files of old bundles; a running task may still need those of the last day. */
function sweep(folder, { cache, outputs }) {
  const current = new Set([...outputs, CACHE])
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name)
    if (/^cache\b/.test(name) && name !== cache) fs.rmSync(file, { recursive: true, force: true })
    const [module] = /^.*?\.[cm]js(?=$|\.)|^modules\..*\.code$/.exec(name) ?? []
    if (!module || current.has(module)) continue
    const status = fs.statSync(file, { throwIfNoEntry: false })
    if (status && status.mtimeMs < Date.now() - DAY_MS) fs.rmSync(file, { force: true })
  }
}

module.exports = { hideFromGit, makePrivate, otherFolder, replace, sweep, write }
