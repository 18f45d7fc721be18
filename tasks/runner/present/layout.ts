import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { rowsOf, type Size } from './screen.ts'

/** Cuts a line off so that it takes one row; Chinese, Japanese and Korean characters and emoji are two columns wide. */
export function truncated(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text
  let kept = ''
  let room = columns - 1
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    room -= stringWidth(segment)
    if (room < 0) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

/**
 * Breaks each line between words. What is carried over is put under the first word, or behind a label (`why:`); that of a
 * line without margin is indented by `indent`. A word that is longer than the row stays whole (the
 * terminal breaks it where it must), and so does a line to run: either can then be copied.
 */
export function wrapped(text: string, columns: number, indent: number): string {
  return text
    .split('\n')
    .map((line) => (isCommand(line) ? line : wrapLine(line, columns, indent)))
    .join('\n')
}

/** A line to run, and not a sentence that begins like one. */
function isCommand(line: string): boolean {
  return /^\s*(next: +)?npx task( \S+)*$/.test(line) && !/[,;] /.test(line.replaceAll(/'[^']*'/g, ''))
}

function wrapLine(line: string, columns: number, indent: number): string {
  if (stringWidth(line) <= columns) return line
  const margin = /^ */.exec(line)![0]
  const label = margin && (/^\w+: +/.exec(line.slice(margin.length))?.[0] ?? '')
  const hanging = margin ? margin.length + label.length : indent
  const rows: string[] = []
  let row = margin
  for (const word of line.slice(margin.length).split(' ')) {
    const joined = row.trim() === '' ? row + word : `${row} ${word}`
    // A word that fits in no row stays where it is.
    const fits = hanging + stringWidth(word) <= columns
    if (stringWidth(joined) > columns && row.trim() !== '' && fits) {
      rows.push(row)
      row = `${' '.repeat(hanging)}${word}`
    } else row = joined
  }
  return [...rows, row].join('\n')
}

/**
 * Makes a list fit the terminal's height: finished lines give way first, the oldest before the others, then those that
 * wait, the last before the others. What happens and what failed stays in sight.
 */
export function fitted(
  lines: string[],
  { columns, rows }: Size,
  marks: { done: string; waiting: string },
): string[] {
  // One row is the cursor's, two are for the counts.
  let spare = rows - 3 - lines.reduce((sum, text) => sum + rowsOf(text, columns), 0)
  if (spare + 2 >= 0) return lines
  const shown = lines.map((text) => ({ text, mark: stripVTControlCharacters(text)[0], hidden: false }))
  const hide = (mark: string, from: typeof shown) => {
    let count = 0
    for (const line of from) {
      if (spare >= 0) break
      if (line.mark !== mark) continue
      line.hidden = true
      spare += rowsOf(line.text, columns)
      count++
    }
    return count
  }
  const done = hide(marks.done, shown)
  const waiting = hide(marks.waiting, [...shown].reverse())
  const kept = shown.filter((line) => !line.hidden).map((line) => line.text)
  return [
    ...(done > 0 ? [`${marks.done} ${done} more done`] : []),
    ...kept.slice(spare < 0 ? -Math.max(1, rows - 3) : 0),
    ...(waiting > 0 ? [`${marks.waiting} ${waiting} more to come`] : []),
  ]
}
