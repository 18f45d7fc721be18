import { isObject, type Template, type TemplateResource } from './parse.ts'

/** Where something is in the template: the keys and indices that lead there. */
export type Path = readonly (string | number)[]

/** Something that AWS would refuse, and where it is. */
export interface Fault {
  path: Path
  what: string
  /** The kind of error, if CloudFormation has its own wording for it, and the names it would list. */
  kind?:
    | 'section'
    | 'empty'
    | 'name'
    | 'resource'
    | 'type'
    | 'no type'
    | 'reference'
    | 'condition'
    | 'cycle'
    | 'null'
  names?: string[]
}

/** A name that an intrinsic function uses. */
export interface Reference {
  kind: 'ref' | 'attribute' | 'condition' | 'mapping'
  name: string
  path: Path
}

/** Every name used by an intrinsic function inside `value`, which is at `path`. */
export function* referencesIn(value: unknown, path: Path): Generator<Reference> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      // Most of a template is the lines of its scripts: those are skipped quickly.
      if (typeof item === 'object') yield* referencesIn(item, [...path, index])
    }
    return
  }
  if (!isObject(value)) return
  const keys = Object.keys(value)
  const only = keys.length === 1 ? keys[0]! : ''
  const argument = value[only]
  const at = [...path, only]
  if (only === 'Ref' && typeof argument === 'string') yield { kind: 'ref', name: argument, path: at }
  else if (only === 'Fn::GetAtt') yield* attribute(argument, at)
  else if (only === 'Fn::Sub') yield* substitution(argument, at)
  else {
    if (Array.isArray(argument) && typeof argument[0] === 'string') {
      if (only === 'Fn::If') yield { kind: 'condition', name: argument[0], path: [...at, 0] }
      if (only === 'Fn::FindInMap') yield { kind: 'mapping', name: argument[0], path: [...at, 0] }
    }
    for (const key of keys) {
      if (typeof value[key] === 'object') yield* referencesIn(value[key], [...path, key])
    }
  }
}

function* attribute(argument: unknown, path: Path): Generator<Reference> {
  if (typeof argument === 'string') {
    yield { kind: 'attribute', name: argument.split('.')[0]!, path }
  } else if (Array.isArray(argument)) {
    if (typeof argument[0] === 'string') yield { kind: 'attribute', name: argument[0], path: [...path, 0] }
    yield* referencesIn(argument.slice(1), path)
  }
}

/** `${Name}`, `${Name.Attribute}`, but not `${!Literal}`. */
export const SUBSTITUTION = /\$\{([^!}][^}]*)\}/g

/** `[resource, attribute]`, from the list or the dotted form of Fn::GetAtt. */
export function attributePath(argument: unknown): [string | undefined, string] {
  const parts = typeof argument === 'string' ? argument.split('.') : argument
  if (!Array.isArray(parts) || typeof parts[0] !== 'string') return [undefined, '']
  return [parts[0], parts.slice(1).map(String).join('.')]
}

/** `${Name}` and `${Resource.Attribute}`; `${!Literal}` is text, and names defined by the second argument are not references. */
function* substitution(argument: unknown, path: Path): Generator<Reference> {
  const [text, own] = Array.isArray(argument) ? argument : [argument, undefined]
  const textPath = Array.isArray(argument) ? [...path, 0] : path
  if (typeof text === 'string') {
    for (const [, name] of text.matchAll(SUBSTITUTION)) {
      const word = name!.trim()
      if (isObject(own) && Object.hasOwn(own, word)) continue
      // A pseudo parameter (AWS::Region) has no dot; a name with one is a resource's attribute.
      const [first, rest] = attributePath(word)
      yield { kind: rest ? 'attribute' : 'ref', name: first!, path: textPath }
    }
  }
  if (isObject(own)) yield* referencesIn(own, [...path, 1])
}

/** The parts of a resource in which CloudFormation resolves functions before it creates it. */
const resolvedParts = ['Properties', 'CreationPolicy', 'UpdatePolicy'] as const

export function* referencesOf(logicalId: string, resource: TemplateResource): Generator<Reference> {
  for (const part of resolvedParts) {
    if (resource[part] !== undefined) yield* referencesIn(resource[part], ['Resources', logicalId, part])
  }
}

/** What a resource waits for: resources that it names in a function or in DependsOn, in the order they are named. */
export function dependenciesOf(template: Template, logicalId: string): readonly string[] {
  const known = dependencies.get(template) ?? new Map<string, readonly string[]>()
  dependencies.set(template, known)
  const found = known.get(logicalId) ?? findDependencies(template, logicalId)
  known.set(logicalId, found)
  return found
}

/** Caches the dependencies that an earlier run has found. */
export function knowDependencies(template: Template, found: Iterable<[string, readonly string[]]>): void {
  dependencies.set(template, new Map(found))
}

/** Cached dependencies: templates are never modified. */
const dependencies = new WeakMap<Template, Map<string, readonly string[]>>()

function findDependencies(template: Template, logicalId: string): string[] {
  const resource = template.Resources[logicalId]
  if (!isObject(resource)) return []
  const names = new Set<string>()
  const used = [referencesOf(logicalId, resource), referencesIn(resource.Metadata, [])]
  for (const { kind, name } of used.flatMap((one) => [...one])) {
    if (kind === 'ref' || kind === 'attribute') names.add(name)
  }
  for (const name of [resource.DependsOn ?? []].flat()) names.add(String(name))
  return [...names].filter((name) => Object.hasOwn(template.Resources, name))
}

/** Whether macros or transforms at AWS generate part of this template, so that names may come from there. */
export function usesTransforms(template: Template): boolean {
  return (
    template.Transform !== undefined || holdsKey(template, (key) => /^Fn::(Transform|ForEach::.*)$/.test(key))
  )
}

export function holdsKey(value: unknown, matches: (key: string) => boolean): boolean {
  if (Array.isArray(value)) return value.some((item) => holdsKey(item, matches))
  if (!isObject(value)) return false
  return Object.keys(value).some((key) => matches(key) || holdsKey(value[key], matches))
}
