import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { makePrivateFolder, writeAtomically } from '../base/file.ts'
import { remember, type Template } from './parse.ts'
import { dependenciesOf, knowDependencies } from './references.ts'
import { knowSound } from './validate.ts'

/**
 * Cache of parsed and validated templates, by text: doing that again would take a fifth of a run that has nothing to do. The
 * folder must be private, and a different one for each version of this code.
 */
const KEPT = 8

interface Sound {
  template: Template
  /** What each resource waits for. */
  dependencies: [string, readonly string[]][]
}

const fileOf = (folder: string, text: string) =>
  path.join(folder, `template-${createHash('sha256').update(text).digest('hex')}.json`)

/** The template of a text, if an earlier run has validated it without errors. */
export async function findSound(folder: string, text: string): Promise<Template | undefined> {
  try {
    const { dependencies, template } = JSON.parse(await readFile(fileOf(folder, text), 'utf8')) as Sound
    remember(text, template)
    knowDependencies(template, dependencies)
    knowSound(template)
    return template
  } catch {
    return undefined
  }
}

/** Caches a valid template. Without it the next run only takes longer, so errors are ignored. */
export async function keepSound(
  folder: string,
  { template, text }: { template: Template; text: string },
): Promise<void> {
  const dependencies = Object.keys(template.Resources).map((id) => [id, dependenciesOf(template, id)])
  const json = JSON.stringify({ template, dependencies })
  // A value that JSON cannot represent would be different the next time.
  if (!isDeepStrictEqual(JSON.parse(json).template, template)) return
  try {
    await makePrivateFolder(folder)
    const others = (await readdir(folder)).filter((name) => name.startsWith('template-'))
    if (others.length >= KEPT)
      await Promise.all(others.map((name) => rm(path.join(folder, name), { force: true })))
    await writeAtomically(fileOf(folder, text), json)
  } catch {}
}
