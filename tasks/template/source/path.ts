import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/suggest.ts'
import { unreadable } from './remote.ts'
import { MAX_READ_BYTES, tooLarge } from './too-large.ts'

/** Reads a template from a file; a relative path starts at `root`. Throws TEMPLATE_UNREADABLE, TEMPLATE_TOO_LARGE. */
export async function readFromPath(
  source: string,
  root: string,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const file = path.resolve(root, source)
  try {
    const facts = await stat(file)
    if (facts.isDirectory())
      throw unreadable(source, 'it is a folder, not a file', await namesTemplates(file))
    if (!facts.isFile()) throw unreadable(source, 'it is not a regular file', 'name a file with a template')
    if (facts.size > MAX_READ_BYTES) throw tooLarge(source, facts.size)
    return await readFile(file, signal ? { signal } : {})
  } catch (error) {
    if (error instanceof Failure) throw error
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code === 'ENOENT' || code === 'ENOTDIR') throw await missing(source, file)
    const cause = causes[code]
    if (!cause) throw error
    throw unreadable(source, cause, `make ${file} readable, or name another template`)
  }
}

/** Errors that the user can fix (errno(3)). */
const causes: Record<string, string> = {
  EACCES: 'you have no permission to read it',
  EPERM: 'you have no permission to read it',
  ELOOP: 'it is a symbolic link to itself',
  ENAMETOOLONG: 'the path is too long',
  EIO: 'the disk reports an error',
  ERR_INVALID_ARG_VALUE: 'the path contains a NUL character',
}

async function missing(source: string, file: string): Promise<Failure> {
  let folder = path.dirname(file)
  let entries = await list(folder)
  if (!entries) {
    while (!entries && folder !== path.dirname(folder)) {
      folder = path.dirname(folder)
      entries = await list(folder)
    }
    return unreadable(
      source,
      `the folder ${path.dirname(file)} does not exist; ${folder} does`,
      'correct the path',
    )
  }
  const wanted = stem(path.basename(file))
  const stems = nearest(wanted, [...new Set(entries.map(stem))])
  const near = stems.flatMap((one) => entries.filter((name) => stem(name) === one)).slice(0, 3)
  const cause = `there is no file ${file}`
  const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : await namesTemplates(folder)
  return unreadable(source, cause, hint)
}

/** The name without its extension, so that `dcos.yml` is near `dcos.yaml`. */
function stem(name: string): string {
  return name.slice(0, name.length - path.extname(name).length)
}

async function namesTemplates(folder: string): Promise<string> {
  const templates = ((await list(folder)) ?? [])
    .filter((name) => /\.(ya?ml|json|template)$/i.test(name))
    .slice(0, 5)
  return templates.length > 0 ? `that folder contains ${templates.join(', ')}` : 'correct the path'
}

async function list(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder)
  } catch {
    return undefined
  }
}
