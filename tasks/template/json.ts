import { numberOrText } from './scalar.ts'
import { MAX_DEPTH, TemplateSyntaxError } from './syntax.ts'

/**
 * Whether a text is meant as JSON: an object whose first key is quoted. (YAML has such objects too, but no template begins
 * with one, and AWS reads it as JSON.)
 */
export function looksLikeJson(text: string): boolean {
  return /^\s*\{\s*("|\}|$)/.test(text)
}

/** Parses a JSON text. Throws TemplateSyntaxError, with the position. */
export function readJson(text: string): unknown {
  const fault = scan(text)
  if (fault) throw fault
  return JSON.parse(withNumbersAsWritten(text))
}

/** Quotes the numbers that JSON.parse would not preserve as they are written. The text must be valid JSON. */
function withNumbersAsWritten(text: string): string {
  const parts: string[] = []
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '"') at = endOfString(text, at)
    else if (char === '-' || (char >= '0' && char <= '9')) {
      literal.lastIndex = at
      const number = literal.exec(text)![0]
      if (typeof numberOrText(number) === 'string') {
        parts.push(text.slice(from, at), '"', number, '"')
        from = at + number.length
      }
      at += number.length - 1
    }
  }
  if (parts.length === 0) return text
  parts.push(text.slice(from))
  return parts.join('')
}

/**
 * The same JSON text without the white space between its tokens. Nothing else changes: keys keep their order and
 * duplicates, strings and numbers their spelling, so AWS reads exactly what was written.
 */
export function minifyJson(text: string): string {
  const parts: string[] = []
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '"') at = endOfString(text, at)
    else if (isSpace(char)) {
      parts.push(text.slice(from, at))
      while (at + 1 < text.length && isSpace(text[at + 1]!)) at++
      from = at + 1
    }
  }
  parts.push(text.slice(from))
  return parts.join('')
}

/** Finds the first place where a text is not valid JSON (RFC 8259). Does not recurse, so no nesting is too deep for it. */
function scan(text: string): TemplateSyntaxError | undefined {
  const open: ('{' | '[')[] = []
  const opened: number[] = []
  let expect: 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end' | 'end' = 'value'
  let at = 0
  const fault = (message: string, offset = at) => {
    const before = text.slice(0, offset)
    return new TemplateSyntaxError(message, before.split('\n').length, offset - before.lastIndexOf('\n'))
  }
  const close = () => {
    open.pop()
    opened.pop()
    expect = open.length === 0 ? 'end' : ', or end'
    at++
  }
  while (true) {
    while (at < text.length && isSpace(text[at]!)) at++
    if (at === text.length) break
    const char = text[at]!
    const wanted: string = expect
    const inside = open.at(-1)
    if (wanted === 'end') return fault(`unexpected ${show(char)} after the end of the template`)
    if (wanted === ':') {
      if (char !== ':') return fault(`expected : after the key, not ${show(char)}`)
      expect = 'value'
      at++
    } else if (wanted === ', or end') {
      if (char === ',') {
        expect = inside === '{' ? 'key' : 'value'
        at++
      } else if (char === (inside === '{' ? '}' : ']')) close()
      else return fault(`expected a comma or ${inside === '{' ? '}' : ']'}, not ${show(char)}`)
    } else if (wanted === 'key' || wanted === 'key or }') {
      if (char === '}' && wanted === 'key or }') close()
      else if (char !== '"') {
        return fault(
          char === '}' ? 'there is a comma before }' : `expected a key in double quotes, not ${show(char)}`,
        )
      } else {
        const bad = stringFault(text, at)
        if (bad) return fault(bad.message, bad.offset)
        at = endOfString(text, at) + 1
        expect = ':'
      }
    } else if (char === ']' && wanted === 'value or ]') close()
    else if (char === '{' || char === '[') {
      open.push(char)
      opened.push(at)
      if (open.length > MAX_DEPTH) return fault(`the template is nested more than ${MAX_DEPTH} deep`)
      expect = char === '{' ? 'key or }' : 'value or ]'
      at++
    } else {
      if (char === '"') {
        const bad = stringFault(text, at)
        if (bad) return fault(bad.message, bad.offset)
        at = endOfString(text, at) + 1
      } else {
        literal.lastIndex = at
        const word = literal.exec(text)?.[0]
        if (!word)
          return fault(char === ']' ? 'there is a comma before ]' : `expected a value, not ${show(char)}`)
        at += word.length
      }
      expect = open.length === 0 ? 'end' : ', or end'
    }
  }
  if (expect === 'end') return undefined
  const since = opened.length > 0 ? fault('', opened.at(-1)) : undefined
  const hint = since ? `: the ${open.at(-1)} in line ${since.line} is never closed` : ''
  return fault(`the template is incomplete${hint}`, text.trimEnd().length)
}

const literal = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.+-])/y

/** The index of the closing quote of the string that opens at `at`, or the text's length. */
function endOfString(text: string, at: number): number {
  let end = at + 1
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return Math.min(end, text.length)
}

/** What is wrong inside the string that opens at `at`. */
function stringFault(text: string, at: number): { message: string; offset: number } | undefined {
  const end = endOfString(text, at)
  if (end >= text.length) return { message: 'a string is never closed', offset: at }
  for (let index = at + 1; index < end; index++) {
    const char = text[index]!
    if (char < ' ') {
      const message =
        char === '\n' || char === '\r'
          ? 'a string is not closed on its line'
          : 'a string contains a control character'
      return { message, offset: index }
    }
    if (char !== '\\') continue
    index++
    if (!/^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(text.slice(index, index + 5))) {
      return { message: `invalid JSON escape \\${text[index]}`, offset: index - 1 }
    }
  }
  return undefined
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\n' || char === '\r' || char === '\t'
}

function show(char: string): string {
  return char < ' ' ? 'a control character' : char
}
