import { stripVTControlCharacters } from 'node:util'

export interface Size {
  columns: number
  rows: number
}

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const ERASE_BELOW = '\x1b[J'

/**
 * The block of lines at the end of a terminal's output, drawn again in place. A line that is too long goes on in the next
 * row, as everywhere on a terminal: rows are counted, not lines. After a change of width the terminal has laid the block out
 * anew, so its rows are counted at the width of now.
 */
export class Screen {
  #drawn: string[] = []
  #columns = 0
  #hidden = false

  /** `write` must reach the terminal before it returns: the cursor comes back even when the process ends at once. */
  constructor(
    private readonly write: (text: string) => void,
    private readonly size: () => Size,
  ) {
    process.on('exit', this.#showCursor)
  }

  /** Replaces the block. Only what is below the first changed line is written. */
  draw(lines: string[]): void {
    const { columns, rows } = this.size()
    const same = columns === this.#columns ? commonStart(lines, this.#drawn) : 0
    if (same === lines.length && same === this.#drawn.length) return
    if (!this.#hidden) this.write(HIDE_CURSOR)
    this.#hidden = true
    this.write(`${up(this.#drawn.slice(same), columns, rows)}${lines.slice(same).map(line).join('')}`)
    this.#drawn = lines
    this.#columns = columns
  }

  /** Takes the block away; what is written next stands in its place. */
  clear(): void {
    const { columns, rows } = this.size()
    if (this.#drawn.length > 0) this.write(up(this.#drawn, columns, rows))
    this.#drawn = []
    this.#showCursor()
  }

  /** Leaves the cursor as it was found, for good. */
  done(): void {
    this.#showCursor()
    process.off('exit', this.#showCursor)
  }

  readonly #showCursor = () => {
    if (this.#hidden) this.write(SHOW_CURSOR)
    this.#hidden = false
  }
}

/** How many rows a line takes. */
export function rowsOf(text: string, columns: number): number {
  return Math.max(1, Math.ceil(stripVTControlCharacters(text).length / columns))
}

function up(lines: string[], columns: number, rows: number): string {
  const count = lines.reduce((sum, text) => sum + rowsOf(text, columns), 0)
  // What has been pushed out at the top cannot be reached any more.
  const reachable = Math.min(count, rows - 1)
  return `\r${reachable > 0 ? `\x1b[${reachable}A` : ''}${ERASE_BELOW}`
}

function line(text: string): string {
  return `${text}\n`
}

function commonStart(one: string[], other: string[]): number {
  const end = one.findIndex((text, index) => text !== other[index])
  return end < 0 ? one.length : end
}
