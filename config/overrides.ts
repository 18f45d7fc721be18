import { variables } from './environment.ts'
import { isSecretName, type Problem, shown } from './errors.ts'
import { readGiven } from './given.ts'
import type { Layer, Setting } from './reader.ts'
import { allowedAt, keysOf, root, shapeAt } from './shape.ts'
import { suggestKeys } from './suggest.ts'

/** `KEY=VALUE` on the command line. */
export interface Override {
  /** A dotted key. */
  key: string
  value: string
}

/** What identifies the cluster: an unset shell variable must not make a command target the default one. */
const identity = ['cloud', 'region', 'cluster.name']

/**
 * Reads the overrides; the last one for a key wins, as in make. An empty value (`aws.profile=`) removes the file's
 * value, so that the default applies.
 */
export function readOverrides(
  overrides: readonly Override[],
  cwd: string,
): { settings: Map<string, Setting>; problems: Problem[] } {
  const settings = new Map<string, Setting>()
  const problems: Problem[] = []
  for (const override of overrides) {
    const { key, value } = override
    const layer = layerOf(override, cwd)
    const shape = shapeAt(key)
    if (!shape) {
      problems.push(unknownKey(override))
      continue
    }
    if (value === '' && identity.includes(key)) {
      const what = `${key} is empty`
      problems.push({ place: placeOf(override), what, suggestions: [], allowed: allowedAt(shape) })
      continue
    }
    // `agents=` is as unclear as `agents=5`: a section is never emptied.
    if (value === '' && shape.kind !== 'section' && shape.kind !== 'names') {
      settings.set(key, { value: undefined, origin: layer.origin, base: cwd, where: layer.where(0) })
      continue
    }
    const read = readGiven(value, shape, layer)
    for (const [name, setting] of read.settings) settings.set(name, setting)
    problems.push(...read.problems)
  }
  return { settings, problems }
}

function unknownKey({ key, value }: Override): Problem {
  const name = key.slice(key.lastIndexOf('.') + 1)
  const former = variables.get(name)
  const isName = shapeAt(key.split('.')[0]!)?.kind === 'names'
  const suggestions = former ? [former] : isName ? [] : suggestKeys(key, keysOf())
  // A user who misspells auth.tokenFile may have given the token itself.
  const secret = [key, ...suggestions].some((one) => isSecretName(one.replace(/File$/, '')))
  return {
    place: placeOf({ key, value: secret ? '…' : value }),
    what: `there is no key ${shown(key).slice(1, -1)}`,
    suggestions,
    allowed: allowedNear(key),
  }
}

/** What is allowed at the point where a key goes wrong. */
function allowedNear(key: string): string {
  const dot = key.lastIndexOf('.')
  if (dot < 0) return allowedAt(root)
  const parent = key.slice(0, dot)
  const shape = shapeAt(parent)
  if (!shape) return allowedNear(parent)
  if (shape.kind === 'names') return `${parent}.NAME=VALUE, NAME being ${shape.nameAllowed}`
  return shape.kind === 'section' ? allowedAt(shape) : `${parent}=VALUE: ${allowedAt(shape)}`
}

function layerOf(override: Override, base: string): Layer {
  return {
    origin: 'command line',
    base,
    where: () => 'on the command line',
    mark: () => ({ place: placeOf(override) }),
    formerKeys: variables,
  }
}

function placeOf({ key, value }: Override): string {
  return `on the command line: ${shown(key).slice(1, -1)}=${isSecretName(key) ? '…' : shown(value).slice(1, -1)}`
}
