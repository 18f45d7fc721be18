import { Failure } from '../tasks/base/failure.ts'

/** How many problems one failure spells out; the rest are counted. */
const SHOWN = 5
/** How much of a value an error repeats. */
const VALUE_LENGTH = 60

/** One thing that is wrong with the config. */
export interface Problem {
  /** Where: `file:line:col`, an environment variable, or the command-line argument; empty if obvious. */
  place: string
  /** What is wrong, in one line. */
  what: string
  /** The line with the error, and a caret under it. */
  excerpt?: string[]
  /** What is allowed there, to follow `allowed:`. */
  allowed?: string
  /** What was probably meant. */
  suggestions?: string[]
}

/** All problems as one failure (CONFIG_INVALID). */
export function invalid(problems: readonly Problem[], next: string): Failure {
  const shown = problems.slice(0, SHOWN).map(problemText)
  const more = problems.length - shown.length
  if (more > 0) shown.push(`and ${more} more`)
  return new Failure('CONFIG_INVALID', { message: shown.join('\n'), next })
}

/** The text of a problem, over several lines. */
export function problemText(problem: Problem): string {
  const lines = [problem.place ? `${problem.place}: ${problem.what}` : problem.what]
  for (const line of problem.excerpt ?? []) lines.push(`  ${line}`)
  if (problem.suggestions?.length) lines.push(`  did you mean ${problem.suggestions.join(' or ')}?`)
  if (problem.allowed) lines.push(`  allowed: ${problem.allowed}`)
  return lines.join('\n')
}

/** A value as shown in an error: on one line, shortened, strings in quotes. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  const text = typeof value === 'string' ? printable(value) : String(value)
  const short = text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}…` : text
  return typeof value === 'string' ? `"${short}"` : short
}

/** Text without anything that moves a terminal's cursor or changes its colours. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    character === '\t' ? ' ' : '·',
  )
}

/** Names that suggest a secret value. */
const SECRET = '[\\w-]*(?:pass|secret|token|credential|licen[cs]e|accesskey)[\\w-]*'
const SECRET_NAME = new RegExp(SECRET, 'i')
const SECRET_PAIR = new RegExp(
  `(${SECRET})(["']?\\s*:\\s+)("[^"]*"?[^,}\\]]*|'[^']*'?[^,}\\]]*|[{[].*|[^\\s,}\\]][^,}\\]]*)`,
  'gi',
)

/** Whether a key of this name may hold a secret; one that ends in File holds a path. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !name.endsWith('File')
}

/** A line of YAML with the values of secret-sounding keys masked, keeping every column. */
export function withoutSecrets(line: string): string {
  return line.replace(SECRET_PAIR, (pair, name: string, colon: string, value: string) =>
    isSecretName(name) ? `${name}${colon}${'*'.repeat(value.length)}` : pair,
  )
}
