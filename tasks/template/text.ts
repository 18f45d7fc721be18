import { Failure } from '../base/failure.ts'

/** The bytes of a template as text, without a byte order mark. Throws TEMPLATE_UNREADABLE if they are not UTF-8 text. */
export function decodeTemplate(bytes: Uint8Array, source: string): string {
  const unreadable = (cause: string, next: string) =>
    new Failure('TEMPLATE_UNREADABLE', { message: `the template ${source} cannot be read`, cause, next })
  if (bytes.length === 0) throw unreadable('the file is empty', 'name a file with a template')
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw unreadable('it is encoded in UTF-16', 'save it as UTF-8')
  }
  // A template never contains a NUL.
  if (bytes.includes(0)) throw unreadable('it is a binary file', 'name a file with a template')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const line = lineOfError(bytes)
    throw unreadable(`it is not UTF-8: line ${line} has invalid bytes`, 'save it as UTF-8')
  }
  if (text.trim() === '') throw unreadable('it contains only white space', 'name a file with a template')
  return text
}

/** The line, from 1, of the first bytes that are not UTF-8, by binary search. */
function lineOfError(bytes: Uint8Array): number {
  let good = 0
  let bad = bytes.length
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    try {
      // As a stream, so that a character cut off at the end is not an error.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true })
      good = middle
    } catch {
      bad = middle
    }
  }
  return bytes.subarray(0, good).filter((byte) => byte === 0x0a).length + 1
}
