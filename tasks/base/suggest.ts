import { distance } from 'fastest-levenshtein'

/** `, did you mean X?` for the nearest of the known words, or nothing when none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const [best] = nearest(word, known)
  return best === undefined ? '' : `, did you mean ${best}?`
}

/** The known words that were probably meant, nearest first; one that begins with the word counts as near. */
export function nearest(word: string, known: readonly string[]): string[] {
  const begins = (one: string) => plain(word).length >= 3 && plain(one).startsWith(plain(word))
  return known
    .map((one) => ({ one, far: slips(word, one) }))
    .map(({ far, one }) => ({ one, far: begins(one) ? Math.min(far, tolerance(one)) : far }))
    .filter(({ far, one }) => far <= tolerance(one))
    .sort((a, b) => a.far - b.far)
    .map(({ one }) => one)
}

/** How many typos still count as the same word. */
export function tolerance(word: string): number {
  return word.length <= 3 ? 1 : Math.max(2, Math.floor(word.length / 3))
}

/** Typos between two words; letter case, `-` and `_` are ignored, and two swapped letters are one typo. */
export function slips(a: string, b: string): number {
  const [one, other] = [plain(a), plain(b)]
  const far = distance(one, other)
  return far === 2 && one.length === other.length && sorted(one) === sorted(other) ? 1 : far
}

export const plain = (word: string) => word.toLowerCase().replace(/[-_]/g, '')
const sorted = (word: string) => [...word].sort().join('')
