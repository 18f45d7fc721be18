import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { onDisk } from '../../base/file.ts'

/** The one version whose packages are locked. */
export const LOCKED_VERSION = '0.6.1'

/** How dcoscli is installed from PyPI: the files of this folder that decide what comes out. */
export interface Recipe {
  /** The folder they are in. */
  folder: string
  /** The SHA-256 of all of them: a changed recipe means another environment. */
  digest: string
}

/** In pip's form: what is installed as wheels, and what is built from sources after that. */
export const WHEELS = 'wheels.lock.txt'
export const SOURCES = 'sources.lock.txt'
/** The launcher, and the Python file it starts. */
export const LAUNCHER = 'dcos.sh'
export const START = 'dcos.py'

/** The recipe that the package in a folder comes with. Throws DISK. */
export async function readRecipe(packageRoot: string): Promise<Recipe> {
  const folder = path.join(packageRoot, 'tasks/dcos/pypi')
  const hash = createHash('sha256')
  for (const name of [WHEELS, SOURCES, LAUNCHER, START]) {
    const file = path.join(folder, name)
    hash.update(await onDisk(file, () => readFile(file))).update('\0')
  }
  return { folder, digest: hash.digest('hex') }
}
