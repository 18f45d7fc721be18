import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { Failure } from '../tasks/base/failure.ts'
import { invalid } from './errors.ts'
import { suggestWord } from './suggest.ts'

/** A config has a few kB; what is larger is another file, taken by mistake. */
const MOST_BYTES = 64 * 1024

/**
 * The text of a config file, without a byte-order mark; undefined if there is no such file. `name` is how errors call
 * it, fit for a terminal. Throws CONFIG_INVALID for a folder, an unreadable, over-large or binary file, and for text that is not UTF-8.
 */
export async function readConfigFile(file: string, name: string): Promise<string | undefined> {
  const refuse = (what: string) => wrongFile(name, what)
  let bytes: Buffer
  try {
    bytes = await firstBytes(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw refuse(reasons[code ?? ''] ?? `cannot be read: ${message}`)
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw refuse('is UTF-16 text: save it as UTF-8')
  }
  if (bytes.includes(0)) throw refuse('is binary, not YAML')
  if (bytes.length > MOST_BYTES) throw refuse(`is larger than ${MOST_BYTES / 1024} kB: is it a config?`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refuse('is not UTF-8 text: is it binary?')
  }
}

/** The failure for a config file that is not there; it names files that may have been meant. */
export async function missingFile(file: string, name: string): Promise<Failure> {
  const near = await nearMiss(file)
  return wrongFile(name, 'there is no such file', near && path.join(path.dirname(name), near))
}

/** A file in the same folder with nearly that name. */
export async function nearMiss(file: string): Promise<string | undefined> {
  const names = await readdir(path.dirname(file)).catch(() => [])
  const wanted = path.basename(file)
  const stem = path.parse(wanted).name
  const yaml = names.filter((name) => /\.(ya?ml|json)$/.test(name) && !name.endsWith('.schema.json'))
  return yaml.find((name) => path.parse(name).name === stem) ?? suggestWord(wanted, yaml)
}

/** The failure for a file that cannot be a config: `what` follows its name. */
export function wrongFile(name: string, what: string, near?: string): Failure {
  return invalid(
    [{ place: name, what, ...(near ? { suggestions: [near] } : {}) }],
    'name another with --config FILE, or leave --config and TASK_CONFIG out to use config/cluster.yaml',
  )
}

/** The file's bytes, or just more than a config may have: a device or a pipe could go on for ever. */
async function firstBytes(file: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of createReadStream(file, { end: MOST_BYTES })) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** What errno(3) means here. */
const reasons: Record<string, string> = {
  EISDIR: 'is a folder, not a file',
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: not permitted',
  ELOOP: 'cannot be read: its symbolic links go in a circle',
  ENAMETOOLONG: 'cannot be read: the name is too long',
}
