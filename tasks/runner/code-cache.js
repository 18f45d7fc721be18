// What a start needs of the compiled modules, in one file: an index, then of each module V8's code and the text that it was
// made of. A hundred modules are a hundred reads this way; a file each would be a thousand calls of the file system.
const fs = require('node:fs')

/** The index's length comes first, in so many digits. */
const DIGITS = 8

class CodeCache {
  #file
  #opened
  /** Where each module's parts are. */
  #index = new Map()

  /** Reads the index; a file that is absent or damaged counts as empty. */
  constructor(file) {
    this.#file = file
    try {
      this.#opened = fs.openSync(file)
      const length = Number(this.#read(0, DIGITS))
      let at = DIGITS + length
      for (const [name, code, text] of JSON.parse(this.#read(DIGITS, length))) {
        this.#index.set(name, { at, code, text })
        at += code + text
      }
      if (at !== fs.fstatSync(this.#opened).size) this.#index.clear()
    } catch {
      this.#index.clear()
    }
  }

  /** A module's text and V8's code for it, if they are kept. */
  get(name) {
    const place = this.#index.get(name)
    if (!place) return undefined
    const bytes = this.#read(place.at, place.code + place.text)
    // esbuild writes ASCII, except in patterns and comments.
    return { code: bytes.subarray(0, place.code), text: bytes.toString('utf8', place.code) }
  }

  #read(at, length) {
    const bytes = Buffer.allocUnsafeSlow(length)
    if (fs.readSync(this.#opened, bytes, 0, length, at) !== length) throw new Error('cut short')
    return bytes
  }

  /**
   * Keeps modules beside those that `isCurrent` names. If it fails, the next start is only slower, so nothing is reported.
   */
  add(modules, isCurrent) {
    const parts = []
    const index = []
    const put = (name, code, text) => {
      index.push([name, code.length, text.length])
      parts.push(code, text)
    }
    const temporary = `${this.#file}.${process.pid}`
    try {
      for (const [name, { at, code, text }] of this.#index)
        if (isCurrent(name) && !modules.has(name))
          put(name, this.#read(at, code), this.#read(at + code, text))
      for (const [name, { script, text }] of modules) put(name, script.createCachedData(), Buffer.from(text))
      const head = Buffer.from(JSON.stringify(index))
      const length = String(head.length).padStart(DIGITS)
      fs.writeFileSync(temporary, Buffer.concat([Buffer.from(length), head, ...parts]))
      fs.renameSync(temporary, this.#file)
    } catch {
      fs.rmSync(temporary, { force: true })
    }
  }
}

module.exports = { CodeCache }
