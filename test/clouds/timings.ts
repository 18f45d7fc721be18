import { table } from '../table.ts'

/** What a step took: for the table that is printed at the end. */
interface Cell {
  ms: number
  /** Requests that left the process; undefined where the command does not count them aloud. */
  calls: number | undefined
}

/** Cloud × template × step, in the order in which they came. */
export class Timings {
  readonly #rows = new Map<string, Map<string, Cell>>()
  readonly #steps: string[] = []

  add(row: string, step: string, ms: number, calls: Record<string, number> | undefined): void {
    if (!this.#steps.includes(step)) this.#steps.push(step)
    const cells = this.#rows.get(row) ?? new Map<string, Cell>()
    this.#rows.set(row, cells)
    cells.set(step, { ms, calls: calls && Object.values(calls).reduce((sum, count) => sum + count, 0) })
  }

  /** Seconds of wall time of the whole command, and AWS requests. */
  toString(): string {
    const lines = [...this.#rows].map(([row, cells]) => [
      row,
      ...this.#steps.map((step) => text(cells.get(step))),
    ])
    return table([['', ...this.#steps], ...lines])
  }
}

function text(cell: Cell | undefined): string {
  if (!cell) return ''
  const seconds = `${(cell.ms / 1000).toFixed(1)} s`
  return cell.calls === undefined ? seconds : `${seconds}, ${cell.calls}`
}
