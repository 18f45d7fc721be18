/**
 * Rows in columns under a header, as wide as needed, two spaces apart. If that is wider than `columns`, the columns in `spare`
 * are left out, in that order: a wrapped row cannot be read.
 */
export function table(
  header: readonly string[],
  rows: readonly string[][],
  columns = Number.POSITIVE_INFINITY,
  spare: readonly string[] = [],
): string {
  // A cell is one line, whatever a name contains.
  const flat = rows.map((row) => row.map((cell) => cell.replace(/\s+/g, ' ')))
  const widths = header.map((name, column) =>
    Math.max(name.length, ...flat.map((row) => (row[column] ?? '').length)),
  )
  const shown = new Set(header.keys())
  const width = () => [...shown].reduce((sum, column) => sum + widths[column]! + 2, -2)
  for (const name of spare) if (width() > columns) shown.delete(header.indexOf(name))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .filter((_, column) => shown.has(column))
      .join('  ')
      .trimEnd()
  return `${[header, ...flat].map(line).join('\n')}\n`
}
