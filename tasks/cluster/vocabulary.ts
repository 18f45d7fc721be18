import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { leaves, type Shape, shapeAt } from '../../config/shape.ts'
import { parseIni } from '../base/ini.ts'
import type { Vocabulary } from '../runner/complete/vocabulary.ts'

const NODES = ['leader', 'master', 'agent', 'public']

/** What shell completion offers for config keys and command arguments. It needs no config and opens nothing. */
export const vocabulary: Vocabulary = {
  keys: leaves().map(({ about, key, kind }) => ({
    key: kind === 'names' ? `${key}.` : key,
    about: about.description,
  })),
  valuesOf: async (key, environment) => {
    const shape = shapeAt(key)
    if (shape?.kind !== 'value') return { values: [], file: false }
    const values = key === 'aws.profile' ? await profiles(environment) : listed(shape)
    return { values, file: shape.about.path }
  },
  words: { NODE: NODES, REGION: listed(shapeAt('region')!) },
}

function listed(shape: Shape): string[] {
  if (shape.kind !== 'value') return []
  const { default: fallback, examples } = shape.about
  const truths = shape.types.has('boolean') ? ['true', 'false'] : []
  const words = [fallback === 'auto' ? 'auto' : [], shape.choices.map(String), truths, examples].flat()
  return [...new Set(words)]
}

/** The profiles in AWS's own files. */
async function profiles(environment: Record<string, string | undefined>): Promise<string[]> {
  const home = environment.HOME ?? ''
  const files = [
    environment.AWS_CONFIG_FILE || path.join(home, '.aws/config'),
    environment.AWS_SHARED_CREDENTIALS_FILE || path.join(home, '.aws/credentials'),
  ]
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  const names = texts
    .flatMap((text) => [...parseIni(text).keys()])
    .filter((name) => !/^(sso-session|services) /.test(name))
  return [...new Set(names.map((name) => name.replace(/^profile /, '')))]
}
