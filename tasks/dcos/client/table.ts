/** Rows in columns under a header, as wide as they need, two spaces apart. */
export function table(header: string[], rows: string[][]): string {
  // A cell is one line, whatever somebody put into a name.
  const flat = rows.map((row) => row.map((cell) => cell.replace(/\s+/g, ' ')))
  const widths = header.map((name, column) =>
    Math.max(name.length, ...flat.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return `${[header, ...flat].map(line).join('\n')}\n`
}

/** JSON as the dcos CLI prints it. */
export function prettyJson(value: unknown): string {
  return `${JSON.stringify(value, null, 4)}\n`
}
