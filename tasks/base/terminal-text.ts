import { stripVTControlCharacters } from 'node:util'

// Texts from AWS, DC/OS, a template or a file can contain terminal control sequences. They are removed where text leaves the program.

/**
 * Control characters other than line feed and tab (C0, DEL, C1), changes of direction (bidirectional overrides and isolates),
 * and invisible characters (zero width, soft hyphen, byte order mark).
 */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is there to match them.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

/** User and password in a URL, anywhere in a text. */
const CREDENTIALS = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@'"]+:[^\s/?#@'"]*@/gi

/** A text without terminal control sequences, and without credentials in URLs. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(INVISIBLE, '').replace(CREDENTIALS, '$1')
}

/** The same for every string in a value. */
export function printableDeep<Value>(value: Value): Value {
  if (typeof value === 'string') return printable(value) as Value
  if (Array.isArray(value)) return value.map(printableDeep) as Value
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [printable(key), printableDeep(one)]),
  ) as Value
}

/** JSON with control characters escaped, and without credentials in URLs. */
export function jsonText(value: unknown, indent?: number): string {
  return (JSON.stringify(value, null, indent) ?? 'null')
    .replace(CREDENTIALS, '$1')
    .replace(INVISIBLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

interface Output {
  write(text: string): boolean
}

/** The stream, with every text made printable before it is written. */
export function printing<Stream extends Output>(stream: Stream): Stream {
  return rewriting(stream, printable)
}

/** The stream, with every text changed before it is written. */
export function rewriting<Stream extends Output>(stream: Stream, change: (text: string) => string): Stream {
  return Object.create(stream, { write: { value: (text: string) => stream.write(change(text)) } }) as Stream
}

/** The stream, with every text passed to `listener` as well. */
export function overheard<Stream extends Output>(stream: Stream, listener: (text: string) => void): Stream {
  return Object.create(stream, {
    write: {
      value: (text: string) => {
        listener(text)
        return stream.write(text)
      },
    },
  }) as Stream
}
