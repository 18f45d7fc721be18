import { didYouMean } from '../base/suggest.ts'
import { isObject, type Template } from './parse.ts'
import { type Fault, type Path, usesTransforms } from './references.ts'

/** The errors in the structure of a template: sections, resources, parameters, outputs, each on its own. */
export function structureFaults(template: Template): Fault[] {
  const faults = [...sectionFaults(template), ...resourceFaults(template), ...parameterFaults(template)]
  return [...faults, ...nulls(template)]
}

/** AWS: "Template sections"; Hooks belongs to blue/green deployments. */
const sections = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Rules',
  'Mappings',
  'Conditions',
  'Transform',
  'Resources',
  'Outputs',
  'Hooks',
]

function* sectionFaults(template: Template): Generator<Fault> {
  for (const [name, value] of Object.entries(template)) {
    if (!sections.includes(name) && !name.startsWith('Fn::')) {
      const what = `a template has no section ${name}${didYouMean(name, sections)}`
      yield { path: [name], what, kind: 'section', names: [name] }
    } else if (/^(Parameters|Mappings|Conditions|Outputs|Rules)$/.test(name) && !isObject(value)) {
      yield { path: [name], what: `the section ${name} must be a mapping` }
    }
  }
  const version = template.AWSTemplateFormatVersion
  if (version !== undefined && version !== '2010-09-09') {
    yield {
      path: ['AWSTemplateFormatVersion'],
      what: `the only format version is 2010-09-09, not ${version}`,
    }
  }
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    if (name.startsWith('Fn::')) continue
    if (!isObject(output) || output.Value === undefined) {
      yield { path: ['Outputs', name], what: `the output ${name} has no Value` }
    }
  }
}

/** AWS: "Resource attribute reference"; AWS refuses any other. */
const attributes = [
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'CreationPolicy',
  'UpdatePolicy',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
]

/** AWS: "DeletionPolicy attribute", "UpdateReplacePolicy attribute". */
const policies: Record<'DeletionPolicy' | 'UpdateReplacePolicy', string[]> = {
  DeletionPolicy: ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'],
  UpdateReplacePolicy: ['Delete', 'Retain', 'Snapshot'],
}

/** AWS: "CloudFormation quotas", resources in a template. */
const MAX_RESOURCES = 500

function* resourceFaults(template: Template): Generator<Fault> {
  const resources = Object.entries(template.Resources)
  if (resources.length === 0)
    yield { path: ['Resources'], what: 'a template must have at least one resource', kind: 'empty' }
  if (resources.length > MAX_RESOURCES) {
    yield {
      path: ['Resources'],
      what: `a template can have at most ${MAX_RESOURCES} resources, this one has ${resources.length}`,
    }
  }
  const transformed = usesTransforms(template)
  for (const [id, resource] of resources) {
    if (id.startsWith('Fn::')) continue
    const path = ['Resources', id]
    if (!/^[A-Za-z0-9]+$/.test(id))
      yield {
        path,
        what: `the resource name ${id} may contain only letters and digits`,
        kind: 'name',
        names: [id],
      }
    if (!isObject(resource)) {
      yield { path, what: `the resource ${id} must be a mapping with a Type`, kind: 'resource' }
      continue
    }
    if (typeof resource.Type !== 'string')
      yield { path, what: `the resource ${id} has no Type`, kind: 'no type' }
    else if (!/^[\w@-]+(::[\w@-]+)+$/.test(resource.Type)) {
      yield {
        path: [...path, 'Type'],
        what: `${id}: ${resource.Type} is not a resource type`,
        kind: 'type',
        names: [resource.Type],
      }
    }
    if (resource.Properties !== undefined && !isObject(resource.Properties)) {
      yield { path: [...path, 'Properties'], what: `${id}: Properties must be a mapping` }
    }
    for (const key of ['DeletionPolicy', 'UpdateReplacePolicy'] as const) {
      const policy: unknown = resource[key]
      if (policy === undefined || (typeof policy === 'string' && policies[key].includes(policy))) continue
      // The transform AWS::LanguageExtensions lets it be computed.
      if (transformed && isObject(policy)) continue
      const given = typeof policy === 'string' ? policy : 'computed'
      yield {
        path: [...path, key],
        what: `${id}: ${key} must be one of ${policies[key].join(', ')}, not ${given}`,
      }
    }
    // A custom resource may set the version of its provider.
    const custom =
      typeof resource.Type === 'string' &&
      /^(Custom::|AWS::CloudFormation::CustomResource$)/.test(resource.Type)
    for (const key of Object.keys(resource)) {
      if (custom && key === 'Version') continue
      if (transformed || attributes.includes(key) || key.startsWith('Fn::')) continue
      yield {
        path: [...path, key],
        what: `${id}: a resource has no attribute ${key}${didYouMean(key, attributes)}`,
      }
    }
  }
}

/** AWS: "Parameters", Type. All others begin with AWS:: and are checked by AWS. */
const parameterTypes = ['String', 'Number', 'List<Number>', 'CommaDelimitedList']

function* parameterFaults(template: Template): Generator<Fault> {
  for (const [name, parameter] of Object.entries(template.Parameters ?? {})) {
    if (name.startsWith('Fn::')) continue
    const path = ['Parameters', name]
    const type: unknown = isObject(parameter) ? parameter.Type : undefined
    if (typeof type !== 'string') yield { path, what: `the parameter ${name} has no Type`, kind: 'no type' }
    else if (!parameterTypes.includes(type) && !/^(List<)?AWS::[\w:<>]+$/.test(type)) {
      const what = `the parameter ${name} has the type ${type}, which does not exist${didYouMean(type, parameterTypes)}`
      yield { path: [...path, 'Type'], what }
    }
  }
}

/** "'null' values are not allowed in templates"; in YAML, a key with nothing after it is null. */
function* nulls(template: Template): Generator<Fault> {
  for (const section of sections) {
    if (section !== 'Metadata')
      yield* nullsIn((template as unknown as Record<string, unknown>)[section], [section])
  }
}

function* nullsIn(value: unknown, path: Path): Generator<Fault> {
  if (value === null)
    yield { path, what: `${path.join('/')} is empty (null), which CloudFormation refuses`, kind: 'null' }
  else if (typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      if (typeof item === 'object') yield* nullsIn(item, [...path, Array.isArray(value) ? Number(key) : key])
    }
  }
}
