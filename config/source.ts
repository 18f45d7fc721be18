import { printable, withoutSecrets } from './errors.ts'

/** How much of a long line an excerpt shows around the error, in characters. */
const WIDTH = 90
const BEFORE = 40

/** The text of a config file, indexed by line. */
export class Source {
  readonly name: string
  readonly text: string
  readonly #starts: number[]

  /** `name` is the file's name in errors; `text` has no byte-order mark. */
  constructor(name: string, text: string) {
    this.name = name
    this.text = text
    this.#starts = [0]
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1)
  }

  /** `file:line:col`, both counted from 1, columns as editors count them. */
  place(offset: number): string {
    const { line, column } = this.#locate(offset)
    return `${this.name}:${line}:${column}`
  }

  /**
   * The line that contains `from`, and under it a caret for each character up to `to`. The text after an unknown key
   * may be anything, so `cut` ends the line after the marked part.
   */
  excerpt(from: number, to: number, cut = false): string[] {
    const { line, start, column } = this.#locate(from)
    const end = this.#end(line)
    const last = Math.min(Math.max(to, start + column), Math.max(end, start + column))
    const raw = withoutSecrets(this.text.slice(start, cut ? Math.min(last, end) : end))
    const begin = column - 1 > BEFORE && raw.length > WIDTH ? column - 1 - BEFORE : 0
    const window = raw.slice(begin, begin + WIDTH)
    const head = begin > 0 ? '…' : ''
    const rest = cut ? (/^\s*:/.test(this.text.slice(last, end)) ? ': …' : '…') : ''
    const tail = rest || (begin + WIDTH < raw.length ? '…' : '')
    const before = head + raw.slice(begin, column - 1)
    const marked = raw.slice(column - 1, Math.min(last - start, begin + WIDTH))
    const gutter = String(line)
    return [
      `${gutter} | ${printable(head + window + tail)}`.trimEnd(),
      `${' '.repeat(gutter.length)} | ${' '.repeat([...before].length)}${'^'.repeat(Math.max(1, [...marked].length))}`,
    ]
  }

  #locate(offset: number): { line: number; column: number; start: number } {
    let at = Math.min(offset, this.text.length)
    // An error "at the end of the file" is shown at the end of the last non-empty line.
    if (at === this.text.length) while (at > 0 && /\s/.test(this.text[at - 1]!)) at--
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#starts[middle]! <= at) low = middle
      else high = middle - 1
    }
    const start = this.#starts[low]!
    return { line: low + 1, column: at - start + 1, start }
  }

  /** Where a line's text ends, without its line break. */
  #end(line: number): number {
    let end = this.#starts[line] ?? this.text.length
    while (end > this.#starts[line - 1]! && /[\r\n]/.test(this.text[end - 1]!)) end--
    return end
  }
}
