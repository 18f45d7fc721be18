// Runs compiled modules. V8 takes longer to compile them than to run them, so its code is cached for the next start, including
// the functions called during this one. Node has its own compile cache since 22.1; Node 20 has none.
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')
const { CodeCache } = require('./code-cache.js')

/** V8's code is only valid for the build that made it; V8 itself rejects it if its flags differ. */
const CACHE = `modules.${process.version}-${process.arch}.code`

/** The modules in a folder. The manifest maps packages to modules; any other package is resolved from `root`. */
class Modules {
  #folder
  #manifest
  #root
  #cache
  #loaded = new Map()
  /** What V8 had to compile. */
  #compiled = new Map()

  constructor(folder, manifest, root) {
    this.#folder = folder
    this.#manifest = manifest
    this.#root = root
    this.#cache = new CodeCache(path.join(folder, CACHE))
  }

  load(name) {
    const known = this.#loaded.get(name)
    if (known) return known.exports
    const filename = path.join(this.#folder, name)
    const { code: cachedData, text } = this.#cache.get(name) ?? { text: fs.readFileSync(filename, 'utf8') }
    const wrapped = `(function(exports,require,module,__filename,__dirname){${text}\n})`
    const script = new vm.Script(wrapped, { filename, cachedData })
    if (script.cachedDataRejected !== false) this.#compiled.set(name, { script, text })
    const module = { exports: {} }
    this.#loaded.set(name, module)
    script.runInThisContext()(module.exports, (id) => this.#require(id), module, filename, this.#folder)
    return module.exports
  }

  #require(id) {
    if (id.startsWith('./')) return this.load(id.slice(2))
    const file = this.#manifest.packages.entries[id]
    if (!file) return this.#fromRoot(id)
    const exports = this.load(file)
    // Marked as an ES module, so that `default` is the package's own default export.
    return exports.$all ? Object.defineProperty({ ...exports.$all }, '__esModule', { value: true }) : exports
  }

  #fromRoot(id) {
    if (id.startsWith('node:')) return require(id)
    return require('node:module').createRequire(path.join(this.#root, 'package.json'))(id)
  }

  /** Caches the code of what was compiled. */
  keep() {
    if (this.#compiled.size === 0) return
    const current = new Set(this.#manifest.outputs)
    this.#cache.add(this.#compiled, (name) => current.has(name))
    this.#compiled.clear()
  }
}

module.exports = { CACHE, Modules }
