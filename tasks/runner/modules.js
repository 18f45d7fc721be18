// Runs compiled modules. V8 takes longer to compile them than to run them, so its code is cached next to each module for the
// next start, including the functions called during this one. Node has its own compile cache since 22.1; Node 20 has none.
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')

/** V8's code is only valid for the build that made it; V8 itself rejects it if its flags differ. */
const SUFFIX = `.${process.version}-${process.arch}.code`

/** The modules in a folder. The manifest maps packages to modules; any other package is resolved from `root`. */
class Modules {
  #folder
  #packages
  #root
  #loaded = new Map()
  /** The scripts V8 had to compile. */
  #compiled = []

  constructor(folder, { packages }, root) {
    this.#folder = folder
    this.#packages = packages.entries
    this.#root = root
  }

  load(name) {
    const known = this.#loaded.get(name)
    if (known) return known.exports
    const filename = path.join(this.#folder, name)
    // esbuild writes ASCII, except in regular expressions and comments.
    const text = fs.readFileSync(filename, 'utf8')
    const cachedData = readIfThere(filename + SUFFIX)
    const wrapped = `(function(exports,require,module,__filename,__dirname){${text}\n})`
    const script = new vm.Script(wrapped, { filename, cachedData })
    if (script.cachedDataRejected !== false) this.#compiled.push({ filename, script })
    const module = { exports: {} }
    this.#loaded.set(name, module)
    script.runInThisContext()(module.exports, (id) => this.#require(id), module, filename, this.#folder)
    return module.exports
  }

  #require(id) {
    if (id.startsWith('./')) return this.load(id.slice(2))
    const file = this.#packages[id]
    if (!file) return this.#fromRoot(id)
    const exports = this.load(file)
    // Marked as an ES module, so that `default` is the package's own default export.
    return exports.$all ? Object.defineProperty({ ...exports.$all }, '__esModule', { value: true }) : exports
  }

  #fromRoot(id) {
    if (id.startsWith('node:')) return require(id)
    return require('node:module').createRequire(path.join(this.#root, 'package.json'))(id)
  }

  /** Caches the code of newly compiled scripts. Without it the next start is only slower, so errors are ignored. */
  keep() {
    for (const { filename, script } of this.#compiled.splice(0)) {
      const temporary = `${filename}${SUFFIX}.${process.pid}`
      try {
        fs.writeFileSync(temporary, script.createCachedData())
        fs.renameSync(temporary, filename + SUFFIX)
      } catch {
        fs.rmSync(temporary, { force: true })
        return
      }
    }
  }
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file)
  } catch {
    return undefined
  }
}

module.exports = { Modules }
