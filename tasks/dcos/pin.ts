import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../base/failure.ts'
import { redactUrl } from '../base/redact-url.ts'

/** A file of the DC/OS CLI as the config names it. */
export interface Pin {
  /** A path, `file://…`, `https://…` or `http://…`. */
  url: string
  /** Sixty-four hexadecimal digits. Optional for a local file: its content is then the pin. */
  sha256?: string | undefined
}

export type Kind = 'cli' | 'plugin'

/** Where a pinned file comes from. */
export interface Source {
  kind: Kind
  from: { file: string } | { url: URL }
  /** For messages, without the secrets of a URL. */
  place: string
  /** Lower case. */
  sha256: string | undefined
}

/** What messages call the file, and the config key that names it. */
export const named: Record<Kind, { what: string; key: string }> = {
  cli: { what: 'the dcos CLI', key: 'cli.url' },
  plugin: { what: 'the CLI plugin', key: 'cli.plugins' },
}

/** Parses a pin. Throws CLI_HASH (malformed, or missing for a URL) and CLI_UNAVAILABLE (an unsupported scheme). */
export function sourceOf(pin: Pin, kind: Kind): Source {
  const { what, key } = named[kind]
  const from = placeOf(pin.url, kind)
  const place = 'file' in from ? from.file : redactUrl(from.url)
  const sha256 = pin.sha256?.trim().toLowerCase()
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new Failure('CLI_HASH', {
      message: `the sha256 of ${what} is not a sha256`,
      cause: `"${pin.sha256}" is not sixty-four hexadecimal digits`,
      next: `set it, next to ${key}, to what \`sha256sum\` prints for the file you trust`,
    })
  }
  if (sha256 === undefined && 'url' in from) {
    throw new Failure('CLI_HASH', {
      message: `${what} from ${place} is not pinned`,
      cause:
        'a file from the network is only run if its sha256 is known beforehand; the vendor never published any',
      next: `pin it: set sha256, next to ${key}, to what \`sha256sum\` prints for the file you trust`,
    })
  }
  return { kind, from, place, sha256 }
}

function placeOf(url: string, kind: Kind): Source['from'] {
  // A letter and a colon is a drive on Windows.
  if (!/^[a-z][a-z0-9+.-]+:/i.test(url)) return { file: path.resolve(url) }
  try {
    const parsed = new URL(url)
    if (parsed.protocol === 'file:') return { file: fileURLToPath(parsed) }
    if (parsed.protocol === 'https:' || parsed.protocol === 'http:') return { url: parsed }
  } catch {
    // see below
  }
  throw new Failure('CLI_UNAVAILABLE', {
    message: `${named[kind].what} cannot be fetched from ${redactUrl(url)}`,
    cause: 'it is neither a path nor a file://, https:// or http:// URL',
    next: `set ${named[kind].key} to one of these`,
  })
}
