import type { TemplateResource } from '../../template/parse.ts'

export type Reference =
  | { kind: 'ref'; name: string }
  | { kind: 'attribute'; name: string; attribute: string }
  | { kind: 'condition'; name: string }

/** Everything a value refers to, also within the branches of `Fn::If` that are not taken. */
export function* references(value: unknown): Generator<Reference> {
  if (Array.isArray(value)) {
    for (const entry of value) yield* references(entry)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const entries = Object.entries(value)
  const [name, argument] = entries[0] ?? []
  if (entries.length === 1 && name !== undefined) {
    if (name === 'Ref' && typeof argument === 'string') {
      yield { kind: 'ref', name: argument }
      return
    }
    if (name === 'Condition' && typeof argument === 'string') {
      yield { kind: 'condition', name: argument }
      return
    }
    if (name === 'Fn::GetAtt') {
      const [resource, attribute] = attributePath(argument)
      if (resource !== undefined) yield { kind: 'attribute', name: resource, attribute }
      return
    }
    if (name === 'Fn::If' && Array.isArray(argument) && typeof argument[0] === 'string') {
      yield { kind: 'condition', name: argument[0] }
      yield* references(argument.slice(1))
      return
    }
    if (name === 'Fn::Sub') {
      yield* substitutions(argument)
      return
    }
  }
  for (const [, entry] of entries) yield* references(entry)
}

/** `[resource, attribute]`, from the list or the dotted form. */
export function attributePath(argument: unknown): [string | undefined, string] {
  if (typeof argument === 'string') {
    const point = argument.indexOf('.')
    return point < 0 ? [argument, ''] : [argument.slice(0, point), argument.slice(point + 1)]
  }
  if (Array.isArray(argument) && typeof argument[0] === 'string') {
    return [argument[0], argument.slice(1).map(String).join('.')]
  }
  return [undefined, '']
}

/** `${Name}`, `${Name.Attribute}`; `${!Literal}` is none. */
export const SUBSTITUTION = /\$\{([^!}][^}]*)\}/g

function* substitutions(argument: unknown): Generator<Reference> {
  const text = Array.isArray(argument) ? argument[0] : argument
  const own = (Array.isArray(argument) ? argument[1] : undefined) as Record<string, unknown> | undefined
  yield* references(Object.values(own ?? {}))
  if (typeof text !== 'string') return
  for (const match of text.matchAll(SUBSTITUTION)) {
    const name = match[1]!.trim()
    if (own && name in own) continue
    const [resource, attribute] = attributePath(name)
    if (attribute) yield { kind: 'attribute', name: resource!, attribute }
    else yield { kind: 'ref', name }
  }
}

/** The logical ids a resource waits for. References to parameters are among them; the caller keeps what are resources. */
export function dependencies(resource: TemplateResource): Set<string> {
  const names = new Set<string>([resource.DependsOn ?? []].flat())
  for (const reference of references([resource.Properties, resource.CreationPolicy, resource.Metadata])) {
    if (reference.kind !== 'condition') names.add(reference.name)
  }
  return names
}

/** Logical ids so that each comes after what it waits for; `cycle` holds those that wait for each other. */
export function order(graph: ReadonlyMap<string, Iterable<string>>): { sorted: string[]; cycle: string[] } {
  const waiting = new Map(
    [...graph].map(([id, needs]) => [id, new Set([...needs].filter((need) => graph.has(need)))]),
  )
  const sorted: string[] = []
  for (let found = true; found && waiting.size > 0; ) {
    found = false
    for (const [id, needs] of waiting) {
      for (const need of needs) if (!waiting.has(need)) needs.delete(need)
      if (needs.size > 0) continue
      waiting.delete(id)
      sorted.push(id)
      found = true
    }
  }
  return { sorted, cycle: [...waiting.keys()] }
}
