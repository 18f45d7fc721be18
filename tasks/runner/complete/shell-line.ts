/** Splits a shell command line up to the cursor: the words before the one at the cursor, that one, and how it is typed. */
export function splitLine(line: string): { before: string[]; current: string; raw: string } {
  // Other commands may precede the one being typed.
  const words = [
    ...line.matchAll(/(?:\\[\s\S]|'[^']*(?:'|$)|"(?:\\[\s\S]|[^"\\])*(?:"|$)|[^\s;&|()'"\\])+|[;&|()]+/g),
  ]
  const last = words.at(-1)
  const open = last && last.index + last[0].length === line.length && !/^[;&|(]/.test(last[0])
  const raw = open ? last[0] : ''
  const typed = words.slice(0, open ? -1 : undefined).map(([word]) => word)
  const before = typed.slice(typed.findLastIndex((word) => /^[;&|()]/.test(word)) + 1)
  return { before: before.map(unquoted), current: unquoted(raw), raw }
}

/** A word as the shell passes it to the program. */
function unquoted(word: string): string {
  return word.replace(
    /\\([\s\S])|'([^']*)'?|"((?:\\[\s\S]|[^"\\])*)"?/g,
    (_, character, single, double) => character ?? single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? '',
  )
}

/** A word escaped for a shell; a leading tilde is kept. */
export function escaped(word: string): string {
  return word.replace(/(?!^~)[^\w@%+=:,./\u0080-\uffff-]/g, '\\$&')
}
