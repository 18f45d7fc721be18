import { existsSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { oldVariables, readEnvironment, readRegion, variables } from './environment.ts'
import { invalid, type Problem, printable } from './errors.ts'
import { missingFile, nearMiss, readConfigFile, wrongFile } from './file.ts'
import { type Override, readOverrides } from './overrides.ts'
import { resolvePaths } from './paths.ts'
import { type Layer, type Origin, Reader, type Setting } from './reader.ts'
import { findRegion } from './region.ts'
import { isEmpty } from './scalar.ts'
import { type Config, DEFAULT_REGION, schema } from './schema.ts'
import { namesOf, root, shapeAt } from './shape.ts'
import { Source } from './source.ts'
import { parseYaml, syntaxProblem } from './yaml.ts'

/** The config that is used if no other is given. It contains the defaults, which also apply without it. */
export const DEFAULT_FILE = 'config/cluster.yaml'

export interface ConfigInput {
  /** The project's folder. */
  root: string
  /** The package's folder, if different: the files that defaults refer to are there, unless the project has its own. */
  packageRoot?: string
  /** `--config` or TASK_CONFIG, relative to `cwd`. */
  file?: string | undefined
  /** The user's current folder. */
  cwd: string
  /** `KEY=VALUE` from the command line. */
  overrides: readonly Override[]
  environment: Record<string, string | undefined>
}

export interface LoadedConfig {
  /** Paths in it are absolute; those on the command line and in the environment were relative to the current folder, those in a file to the project's. */
  config: Config
  /** The config file, absolute. */
  file: string
  /** Where the value of a dotted key comes from. */
  origin(key: string): Origin
  /** Where: `config/cluster.yaml:3:9`, `AWS_REGION` or `on the command line`; undefined for a default. */
  where(key: string): string | undefined
  /** The dotted keys that are set, sorted. */
  set: string[]
  /**
   * Whether to ask if AWS was meant: the original tool's variables are set, and a rehearsal would run only because the shipped
   * file or the default says so. A file the user names, or `cloud` on the command line, is the user's choice.
   */
  cloudQuestion: boolean
  /** The original tool's variables that are set. */
  oldVariables: string[]
}

/** Where the key that was probably meant, or any key, is explained. */
function whereToRead(problems: readonly Problem[], { cwd, packageRoot, root }: ConfigInput): string {
  const meant = problems.flatMap(({ suggestions = [] }) => suggestions).find((one) => shapeAt(one))
  // Outside a checkout it is in the package.
  const elsewhere = packageRoot !== undefined && packageRoot !== root
  const file = elsewhere ? path.relative(cwd, path.join(packageRoot, DEFAULT_FILE)) : DEFAULT_FILE
  return `npx task help ${meant ?? 'KEY'} explains ${meant ? 'it' : 'a key'}; ${file} lists every key`
}

/**
 * The config: the command line over the environment over the YAML file over the defaults. Throws CONFIG_INVALID, which
 * names every error in all of them, each with its place.
 */
export async function loadConfig(input: ConfigInput): Promise<LoadedConfig> {
  const file =
    input.file === undefined ? path.resolve(input.root, DEFAULT_FILE) : path.resolve(input.cwd, input.file)
  const name = printable(input.file ?? path.relative(input.cwd, file))
  const layers = [
    await readFileLayer(file, name, input),
    readEnvironment(input.environment, input.cwd),
    readOverrides(input.overrides, input.cwd),
  ]
  const problems = layers.flatMap((layer) => layer.problems)
  if (problems.length > 0) throw invalid(problems, whereToRead(problems, input))

  const settings = new Map(layers.flatMap((layer) => [...layer.settings]))
  const old = oldVariables(input.environment)
  const isRehearsal = (settings.get('cloud')?.value ?? 'rehearsal') === 'rehearsal'
  // With variables of the old tool the user may yet say that AWS is meant.
  if (!isRehearsal || old.length > 0) await settleRegion(settings, input)
  const config = resolvePaths(
    v.parse(schema, treeOf(settings)),
    (key) => baseOf(key, settings.get(key), input),
    input.environment.HOME || undefined,
  )
  const origin = (key: string) => settings.get(key)?.origin ?? 'default'
  const cloudIsSaid = origin('cloud') === 'command line' || (origin('cloud') === 'file' && !isShipped(input))
  return {
    config,
    file,
    origin,
    where: (key) => settings.get(key)?.where,
    set: [...settings.keys()].sort(),
    cloudQuestion: old.length > 0 && config.cloud === 'rehearsal' && !cloudIsSaid,
    oldVariables: old,
  }
}

/** The folder that a relative path is relative to. A default refers to a file in the package, even if written out in a config file. */
function baseOf(key: string, setting: Setting | undefined, { packageRoot, root }: ConfigInput): string {
  const base = setting?.base ?? root
  const shape = shapeAt(key)
  const name = shape?.kind === 'value' ? shape.about.default : undefined
  const isDefault = setting === undefined || (setting.base === root && setting.value === name)
  if (packageRoot === undefined || !isDefault) return base
  return typeof name === 'string' && existsSync(path.resolve(root, name)) ? root : packageRoot
}

/** Whether the file is the one shipped with the package; another project's file is the user's own. */
function isShipped({ file, packageRoot, root }: ConfigInput): boolean {
  return file === undefined && (packageRoot === undefined || packageRoot === root)
}

/**
 * If no region is set for AWS, the one AWS's own tools would use has precedence over the default. The shipped file contains the default,
 * which does not count as set.
 */
async function settleRegion(settings: Map<string, Setting>, input: ConfigInput): Promise<void> {
  const said = settings.get('region')
  const isDefault = said?.origin === 'file' && isShipped(input) && said.value === DEFAULT_REGION
  if (said && !isDefault) return
  const profile = settings.get('aws.profile')?.value
  const found = await findRegion(input.environment, typeof profile === 'string' ? profile : undefined)
  if (!found) return
  const read = readRegion(found.region, found.where, input.cwd)
  if (read.problems.length > 0) throw invalid(read.problems, 'set a region there, or with region=NAME')
  for (const [key, setting] of read.settings) settings.set(key, setting)
}

async function readFileLayer(
  file: string,
  name: string,
  input: ConfigInput,
): Promise<{ settings: Map<string, Setting>; problems: Problem[] }> {
  if (name === '') throw wrongFile('--config', 'the name is empty')
  const text = await readConfigFile(file, name)
  if (text === undefined) {
    if (input.file !== undefined || (await nearMiss(file))) throw await missingFile(file, name)
    return { settings: new Map(), problems: [] }
  }
  const source = new Source(name, text)
  const layer: Layer = {
    origin: 'file',
    base: input.root,
    where: (from) => source.place(from),
    mark: (from, to, cut) => ({ place: source.place(from), excerpt: source.excerpt(from, to, cut) }),
    formerKeys: variables,
  }
  const document = parseYaml(text)
  const syntax = syntaxProblem(document, layer)
  if (syntax) return { settings: new Map(), problems: [syntax] }
  const reader = new Reader(layer, document)
  const { contents } = document
  if (isEmpty(contents)) {
    throw invalid(
      [{ place: source.name, what: 'is empty' }],
      `write the keys that differ from ${DEFAULT_FILE} into it, or {} for all defaults`,
    )
  }
  reader.read(contents, root)
  return reader
}

/** The nested form of dotted keys. Keys without a value are left out. */
function treeOf(settings: ReadonlyMap<string, Setting>): Record<string, unknown> {
  const tree: Record<string, unknown> = {}
  for (const [key, { value }] of settings) {
    if (value === undefined) continue
    const names = namesOf(key)
    const last = names.pop()!
    let at = tree
    for (const name of names) {
      if (!Object.hasOwn(at, name)) at[name] = {}
      at = at[name] as Record<string, unknown>
    }
    at[last] = value
  }
  return tree
}
