import { createHash } from 'node:crypto'

/** What a draw is for. The same words always draw the same number: every process sees the same cloud. */
export type Words = readonly (string | number)[]

function digest(words: Words): Buffer {
  return createHash('sha256').update(words.join('\0')).digest()
}

/** A number from 0 up to, not including, 1. */
export function draw(...words: Words): number {
  return digest(words).readUIntBE(0, 6) / 2 ** 48
}

/** A number between the two. */
export function between(low: number, high: number, ...words: Words): number {
  return low + (high - low) * draw(...words)
}

export function hex(length: number, ...words: Words): string {
  return digest(words).toString('hex').slice(0, length)
}

/** Capital letters and digits, as CloudFormation appends to the names it generates. */
export function letters(length: number, ...words: Words): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
  return [...digest(words).subarray(0, length)].map((byte) => alphabet[byte % alphabet.length]).join('')
}

export function uuid(...words: Words): string {
  const text = hex(32, ...words)
  return [
    text.slice(0, 8),
    text.slice(8, 12),
    `4${text.slice(13, 16)}`,
    `8${text.slice(17, 20)}`,
    text.slice(20),
  ].join('-')
}
