import { distance } from 'fastest-levenshtein'

/** The keys that were probably meant by an unknown one, nearest first, at most three; each as near as the next. */
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

/** The word of a list that was probably meant, if one is near. */
export function suggestWord(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((one) => ({ one, away: apart(word, one) }))
    .filter(({ one, away }) => away <= tolerance(one))
    .sort((a, b) => a.away - b.away)
  return near[0]?.one
}

// A slip within the right section is likelier than the right word in the wrong one; a whole dotted key may also be
// misspelt in its section.
function score(unknown: string, key: string, section: string): number {
  const [name, other] = [lastOf(unknown), lastOf(key)]
  const last = Math.min(
    apart(name, other),
    isPartOf(name, other) ? tolerance(other) : Number.POSITIVE_INFINITY,
  )
  const sameSection = sectionOf(key) === section
  const byName = last <= tolerance(lastOf(key)) ? last + (sameSection ? 0 : 0.5) : Number.POSITIVE_INFINITY
  const whole = section ? apart(unknown, key) : Number.POSITIVE_INFINITY
  const byWhole = whole <= tolerance(lastOf(key)) ? whole : Number.POSITIVE_INFINITY
  return Math.min(byName, byWhole)
}

/**
 * Whether a word is the end of another (`location` of `adminLocation`), or its beginning (`token` of `tokenFile`), which
 * may hold a slip (`tokn`).
 */
function isPartOf(word: string, other: string): boolean {
  const [part, whole] = [plain(word), plain(other)]
  if (part.length < 3) return false
  const beginnings = [part.length, part.length + 1].map((length) => whole.slice(0, length))
  const near = part.length > 3 ? 1 : 0
  return whole.endsWith(part) || beginnings.some((beginning) => distance(part, beginning) <= near)
}

/** How many slips still count as the same word. */
function tolerance(word: string): number {
  return word.length <= 3 ? 1 : Math.max(2, Math.floor(word.length / 3))
}

/** Slips between two words; letter case, `-` and `_` count for nothing, and two letters swapped are one slip. */
function apart(a: string, b: string): number {
  const [one, other] = [plain(a), plain(b)]
  const slips = distance(one, other)
  return slips === 2 && one.length === other.length && sorted(one) === sorted(other) ? 1 : slips
}

const plain = (word: string) => word.toLowerCase().replace(/[-_]/g, '')
const sorted = (word: string) => [...word].sort().join('')
const lastOf = (key: string) => key.slice(key.lastIndexOf('.') + 1)
const sectionOf = (key: string) => key.slice(0, Math.max(0, key.lastIndexOf('.')))
