import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/suggest.ts'
import { readJson } from '../json.ts'
import { isObject } from '../parse.ts'
import { TemplateSyntaxError } from '../syntax.ts'
import { readPinned } from './pinned.ts'
import { type Remote, Unavailable, unreadable } from './remote.ts'

/** Where the vendor published (DC/OS documentation, "Installing on AWS"). Support ended in October 2021. */
const BASE = 'https://s3-us-west-2.amazonaws.com/downloads.dcos.io/dcos'

/** The templates that a build of DC/OS published under each channel (dcos/dcos, gen/build_deploy/aws.py). */
const SETUPS = ['single-master', 'multi-master']
/** The first word of a channel; a release or a branch may follow: stable/1.13.9, testing/master. */
const CHANNELS = ['stable', 'EarlyAccess', 'testing']

/** The committed file, relative to the project's folder, that pins the content of official templates. */
export const LOCK_FILE = 'templates/official.lock.json'

/**
 * Reads `official:<channel>/<setup>`. Only what the lock file pins is accepted: anyone can register a bucket that the vendor
 * has abandoned, and a template has power over an AWS account. So there is no trust on first use, and `--yes` pins nothing;
 * only an edit of the committed file does. Once fetched, the kept copy is used without a request.
 * Throws TEMPLATE_UNREADABLE, TEMPLATE_INVALID (not what the lock file pins).
 */
export async function readOfficial(source: string, root: string, remote: Remote): Promise<Buffer> {
  const url = publishedAt(source)
  const pin = (await readLock(root)).get(source)
  const fetch = () =>
    remote.fetchWeb(url).catch((error) => {
      throw error instanceof Unavailable ? dead(source, url, error.message, pin) : error
    })
  if (pin) return readPinned(source, pin, remote, fetch, fix)
  const content = await fetch()
  throw unpinned(source, url, await remote.kept.keep(content), content.length, remote)
}

/** Where an official template was published. Throws TEMPLATE_UNREADABLE if it never was. */
function publishedAt(source: string): URL {
  const parts = source.replace(/^official:/i, '').split('/')
  const setup = parts.pop() ?? ''
  const channel = parts.join('/')
  const forms =
    'official:<stable, stable/VERSION, EarlyAccess or testing/master>/<single-master or multi-master>'
  for (const [word, known] of [
    [setup, SETUPS],
    [parts[0] ?? '', CHANNELS],
  ] as const) {
    if (known.includes(word)) continue
    const [near] = nearest(word, known)
    const cause = `there is no official ${known === SETUPS ? 'setup' : 'channel'} "${word}"`
    throw unreadable(source, cause, `${near ? `did you mean ${near}? ` : ''}write it as ${forms}`)
  }
  return new URL(`${BASE}/${channel}/cloudformation/${setup}.cloudformation.json`)
}

async function readLock(root: string): Promise<Map<string, string>> {
  let text: string
  try {
    text = await readFile(path.join(root, LOCK_FILE), 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return new Map()
    throw brokenLock(message)
  }
  let pins: unknown
  try {
    pins = readJson(text)
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error
    throw brokenLock(`line ${error.line ?? 1}, column ${error.column ?? 1}: ${error.message}`)
  }
  if (!isObject(pins)) throw brokenLock('it is not a JSON object')
  for (const [name, pin] of Object.entries(pins)) {
    if (typeof pin !== 'string' || !/^[0-9a-f]{64}$/.test(pin))
      throw brokenLock(`the value of "${name}" is not a sha256: 64 hexadecimal digits in lower case`)
  }
  return new Map(Object.entries(pins as Record<string, string>))
}

function brokenLock(cause: string): Failure {
  return new Failure('TEMPLATE_UNREADABLE', {
    message: `${LOCK_FILE} cannot be read, so no official template can be trusted`,
    cause,
    next: `fix it: { "official:stable/single-master": "<sha256>" }`,
  })
}

const fix = `do not use it until you know why; only if the new content is right, change ${LOCK_FILE}`

function dead(source: string, url: URL, cause: string, pin: string | undefined): Failure {
  return new Failure('TEMPLATE_UNREADABLE', {
    message: `the official template ${source} cannot be fetched from ${url.host}`,
    cause: `${cause} (${url}); the vendor abandoned DC/OS in October 2021, and its hosts are shutting down one by one`,
    next: [
      'set template=PATH to a copy of it',
      pin ? ` (its sha256 is ${pin})` : '',
      '. You can get it from any stack that was created from it: aws cloudformation get-template --stack-name STACK',
      '; or build it from the sources of DC/OS: github.com/dcos/dcos, gen/build_deploy/aws.py',
    ].join(''),
  })
}

function unpinned(source: string, url: URL, sha256: string, bytes: number, remote: Remote): Failure {
  return new Failure('TEMPLATE_UNREADABLE', {
    message: `${source} is not pinned in ${LOCK_FILE}, so it is not used`,
    cause: `${url.host} sent ${bytes} bytes with the sha256 ${sha256}, but nothing proves that they are DC/OS's: anyone can register an abandoned bucket`,
    next: `read ${remote.kept.file(sha256)}; if you trust it, add the line "${source}": "${sha256}" to ${LOCK_FILE}`,
  })
}
