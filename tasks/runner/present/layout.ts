import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { rowsOf, type Size } from './screen.ts'

/** Truncates a line to one row; Chinese, Japanese and Korean characters and emoji are two columns wide. */
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
 * Wraps each line between words: the only place where text is laid out for a terminal. Continuation rows are aligned with the
 * first word, or with the text after a label (`why:`, the first column of a table) if that leaves half of the row; without a
 * margin they are indented by `indent`. A word longer than the row stays whole (the terminal breaks it), and so that they can be
 * copied, a command is never wrapped, and a command within a sentence gets a row of its own if needed.
 */
export function wrapped(text: string, columns: number, indent: number): string {
  return text
    .split('\n')
    .map((line) => {
      if (isCommand(line)) return line
      return EXCERPT.test(line) ? truncated(line, columns) : wrapLine(line, columns, indent)
    })
    .join('\n')
}

/** Lays out a text for a stream: wrapped on a terminal, unchanged elsewhere. */
export function laidOut(text: string, { columns, isTTY }: NodeJS.WriteStream, indent = 2): string {
  // The last column stays free: in some terminals a full row already starts the next.
  return isTTY ? wrapped(text, (columns || 80) - 1, indent) : text
}

/** A line of a file, or the marker under it, whose columns must be kept. */
const EXCERPT = /^ +\d* *\| /

const QUOTED = /'[^']*'|"[^"]*"/g

/** Whether a line is a command to run: not a sentence that begins like one, and not a usage (`npx task ssh [NODE]`). */
function isCommand(line: string): boolean {
  const bare = line.replace(QUOTED, "''")
  return /^\s*(\w+: +)?npx task( \S+)*$/.test(bare) && !/[,;] |[[\]|…]|[.:]$/.test(bare)
}

/** A command within a sentence: a task, then whatever can be told apart from the words of the sentence. */
const INNER_COMMAND =
  /npx task [a-z][\w-]*(?: (?:[A-Za-z][\w.]*=(?:'[^']*'|"[^"]*"|[^\s,;)'"])+|'[^']*'|"[^"]*"|-c (?:'[^']*'|"[^"]*"|[^\s,;)'"]+)|--?[a-z][\w-]*\b))*/g

/** The words of a line; a command counts as one. */
function wordsIn(text: string): string[] {
  const words: string[] = []
  let end = 0
  const add = (piece: string) => {
    // What follows a command without a space, such as a comma, stays with it.
    const [first = '', ...others] = piece.split(' ')
    words.push(`${words.pop() ?? ''}${first}`, ...others)
  }
  for (const found of text.matchAll(INNER_COMMAND)) {
    add(text.slice(end, found.index))
    words.push(`${words.pop()}${found[0]}`)
    end = found.index + found[0].length
  }
  add(text.slice(end))
  return words
}

function wrapLine(line: string, columns: number, indent: number): string {
  if (stringWidth(line) <= columns) return line
  const margin = /^ */.exec(line)![0]
  const rest = line.slice(margin.length)
  const label = margin && (/^(?:\w+: +|\S+(?: \S+)*? {2,})/.exec(rest)?.[0] ?? '')
  const behind = margin.length + stringWidth(label)
  const hanging = !margin ? indent : behind <= columns / 2 ? behind : margin.length + 2
  const rows: string[] = []
  // A label is kept unchanged, including its spaces.
  let row = margin + label
  let begun = false
  for (const word of wordsIn(rest.slice(label.length))) {
    const joined = begun ? `${row} ${word}` : row + word
    const breaks = stringWidth(joined) > columns && row.trim() !== ''
    // A word that does not fit after the margin starts a row further to the left; one that fits in no row stays in place, except
    // a command, which can then at least be copied from its beginning.
    const width = stringWidth(word)
    const left = width <= columns ? Math.min(hanging, columns - width) : hanging
    const helps = width <= columns || word.includes(' ')
    if (breaks && helps && (begun || left < behind)) {
      if (row.trim() !== '') rows.push(row.trimEnd())
      row = `${' '.repeat(left)}${word}`
    } else row = joined
    begun = true
  }
  return [...rows, row].join('\n')
}

/**
 * Makes a list fit the terminal's height: finished lines are hidden first, the oldest before others, then waiting ones, the
 * last before others. Running and failed lines stay visible.
 */
export function fitted(
  lines: string[],
  { columns, rows }: Size,
  marks: { done: string; waiting: string },
): string[] {
  // One row is for the cursor, two are for the counts.
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
