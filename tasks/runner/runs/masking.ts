import { printable } from '../../base/terminal-text.ts'

/** The placeholder for a secret. */
const HIDDEN_VALUE = '<value>'
/** Shorter values are not secrets, but words that occur everywhere: `true`, `10`, `Yes`. */
const MIN_LENGTH = 6

/** Removes secrets and terminal control sequences from every text in a value. */
export function masking(secrets: readonly string[]): <Value>(value: Value) => Value {
  const known = [...new Set(secrets.filter((secret) => secret.length >= MIN_LENGTH))]
    // One may contain another.
    .sort((a, b) => b.length - a.length)
    .map((secret) => printable(secret))
  const text = (one: string) =>
    known.reduce((masked, secret) => masked.replaceAll(secret, HIDDEN_VALUE), printable(one))
  const mask = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return value.map(mask)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [text(key), mask(one)]))
  }
  return mask as <Value>(value: Value) => Value
}
