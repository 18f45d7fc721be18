import { distance } from 'fastest-levenshtein'
import { plain, slips, tolerance } from '../tasks/base/suggest.ts'

/** The keys that are nearest to an unknown one, at most three, all equally near. */
export function suggestKeys(unknown: string, known: readonly string[]): string[] {
  const section = sectionOf(unknown)
  const scored = known.map((key) => ({ key, score: score(unknown, key, section) }))
  const best = Math.min(...scored.map((one) => one.score))
  if (!Number.isFinite(best)) return []
  return scored
    .filter((one) => one.score === best)
    .map((one) => one.key)
    .slice(0, 3)
}

// A typo within the right section is likelier than the right word in the wrong one; the section itself may also be
// misspelt.
function score(unknown: string, key: string, section: string): number {
  const [name, other] = [lastOf(unknown), lastOf(key)]
  const last = Math.min(
    slips(name, other),
    isPartOf(name, other) ? tolerance(other) : Number.POSITIVE_INFINITY,
  )
  const sameSection = sectionOf(key) === section
  const byName = last <= tolerance(lastOf(key)) ? last + (sameSection ? 0 : 1.5) : Number.POSITIVE_INFINITY
  const whole = section ? slips(unknown, key) : Number.POSITIVE_INFINITY
  const byWhole = whole <= tolerance(lastOf(key)) ? whole : Number.POSITIVE_INFINITY
  return Math.min(byName, byWhole)
}

/**
 * Whether a word is the end of another (`location` of `adminLocation`), or its beginning (`token` of `tokenFile`), which
 * may contain a typo (`tokn`).
 */
function isPartOf(word: string, other: string): boolean {
  const [part, whole] = [plain(word), plain(other)]
  if (part.length < 3) return false
  const beginnings = [part.length, part.length + 1].map((length) => whole.slice(0, length))
  const near = part.length > 3 ? 1 : 0
  return whole.endsWith(part) || beginnings.some((beginning) => distance(part, beginning) <= near)
}

const lastOf = (key: string) => key.slice(key.lastIndexOf('.') + 1)
const sectionOf = (key: string) => key.slice(0, Math.max(0, key.lastIndexOf('.')))
