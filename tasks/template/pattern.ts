import { createRequire } from 'node:module'

/** A pattern may take for ever to judge a value, `(a+)+` for example; so long it is tried, in milliseconds. */
const PATIENCE_MS = 250

/**
 * Whether a value matches an AllowedPattern as CloudFormation judges it. Undefined where only AWS can say: the pattern is not
 * to be said in JavaScript, or takes too long.
 */
export function matchesPattern(pattern: string, value: string): boolean | undefined {
  const expression = allowedPattern(pattern)
  if (!expression) return undefined
  if (isSoonJudged(pattern, value)) return expression.test(value)
  try {
    judge ??= judgeInTime()
    return judge(expression, value)
  } catch {
    return undefined
  }
}

/**
 * With a single repetition, and that of a character, a judgement ends soon. `(a|a)*b` and `a*a*a*b` go back and forth, but a few
 * repetitions not for long in a short value; one of a group counts as often as it repeats what is in it.
 */
function isSoonJudged(pattern: string, value: string): boolean {
  const groups = pattern.match(/\)[*+{]/g) ?? []
  const repetitions = (pattern.match(/[*+{]/g) ?? []).length
  if (value.length <= SHORTEST || (groups.length === 0 && repetitions < 2)) return true
  const times = groups.length === 0 ? 1 : Number(/\)\{(?:\d,)?(\d)\}/.exec(pattern)?.[1] ?? MANY)
  return value.length <= SHORT && groups.length < 2 && (repetitions - groups.length) * times <= MANY
}

/** Lengths of values; and the most repetitions in one of these: some ten million ways to try. */
const SHORTEST = 4
const SHORT = 20
const MANY = 9

/** Loads what can break a judgement off, once: only a pattern that can go back and forth without end needs it. */
let judge: ((expression: RegExp, value: string) => boolean) | undefined

function judgeInTime(): NonNullable<typeof judge> {
  const { createContext, Script } = createRequire(import.meta.url)('node:vm') as typeof import('node:vm')
  const given: { expression?: RegExp; value?: string } = {}
  const context = createContext(given)
  const script = new Script('expression.test(value)')
  return (expression, value) => {
    Object.assign(given, { expression, value })
    return script.runInContext(context, { timeout: PATIENCE_MS }) as boolean
  }
}

/** Constructs of Java's regular expressions that JavaScript reads as something else, or not at all. */
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
 * An AllowedPattern as JavaScript's regular expression. CloudFormation's are Java's, and must match the whole value.
 * Undefined if the pattern cannot be said in JavaScript: then only AWS can judge.
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
    // Possessive quantifiers and atomic groups only forbid going back: without them no less is allowed.
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
