import { Failure } from '../../base/failure.ts'
import { printable } from '../../base/terminal-text.ts'
import { LOCKED_VERSION } from './recipe.ts'

const AGAIN = 'npx task cli-install --force'

/** Messages of pip and uv for a file that does not match the lock. */
const OTHER_CONTENT = /DO NOT MATCH THE HASHES|Hash mismatch for|Can't verify hashes|no matching hash/i
/** And for a disk that is full (ENOSPC, EDQUOT). */
const FULL = /No space left on device|Disk quota exceeded/i
/** And for an index that does not answer, or lacks the package. */
const NO_ANSWER =
  /ConnectionError|Connection refused|Max retries|timed? ?out|name resolution|dns error|error sending request|client error \(Connect\)|Failed to fetch|Network is unreachable|from versions: none|network was disabled|SSLError|ProxyError/i

/** Why pip or uv failed to install, from its output. */
export function installRefused(tool: string, said: string): Failure {
  const text = printable(said)
  if (FULL.test(text)) {
    return new Failure('DISK', {
      message: `not enough disk space for dcoscli ${LOCKED_VERSION}`,
      cause: lastWords(text),
      next: 'it needs 60 MB under .task: free some space, then run the same command again',
    })
  }
  if (OTHER_CONTENT.test(text)) {
    return new Failure('CLI_HASH', {
      message: `a package of dcoscli ${LOCKED_VERSION} does not match its sha256`,
      cause: differenceIn(text),
      next: `check what your package index serves there; then ${AGAIN}`,
    })
  }
  const message = NO_ANSWER.test(text)
    ? `the packages of dcoscli ${LOCKED_VERSION} cannot be fetched from PyPI`
    : `${tool} cannot install dcoscli ${LOCKED_VERSION}`
  return new Failure('CLI_UNAVAILABLE', {
    message,
    cause: lastWords(text) || `${tool} printed nothing`,
    next: `check the network, HTTPS_PROXY and the index that pip uses (PIP_INDEX_URL), then ${AGAIN}`,
  })
}

/** The package and its two hashes. pip: `six from https://…`, `Expected sha256 …`, `Got …`; uv: blocks below `Expected:` and `Computed:`. */
function differenceIn(text: string): string {
  const name =
    /Hash mismatch for [`']?([^`'\s]+)/i.exec(text)?.[1] ?? /^\s*(\S+) from \S+.*:$/m.exec(text)?.[1]
  const hash = (label: RegExp) =>
    new RegExp(`${label.source}[\\s:]*(?:sha256[ :])?([0-9a-f]{64})`, 'i').exec(text)?.[1]
  const [expected, got] = [hash(/Expected/), hash(/(?:Got|Computed)/)]
  if (!expected || !got) return lastWords(text)
  return `${name ?? 'a package'}: expected ${expected}, got ${got}`
}

/** The last meaningful output: pip's errors without their label, uv's chain of causes in one line. */
function lastWords(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^[\s×╰├─▶│]+/u, '').trim())
    .filter((line) => line && !/^(hint|WARNING|DEPRECATION|\[notice\])/.test(line))
  const errors = lines.filter((line) => /^ERROR: /.test(line))
  const words = errors[0] ?? lines.slice(-2).join(': ')
  return words.replace(/^(ERROR|error): /, '').slice(0, 300)
}
