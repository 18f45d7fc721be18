import type { Problem } from './errors.ts'
import { readGiven } from './given.ts'
import type { Layer, Setting } from './reader.ts'
import { shapeAt } from './shape.ts'

/** The original tool's settings, and AWS's own region variable, with their keys. */
const keyOf: Record<string, string> = {
  DCOS_CLUSTER_NAME: 'cluster.name',
  DCOS_ADMIN_KEY: 'access.publicKey',
  DCOS_ADMIN_LOCATION: 'access.adminLocation',
  DCOS_OAUTH_ENABLED: 'access.oauth',
  DCOS_WORKER_NODES: 'agents.private',
  DCOS_PUBLIC_WORKER_NODES: 'agents.public',
  AWS_REGION: 'region',
}

/** The two that together choose an official template, with the original tool's defaults. */
const templateParts: Record<string, string> = {
  DCOS_CHANNEL: 'EarlyAccess',
  DCOS_MASTER_SETUP: 'single-master',
}

/** Every variable that is read, with its key. */
export const variables: ReadonlyMap<string, string> = new Map([
  ...Object.entries(keyOf),
  ...Object.keys(templateParts).map((name) => [name, 'template'] as const),
])

type Environment = Record<string, string | undefined>

/** The original tool's variables that are set: their user may expect AWS, as that tool supported nothing else. */
export function oldVariables(environment: Environment): string[] {
  return [...variables.keys()].filter((name) => name.startsWith('DCOS_') && environment[name])
}

/** Reads the settings in the environment. An empty variable is not set. */
export function readEnvironment(
  environment: Environment,
  cwd: string,
): { settings: Map<string, Setting>; problems: Problem[] } {
  const settings = new Map<string, Setting>()
  const problems: Problem[] = []
  const take = (names: string, key: string, word: string) => {
    const read = readGiven(word, shapeAt(key)!, layerOf(names, cwd))
    for (const [name, setting] of read.settings) settings.set(name, setting)
    problems.push(...read.problems)
  }
  for (const [name, key] of Object.entries(keyOf)) {
    const word = environment[name]
    if (word) take(name, key, word)
  }
  const parts = Object.entries(templateParts)
  const set = parts.map(([name]) => name).filter((name) => environment[name])
  if (set.length > 0) {
    const words = parts.map(([name, fallback]) => environment[name] || fallback)
    take(set.join(' and '), 'template', `official:${words.join('/')}`)
  }
  return { settings, problems }
}

/** Reads a region that was found where AWS's own tools look for it. */
export function readRegion(
  word: string,
  where: string,
  cwd: string,
): { settings: Map<string, Setting>; problems: Problem[] } {
  return readGiven(word, shapeAt('region')!, layerOf(where, cwd))
}

function layerOf(names: string, base: string): Layer {
  return {
    origin: 'environment',
    base,
    where: () => names,
    mark: () => ({ place: names }),
    formerKeys: variables,
  }
}
