import path from 'node:path'
import { readEnvironment } from './environment.ts'
import { invalid, problemText } from './errors.ts'
import { readGiven } from './given.ts'
import { type Override, readOverrides } from './overrides.ts'
import { changePaths } from './paths.ts'
import type { Layer } from './reader.ts'
import { findRegion } from './region.ts'
import { leaves, shapeAt, type Value } from './shape.ts'

/** The user's answers for a config that is going to be written, by dotted key. */
export type Answers = Map<string, unknown>

/** The folders that relative paths refer to: the project's in the file, the user's current one as typed. */
interface Places {
  root: string
  cwd: string
}

/** The answers given on the command line. Throws CONFIG_INVALID. */
export function readAnswers(overrides: readonly Override[], places: Places): Answers {
  const { problems, settings } = readOverrides(overrides, places.cwd)
  if (problems.length > 0) throw invalid(problems, 'give it another value, or leave it out')
  const answers: Answers = new Map()
  for (const [key, { value }] of settings)
    if (value !== undefined) answers.set(key, fromProject(key, value, places))
  return answers
}

/** Checks a typed answer: its value, or what is wrong with it. */
export function judgeAnswer(
  key: string,
  word: string,
  places: Places,
): { value: unknown } | { fault: string } {
  const layer: Layer = {
    origin: 'command line',
    base: places.cwd,
    where: () => '',
    mark: () => ({ place: '' }),
    formerKeys: new Map(),
  }
  const { problems, settings } = readGiven(word, shapeAt(key)!, layer)
  if (problems.length > 0) return { fault: problems.map(problemText).join('\n') }
  return { value: fromProject(key, settings.get(key)?.value, places) }
}

/** The default answer for a key: from the environment, for the region also from AWS's own files, else the schema's default. */
export async function defaultAnswer(
  key: string,
  environment: Record<string, string | undefined>,
  profile: unknown,
): Promise<unknown> {
  const said = readEnvironment(environment, '/').settings.get(key)?.value
  if (said !== undefined) return said
  if (key === 'region') {
    const found = await findRegion(environment, typeof profile === 'string' ? profile : undefined)
    const judged = found && judgeAnswer(key, found.region, { root: '/', cwd: '/' })
    if (judged && 'value' in judged) return judged.value
  }
  return aboutKey(key).default
}

/** The schema's texts for a key with a single value. */
export function aboutKey(key: string): Value['about'] {
  return leaves().find((shape) => shape.key === key)!.about
}

function fromProject(key: string, value: unknown, { root, cwd }: Places): unknown {
  if (root === cwd) return value
  return changePaths(value, shapeAt(key)!, (written) =>
    path.isAbsolute(written) || /^~(\/|$)/.test(written)
      ? written
      : path.relative(root, path.resolve(cwd, written)),
  )
}
