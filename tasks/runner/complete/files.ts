import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Candidate } from './vocabulary.ts'

/** A folder with more entries is not searched for completions. */
const MAX_ENTRIES = 2_000

/** The files whose names start as typed, and folders, with a trailing slash; `kind` filters files by name. */
export async function files(
  typed: string,
  cwd: string,
  environment: Record<string, string | undefined>,
  kind = /^/,
): Promise<Candidate[]> {
  const slash = typed.lastIndexOf('/') + 1
  const [folder, begin] = [typed.slice(0, slash), typed.slice(slash)]
  const place = path.resolve(cwd, folder.replace(/^~(?=\/)/, environment.HOME ?? '~'))
  const entries = await readdir(place, { withFileTypes: true }).catch(() => [])
  if (entries.length > MAX_ENTRIES) return []
  // Names that start with a dot are hidden unless a dot was typed.
  const wanted = entries.filter(({ name }) => name.startsWith(begin) && (begin || !name.startsWith('.')))
  const found = await Promise.all(
    wanted.map(async (entry) => {
      const isFolder =
        entry.isDirectory() ||
        (entry.isSymbolicLink() &&
          (await stat(path.join(place, entry.name)).then(
            (it) => it.isDirectory(),
            () => false,
          )))
      if (!isFolder && !kind.test(entry.name)) return []
      return [{ word: `${folder}${entry.name}${isFolder ? '/' : ''}`, about: '' }]
    }),
  )
  return found.flat().sort((one, other) => (one.word < other.word ? -1 : 1))
}
