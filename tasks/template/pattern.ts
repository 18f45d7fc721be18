import { createRequire } from 'node:module'

/** Matching a pattern such as `(a+)+` may take forever; this is its timeout, in milliseconds. */
const TIMEOUT_MS = 250

/**
 * Whether a value matches an AllowedPattern, as CloudFormation checks it. Undefined if only AWS can tell: the pattern cannot
 * be expressed in JavaScript, or takes too long.
 */
export function matchesPattern(pattern: string, value: string): boolean | undefined {
  const expression = allowedPattern(pattern)
  if (!expression) return undefined
  if (isFast(pattern, value)) return expression.test(value)
  try {
    testInTime ??= limitedTest()
    return testInTime(expression, value)
  } catch {
    return undefined
  }
}

/**
 * Whether a match surely ends soon: with a single repetition of a character it does. `(a|a)*b` and `a*a*a*b` backtrack, but with
 * few repetitions not for long in a short value; the repetition of a group multiplies those in it.
 */
function isFast(pattern: string, value: string): boolean {
  const groups = pattern.match(/\)[*+{]/g) ?? []
  const repetitions = (pattern.match(/[*+{]/g) ?? []).length
  if (value.length <= SHORTEST || (groups.length === 0 && repetitions < 2)) return true
  const times = groups.length === 0 ? 1 : Number(/\)\{(?:\d,)?(\d)\}/.exec(pattern)?.[1] ?? MANY)
  return value.length <= SHORT && groups.length < 2 && (repetitions - groups.length) * times <= MANY
}

/** Lengths of values; and the most repetitions allowed in a short one: some ten million attempts. */
const SHORTEST = 4
const SHORT = 20
const MANY = 9

/** A test with a timeout, loaded once: only a pattern that may backtrack without end needs it. */
let testInTime: ((expression: RegExp, value: string) => boolean) | undefined

function limitedTest(): NonNullable<typeof testInTime> {
  const { createContext, Script } = createRequire(import.meta.url)('node:vm') as typeof import('node:vm')
  const given: { expression?: RegExp; value?: string } = {}
  const context = createContext(given)
  const script = new Script('expression.test(value)')
  return (expression, value) => {
    Object.assign(given, { expression, value })
    return script.runInContext(context, { timeout: TIMEOUT_MS }) as boolean
  }
}

/** Constructs of Java's regular expressions that JavaScript interprets differently, or not at all. */
const onlyJava = /\\[hHRXGeaZvV]|&&|\(\?[a-z]*-?[a-z]*x|\[[^\]\\]*(?:\\.[^\]\\]*)*\[(?!:)/

/** java.util.regex.Pattern: "POSIX character classes (US-ASCII only)". */
const posix: Record<string, string> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '!-\\/:-@\\[-`{-~',
  Graph: '!-~',
  Print: ' -~',
  Blank: ' \\t',
  Space: '\\s',
  XDigit: '0-9a-fA-F',
  ASCII: '\\x00-\\x7F',
}

/**
 * An AllowedPattern as a JavaScript regular expression. CloudFormation's are Java's, and must match the whole value.
 * Undefined if the pattern cannot be expressed in JavaScript: then only AWS can check it.
 */
export function allowedPattern(pattern: string): RegExp | undefined {
  let flags = ''
  let body = pattern
    .replace(/^\(\?([ims]+)\)/, (_, set: string) => {
      flags = [...new Set(set)].join('')
      return ''
    })
    .replace(/\\Q([\s\S]*?)(?:\\E|$)/g, (_, text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
  if (onlyJava.test(body) || flags.includes('m')) return undefined
  body = translateClasses(body)
    // Possessive quantifiers and atomic groups only prevent backtracking: without them nothing less matches.
    .replace(/((?:^|[^\\])(?:\\\\)*[*+?}])\+/g, '$1')
    .replace(/\(\?>/g, '(?:')
  if (/\\p/i.test(body)) flags += 'u'
  try {
    return new RegExp(`^(?:${body})$`, flags)
  } catch {
    return undefined
  }
}

/** `\p{Alpha}` inside and outside a character class. */
function translateClasses(body: string): string {
  let inside = false
  let out = ''
  for (let at = 0; at < body.length; at++) {
    const char = body[at]!
    if (char === '\\') {
      const named = /^\\p\{(\w+)\}/.exec(body.slice(at))
      const set = named ? posix[named[1]!] : undefined
      if (named && set) {
        out += inside ? set : `[${set}]`
        at += named[0].length - 1
      } else {
        out += body.slice(at, at + 2)
        at++
      }
      continue
    }
    if (char === '[') inside = true
    if (char === ']') inside = false
    out += char
  }
  return out
}
