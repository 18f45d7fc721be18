import { own } from '../../base/own.ts'
import { holdsIn } from '../../template/conditions.ts'
import { refValue } from '../../template/constraints.ts'
import { inOrder } from '../../template/cycles.ts'
import { evaluateIn, NO_VALUE, type Scope } from '../../template/functions.ts'
import type { Template, TemplateResource } from '../../template/parse.ts'
import { dependenciesOf } from '../../template/references.ts'
import type { StackSpecification } from '../state/entries.ts'
import { AwsError, validation } from '../wire/errors.ts'
import { attributeOf, zonesOf } from './attributes.ts'
import { physicalId } from './identifiers.ts'
import { resolveSsm, settle } from './parameters.ts'
import type { StackOutput } from './timeline.ts'

/** A stack's own type, also that of a nested stack's resource. */
export const STACK_TYPE = 'AWS::CloudFormation::Stack'

/** The account of every rehearsal: the one in AWS's own documentation. */
export const ACCOUNT = '123456789012'

export interface StackIdentity {
  id: string
  name: string
  region: string
}

/** A template with its parameters: every resource, property and output evaluated on demand, and the same each time. */
export class Model {
  readonly resources = new Map<string, TemplateResource>()
  /** Each resource after everything it depends on. */
  readonly sorted: string[]
  readonly parameters: Record<string, string>
  private readonly needs = new Map<string, string[]>()
  private readonly conditions = new Map<string, boolean>()
  private readonly evaluated = new Map<string, Record<string, unknown>>()
  private readonly ids = new Map<string, string>()
  /** The exports that it was found to import. */
  readonly imported: Record<string, string> = {}
  private readonly children = new Map<string, Model | { refused: string }>()

  constructor(
    readonly stack: StackIdentity,
    readonly template: Template,
    readonly specification: Pick<
      StackSpecification,
      | 'template'
      | 'parameters'
      | 'resolved'
      | 'imports'
      | 'notifications'
      | 'seed'
      | 'ports'
      | 'nested'
      | 'signals'
    >,
    /** A template by the SHA-256 of its text: for nested stacks. */
    private readonly load: (blob: string) => Template,
    /** Incremented with every replacement of a resource. */
    readonly generations: Record<string, number> = {},
    /** Incremented with every change of a resource. */
    readonly versions: Record<string, number> = {},
  ) {
    this.parameters = settle(template, specification.parameters)
    for (const [id, resource] of Object.entries(template.Resources)) {
      if (resource.Condition === undefined || this.condition(resource.Condition))
        this.resources.set(id, resource)
    }
    for (const id of this.resources.keys()) {
      const needs = dependenciesOf(template, id).filter((need) => this.resources.has(need))
      this.needs.set(id, needs)
    }
    this.sorted = inOrder(this.needs)
  }

  dependencies(id: string): string[] {
    return this.needs.get(id) ?? []
  }

  /** Everything a resource depends on, directly or not. */
  foundations(id: string, found = new Set<string>()): Set<string> {
    for (const need of this.dependencies(id)) {
      if (found.has(need)) continue
      found.add(need)
      this.foundations(need, found)
    }
    return found
  }

  properties(id: string): Record<string, unknown> {
    let properties = this.evaluated.get(id)
    if (!properties) {
      properties = this.evaluate(this.resources.get(id)?.Properties ?? {}) as Record<string, unknown>
      this.evaluated.set(id, properties)
    }
    return properties
  }

  physicalId(id: string): string {
    let known = this.ids.get(id)
    if (known === undefined) {
      known = physicalId(this.resources.get(id)!.Type, this.naming(id))
      this.ids.set(id, known)
    }
    return known
  }

  /** The specification of a nested stack, or why there is none. */
  child(id: string): Model | { refused: string } {
    let known = this.children.get(id)
    if (!known) {
      known = this.embed(id)
      this.children.set(id, known)
    }
    return known
  }

  /** What was known of a nested stack is no longer valid. */
  forgetChild(id: string): void {
    this.children.delete(id)
  }

  /** The generations of this stack's resources and of those in nested stacks, named `Child/Resource`. */
  allGenerations(): Record<string, number> {
    const all = { ...this.generations }
    for (const [id, child] of this.children) {
      if ('refused' in child) continue
      for (const [name, generation] of Object.entries(child.allGenerations()))
        all[`${id}/${name}`] = generation
    }
    return all
  }

  private embed(id: string): Model | { refused: string } {
    const found = this.specification.nested?.[id]
    if (!found || 'refused' in found)
      return { refused: found?.refused ?? 'TemplateURL must be a supported URL.' }
    const physical = this.physicalId(id)
    const { Parameters = {} } = this.properties(id) as { Parameters?: Record<string, unknown> }
    const parameters = Object.fromEntries(
      Object.entries(Parameters).map(([name, value]) => [name, [value].flat().map(String).join(',')]),
    )
    const { imports, seed, notifications, ports } = this.specification
    const { template, nested } = found
    try {
      const loaded = this.load(template)
      const resolved = resolveSsm(loaded, settle(loaded, parameters), seed)
      const stack = { id: physical, name: physical.split('/')[1]!, region: this.stack.region }
      const within = { template, parameters, resolved, notifications, seed, ports: below(ports, id) }
      return new Model(
        stack,
        loaded,
        { ...within, ...(imports ? { imports } : {}), ...(nested ? { nested } : {}) },
        this.load,
        below(this.generations, id),
        below(this.versions, id),
      )
    } catch (error) {
      if (error instanceof AwsError) return { refused: error.message }
      throw error
    }
  }

  /** The resource with a physical id. */
  byPhysicalId(physical: unknown): string | undefined {
    return this.sorted.find((id) => this.physicalId(id) === physical)
  }

  outputs(): StackOutput[] {
    const outputs: StackOutput[] = []
    for (const [key, output] of Object.entries(this.template.Outputs ?? {})) {
      if (output.Condition !== undefined && !this.condition(output.Condition)) continue
      const value = this.evaluate(output.Value)
      outputs.push({
        key,
        value: Array.isArray(value) ? value.join(',') : String(value),
        description: output.Description,
        exportName: output.Export ? String(this.evaluate(output.Export.Name)) : undefined,
      })
    }
    return outputs
  }

  evaluate(value: unknown): unknown {
    return evaluateIn(value, this.names)
  }

  private readonly names: Scope = {
    ref: (name) => this.ref(name),
    attribute: (resource, attribute) => this.attribute(resource, attribute),
    condition: (name) => this.condition(name),
    mapping: (map, first, second) => own(own(own(this.template.Mappings, map), first), second),
    imported: (name) => {
      const value = own(this.specification.imports, name)
      if (value === undefined) throw validation(`No export named ${name} found.`)
      this.imported[name] = value
      return value
    },
    zones: (region) => zonesOf(region || this.stack.region),
    refuse: (message) => {
      throw validation(message)
    },
  }

  private condition(name: string): boolean {
    const known = this.conditions.get(name)
    if (known !== undefined) return known
    const expression = own(this.template.Conditions, name)
    if (expression === undefined) {
      throw validation(`Template error: unresolved condition dependency ${name} in the template`)
    }
    // A condition that refers to itself ends here.
    this.conditions.set(name, false)
    const result = holdsIn(expression, this.names) ?? false
    this.conditions.set(name, result)
    return result
  }

  private ref(name: string): unknown {
    const { stack, template, specification } = this
    switch (name) {
      case 'AWS::AccountId':
        return ACCOUNT
      case 'AWS::NoValue':
        return NO_VALUE
      case 'AWS::NotificationARNs':
        return specification.notifications
      case 'AWS::Partition':
        return 'aws'
      case 'AWS::Region':
        return stack.region
      case 'AWS::StackId':
        return stack.id
      case 'AWS::StackName':
        return stack.name
      case 'AWS::URLSuffix':
        return 'amazonaws.com'
    }
    const parameter = own(template.Parameters, name)
    if (parameter)
      return refValue(parameter.Type, own(specification.resolved, name) ?? own(this.parameters, name) ?? '')
    if (this.resources.has(name)) return this.physicalId(name)
    throw validation(
      `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
    )
  }

  private attribute(resource: string, attribute: string): unknown {
    const type = this.resources.get(resource)?.Type
    if (type === undefined) {
      throw validation(`Template error: instance of Fn::GetAtt references undefined resource ${resource}`)
    }
    const output = type === STACK_TYPE && /^Outputs\.(.+)$/.exec(attribute)?.[1]
    if (output) {
      const child = this.child(resource)
      return 'refused' in child ? '' : (child.outputs().find(({ key }) => key === output)?.value ?? '')
    }
    const subject = {
      ...this.naming(resource),
      type,
      physicalId: this.physicalId(resource),
      // Nodes on other machines reach the inside of the network by its name.
      port: this.isOutside(resource) ? undefined : this.specification.ports[resource],
      version: this.versions[resource] ?? 1,
    }
    return attributeOf(subject, attribute)
  }

  private isOutside(resource: string): boolean {
    return this.specification.signals === 'outside' && this.properties(resource).Scheme === 'internal'
  }

  private naming(id: string) {
    return {
      stack: this.stack.id,
      name: this.stack.name,
      region: this.stack.region,
      account: ACCOUNT,
      seed: this.specification.seed,
      resource: id,
      generation: this.generations[id] ?? 0,
      properties: () => this.properties(id),
    }
  }
}

/** What is kept for a nested stack, under its own names. */
function below<T>(values: Record<string, T>, id: string): Record<string, T> {
  const own = Object.entries(values).filter(([name]) => name.startsWith(`${id}/`))
  return Object.fromEntries(own.map(([name, value]) => [name.slice(id.length + 1), value]))
}
