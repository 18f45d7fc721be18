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
 * The block of lines at the end of a terminal's output, redrawn in place. A line that is too long wraps to the next row, as
 * always on a terminal, so rows are counted, not lines. After a resize the terminal has reflowed the block, so its rows are
 * counted at the new width.
 */
export class Screen {
  #drawn: string[] = []
  #columns = 0
  #hidden = false

  /** `write` must be synchronous, so that the cursor is restored even when the process ends at once. */
  constructor(
    private readonly write: (text: string) => void,
    private readonly size: () => Size,
  ) {
    process.on('exit', this.#showCursor)
  }

  /** Replaces the block. Only the lines from the first change on are written. */
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

  /** Removes the block; the next output takes its place. */
  clear(): void {
    if (this.#drawn.length > 0) this.#replace(this.#drawn, [])
    this.#drawn = []
    this.#showCursor()
  }

  /**
   * Row by row, because some terminals move what is erased all at once to the scrollback. In one write, so that no partial update
   * is visible.
   */
  #replace(before: string[], after: string[]): void {
    const { columns, rows } = this.size()
    const height = (lines: string[]) => lines.reduce((sum, text) => sum + rowsOf(text, columns), 0)
    // Rows that have scrolled out at the top can no longer be reached.
    const reachable = Math.min(height(before), rows - 1)
    const surplus = Math.max(0, reachable - height(after))
    const text = after.map((line) => `${ERASE_ROW}${line}${restOf(line, columns)}\n`).join('')
    // The cursor's row may contain typed characters, such as the echo of Ctrl-C.
    this.write(`\r${ERASE_ROW}${up(reachable)}${text}${(ERASE_ROW + DOWN).repeat(surplus)}${up(surplus)}`)
  }

  /** Restores the cursor for good. */
  done(): void {
    this.#showCursor()
    process.off('exit', this.#showCursor)
  }

  readonly #showCursor = () => {
    if (this.#hidden) this.write(SHOW_CURSOR)
    this.#hidden = false
  }
}

/** The number of rows a line takes. */
export function rowsOf(text: string, columns: number): number {
  return Math.max(1, Math.ceil(stringWidth(text) / columns))
}

/** Erases the rest of the last row; in a full row that would erase its last character. */
function restOf(text: string, columns: number): string {
  const width = stringWidth(text)
  return width > 0 && width % columns === 0 ? '' : ERASE_REST_OF_ROW
}

function commonStart(one: string[], other: string[]): number {
  const end = one.findIndex((text, index) => text !== other[index])
  return end < 0 ? one.length : end
}
