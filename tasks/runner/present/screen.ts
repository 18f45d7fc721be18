import stringWidth from 'string-width'

export interface Size {
  columns: number
  rows: number
}

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const ERASE_ROW = '\x1b[2K'
const ERASE_REST_OF_ROW = '\x1b[K'
const up = (rows: number) => (rows > 0 ? `\x1b[${rows}A` : '')
const DOWN = '\x1b[B'

/**
 * The block of lines at the end of a terminal's output, drawn again in place. A line that is too long goes on in the next
 * row, as everywhere on a terminal: rows are counted, not lines. After a change of width the terminal has laid the block out
 * again, so its rows are counted at the width of now.
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
    const { columns } = this.size()
    const same = columns === this.#columns ? commonStart(lines, this.#drawn) : 0
    if (same === lines.length && same === this.#drawn.length) return
    if (!this.#hidden) this.write(HIDE_CURSOR)
    this.#hidden = true
    this.#replace(this.#drawn.slice(same), lines.slice(same))
    this.#drawn = lines
    this.#columns = columns
  }

  /** Takes the block away; what is written next takes its place. */
  clear(): void {
    if (this.#drawn.length > 0) this.#replace(this.#drawn, [])
    this.#drawn = []
    this.#showCursor()
  }

  /**
   * Row by row: some terminals keep what is erased all at once among the lines that have been scrolled out. All of it in one
   * write, so that nobody sees half of it.
   */
  #replace(before: string[], after: string[]): void {
    const { columns, rows } = this.size()
    const height = (lines: string[]) => lines.reduce((sum, text) => sum + rowsOf(text, columns), 0)
    // What has been pushed out at the top cannot be reached any more.
    const reachable = Math.min(height(before), rows - 1)
    const surplus = Math.max(0, reachable - height(after))
    const text = after.map((line) => `${ERASE_ROW}${line}${restOf(line, columns)}\n`).join('')
    // The cursor's own row may hold what was typed meanwhile, such as the echo of Ctrl-C.
    this.write(`\r${ERASE_ROW}${up(reachable)}${text}${(ERASE_ROW + DOWN).repeat(surplus)}${up(surplus)}`)
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
  return Math.max(1, Math.ceil(stringWidth(text) / columns))
}

/** Erases what is left of the last row; in a full row that would hit its last character. */
function restOf(text: string, columns: number): string {
  const width = stringWidth(text)
  return width > 0 && width % columns === 0 ? '' : ERASE_REST_OF_ROW
}

function commonStart(one: string[], other: string[]): number {
  const end = one.findIndex((text, index) => text !== other[index])
  return end < 0 ? one.length : end
}
