import * as v from 'valibot'
import { schema } from './schema.ts'

// The schema as the YAML, command-line and documentation code traverse it: sections of named keys, and in them
// values, maps of free names, and lists.

type AnySchema = v.GenericSchema

export interface Section {
  kind: 'section'
  key: string
  entries: ReadonlyMap<string, Shape>
  /** The required names, which only list items have. */
  required: readonly string[]
}

/** Free names, each with a value of one shape. */
export interface Names {
  kind: 'names'
  key: string
  name: AnySchema
  nameAllowed: string
  value: Value
  about: About
}

export interface List {
  kind: 'list'
  key: string
  /** What an item may be. */
  items: readonly Section[]
  about: About
}

export interface Value {
  kind: 'value'
  key: string
  schema: AnySchema
  /** The types a value may have before validation. */
  types: ReadonlySet<string>
  /** The values it may have, or keywords it may have besides other values. */
  choices: readonly (string | number)[]
  about: About
}

export type Shape = Section | Names | List | Value

export interface About {
  description: string
  allowed: string
  path: boolean
  examples: readonly string[]
  default: unknown
}

/** The schema's shape. `key` is the dotted key of each node; list items have the list's key. */
export const root: Section = section(schema, '')

/** The dotted keys of all values, names and lists, in the schema's order. */
export function leaves(from: Section = root): Exclude<Shape, Section>[] {
  return [...from.entries.values()].flatMap((shape) => (shape.kind === 'section' ? leaves(shape) : [shape]))
}

/** Every valid dotted key, including sections. */
export function keysOf(from: Section = root): string[] {
  return [...from.entries.values()].flatMap((shape) =>
    shape.kind === 'section' ? [shape.key, ...keysOf(shape)] : [shape.key],
  )
}

/** The shape at a dotted key, including free names (`parameters.X`). */
export function shapeAt(key: string): Shape | undefined {
  let shape: Shape = root
  let rest = key
  while (rest) {
    if (shape.kind === 'names') return v.is(shape.name, rest) ? { ...shape.value, key } : undefined
    if (shape.kind !== 'section') return undefined
    const dot = rest.indexOf('.')
    const name = dot < 0 ? rest : rest.slice(0, dot)
    const next = shape.entries.get(name)
    if (!next) return undefined
    shape = next
    rest = dot < 0 ? '' : rest.slice(dot + 1)
  }
  return shape
}

/** The names that lead to a dotted key. A free name may hold dots: `tags.kubernetes.io/role` is two names, not three. */
export function namesOf(key: string): string[] {
  const [first, ...rest] = key.split('.')
  return shapeAt(first!)?.kind === 'names' && rest.length > 0 ? [first!, rest.join('.')] : [first!, ...rest]
}

/** What is allowed at a shape, to follow `allowed:`. */
export function allowedAt(shape: Shape): string {
  return shape.kind === 'section' ? [...shape.entries.keys()].join(', ') : shape.about.allowed
}

function section(from: AnySchema, key: string): Section {
  const entries = Object.entries((from as v.StrictObjectSchema<v.ObjectEntries, undefined>).entries)
  return {
    kind: 'section',
    key,
    entries: new Map(
      entries.map(([name, entry]) => [name, shapeOf(entry as AnySchema, key ? `${key}.${name}` : name)]),
    ),
    required: entries.filter(([, entry]) => entry.type !== 'optional').map(([name]) => name),
  }
}

function shapeOf(entry: AnySchema, key: string): Shape {
  if (entry.type === 'optional') {
    const optional = entry as v.OptionalSchema<AnySchema, unknown>
    const shape = shapeOf(optional.wrapped, key)
    return shape.kind === 'section'
      ? shape
      : { ...shape, about: { ...shape.about, default: optional.default } }
  }
  const said = v.getMetadata(entry) as Partial<About>
  const about: About = {
    description: said.description ?? '',
    allowed: said.allowed ?? '',
    path: said.path ?? false,
    examples: said.examples ?? [],
    default: undefined,
  }
  switch (entry.type) {
    case 'strict_object':
      return section(entry, key)
    case 'record': {
      const record = entry as unknown as { key: AnySchema; value: AnySchema }
      const nameAllowed = (v.getMetadata(record.key) as Partial<About>).allowed ?? ''
      return {
        kind: 'names',
        key,
        name: record.key,
        nameAllowed,
        value: value(record.value, key, about),
        about,
      }
    }
    case 'array': {
      const item = (entry as unknown as { item: AnySchema }).item
      const items = item.type === 'union' ? (item as unknown as { options: AnySchema[] }).options : [item]
      return { kind: 'list', key, items: items.map((one) => section(one, key)), about }
    }
    default:
      return value(entry, key, about)
  }
}

function value(from: AnySchema, key: string, about: About): Value {
  const { types, choices } = accepted(from)
  const said = v.getMetadata(from) as Partial<About>
  return {
    kind: 'value',
    key,
    schema: from,
    types: new Set(types),
    choices,
    about: { ...about, allowed: said.allowed ?? about.allowed },
  }
}

/** The types and literal values a schema accepts, including those in its unions. */
function accepted(from: AnySchema): { types: string[]; choices: (string | number)[] } {
  const { type, options, literal } = from as unknown as {
    type: string
    options: unknown[]
    literal: string
  }
  if (type === 'union') {
    const all = (options as AnySchema[]).map(accepted)
    return { types: all.flatMap((one) => one.types), choices: all.flatMap((one) => one.choices) }
  }
  if (type === 'picklist') {
    return { types: options.map((option) => typeof option), choices: options as string[] }
  }
  if (type === 'literal') return { types: [typeof literal], choices: [literal] }
  return { types: [type], choices: [] }
}
