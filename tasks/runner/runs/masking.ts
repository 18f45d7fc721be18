import { printable } from '../../base/terminal-text.ts'

/** In place of what must not be kept. */
const UNTOLD = '<value>'
/** Shorter than that a value is no secret, but a word that is everywhere: `true`, `10`, `Yes`. */
const SHORTEST = 6

/** Takes secrets out of every text in a value, and what a terminal would obey. */
export function masking(secrets: readonly string[]): <Value>(value: Value) => Value {
  const known = [...new Set(secrets.filter((secret) => secret.length >= SHORTEST))]
    // One may hold another.
    .sort((a, b) => b.length - a.length)
    .map((secret) => printable(secret))
  const text = (one: string) =>
    known.reduce((masked, secret) => masked.replaceAll(secret, UNTOLD), printable(one))
  const mask = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return value.map(mask)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [text(key), mask(one)]))
  }
  return mask as <Value>(value: Value) => Value
}
