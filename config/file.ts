import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { Failure } from '../tasks/base/failure.ts'
import { nearest } from '../tasks/base/suggest.ts'
import { readUserFile, type UnusableFile } from '../tasks/base/user-file.ts'
import { invalid } from './errors.ts'

/** A config has a few kB; anything larger is the wrong file. */
const MOST_BYTES = 64 * 1024

/**
 * The text of a config file, without a byte-order mark; undefined if there is no such file. `name` is its name in errors,
 * safe for a terminal. Throws CONFIG_INVALID for a folder, an unreadable, too large or binary file, and for text that is not UTF-8.
 */
export async function readConfigFile(file: string, name: string): Promise<string | undefined> {
  try {
    return await readUserFile(file, MOST_BYTES)
  } catch (error) {
    const { errno, message } = error as UnusableFile
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined
    throw wrongFile(name, `cannot be read: ${message}`)
  }
}

/** The failure for a missing config file; it suggests files with similar names. */
export async function missingFile(file: string, name: string): Promise<Failure> {
  const near = await nearMiss(file)
  return wrongFile(name, 'there is no such file', near && path.join(path.dirname(name), near))
}

/** A file in the same folder with a similar name. */
export async function nearMiss(file: string): Promise<string | undefined> {
  const names = await readdir(path.dirname(file)).catch(() => [])
  const wanted = path.basename(file)
  const stem = path.parse(wanted).name
  const yaml = names.filter((name) => /\.(ya?ml|json)$/.test(name) && !name.endsWith('.schema.json'))
  return yaml.find((name) => path.parse(name).name === stem) ?? nearest(wanted, yaml)[0]
}

/** The failure for a file that cannot be a config: `what` follows its name. */
export function wrongFile(name: string, what: string, near?: string): Failure {
  return invalid(
    [{ place: name, what, ...(near ? { suggestions: [near] } : {}) }],
    'choose another with --config FILE, or omit --config and TASK_CONFIG to use config/cluster.yaml',
  )
}
