import { createHash } from 'node:crypto'

/** A UUID computed from words: the same words give the same one, in every process that serves the cluster. */
export function uuidOf(...words: string[]): string {
  const hex = createHash('sha256').update(words.join('\0')).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
