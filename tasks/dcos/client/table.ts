/** Rows in columns under a header, as wide as they need, two spaces apart. */
export function table(header: string[], rows: string[][]): string {
  const widths = header.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return `${[header, ...rows].map(line).join('\n')}\n`
}

/** JSON as the dcos CLI prints it. */
export function prettyJson(value: unknown): string {
  return `${JSON.stringify(value, null, 4)}\n`
}
