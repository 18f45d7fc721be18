import { closest, distance } from 'fastest-levenshtein'

/** `, did you mean X?` for the nearest of the known words, or nothing when none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const nearest = closest(word, known as string[])
  const near = distance(word, nearest) <= Math.max(1, Math.floor(Math.max(word.length, nearest.length) * 0.4))
  return near || (word.length >= 3 && nearest.startsWith(word)) ? `, did you mean ${nearest}?` : ''
}
