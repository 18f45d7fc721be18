import { didYouMean } from '../base/suggest.ts'
import type { Template } from './parse.ts'
import { type Fault, type Path, type Reference, referencesIn, referencesOf } from './references.ts'

/** AWS: "Pseudo parameters reference". */
const pseudoParameters = [
  'AWS::AccountId',
  'AWS::NoValue',
  'AWS::NotificationARNs',
  'AWS::Partition',
  'AWS::Region',
  'AWS::StackId',
  'AWS::StackName',
  'AWS::URLSuffix',
]

/** Names used in resources, outputs and conditions that do not exist in the template. */
export function* nameFaults(template: Template): Generator<Fault> {
  const parameters = Object.keys(template.Parameters ?? {})
  const resources = Object.keys(template.Resources)
  const conditions = Object.keys(template.Conditions ?? {})
  const mappings = Object.keys(template.Mappings ?? {})
  const everywhere = [...parameters, ...resources, ...pseudoParameters]
  const known: Record<Reference['kind'], { names: string[]; called: string }> = {
    ref: { names: everywhere, called: 'parameter or resource' },
    attribute: { names: resources, called: 'resource' },
    condition: { names: conditions, called: 'condition' },
    mapping: { names: mappings, called: 'mapping' },
  }
  const judge = ({ kind, name, path }: Reference, inside: string): Fault | undefined => {
    const { names, called } = known[kind]
    if (names.includes(name)) return undefined
    const what = `${inside} uses ${name}, but there is no such ${called}${didYouMean(name, names)}`
    const isName = kind === 'ref' || kind === 'attribute'
    return { path, what, names: [name], ...(isName ? { kind: 'reference' } : {}) }
  }
  for (const [id, resource] of Object.entries(template.Resources)) {
    for (const reference of referencesOf(id, resource)) {
      const fault = judge(reference, id)
      if (fault) yield fault
    }
    yield* conditionOf(id, resource, ['Resources', id], conditions)
    const dependsOn: unknown[] = [resource.DependsOn ?? []].flat()
    for (const [index, name] of dependsOn.entries()) {
      if (typeof name === 'string' && resources.includes(name)) continue
      const path = ['Resources', id, 'DependsOn', ...(Array.isArray(resource.DependsOn) ? [index] : [])]
      const guess = didYouMean(String(name), resources)
      const what = `${id} depends on ${String(name)}, but there is no such resource${guess}`
      yield { path, what, kind: 'reference', names: [String(name)] }
    }
  }
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    for (const reference of referencesIn(output, ['Outputs', name])) {
      const fault = judge(reference, `the output ${name}`)
      if (fault) yield fault
    }
    yield* conditionOf(`the output ${name}`, output, ['Outputs', name], conditions)
  }
  // Conditions are evaluated before there are any resources.
  known.ref = { names: [...parameters, ...pseudoParameters], called: 'parameter' }
  for (const [name, condition] of Object.entries(template.Conditions ?? {})) {
    const path = ['Conditions', name]
    for (const reference of [...referencesIn(condition, path), ...conditionsIn(condition, path)]) {
      const fault = judge(reference, `the condition ${name}`)
      if (fault) yield fault
    }
  }
}

function* conditionOf(
  owner: string,
  value: { Condition?: unknown },
  path: Path,
  known: string[],
): Generator<Fault> {
  const name = value.Condition
  if (name === undefined || (typeof name === 'string' && known.includes(name))) return
  const guess = didYouMean(String(name), known)
  yield {
    path: [...path, 'Condition'],
    what: `${owner} uses ${String(name)}, but there is no such condition${guess}`,
    kind: 'condition',
    names: [String(name)],
  }
}

/** `{ Condition: Name }`, which refers to another condition only inside the section Conditions. */
export function* conditionsIn(value: unknown, path: Path): Generator<Reference> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, item] of Object.entries(value)) {
    const at = [...path, Array.isArray(value) ? Number(key) : key]
    if (key === 'Condition' && typeof item === 'string') yield { kind: 'condition', name: item, path: at }
    else yield* conditionsIn(item, at)
  }
}
