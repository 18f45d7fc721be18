import type { Template, TemplateResource } from '../../aws/template/parse.ts'
import type { StackSpecification } from '../state/entries.ts'
import { validation } from '../wire/errors.ts'
import { attributeOf, zonesOf } from './attributes.ts'
import { evaluate, evaluateCondition, type Names, NO_VALUE } from './evaluate.ts'
import { physicalId } from './identifiers.ts'
import { refValue, settle } from './parameters.ts'
import { dependencies, order } from './references.ts'
import type { StackOutput } from './timeline.ts'

/** The account every rehearsal is in: the one AWS's own documentation uses. */
export const ACCOUNT = '123456789012'

export interface StackIdentity {
  id: string
  name: string
  region: string
}

/** A template with its parameters: every resource, property and output evaluated on demand, and the same each time. */
export class Model {
  readonly resources = new Map<string, TemplateResource>()
  /** Each resource after everything it waits for. */
  readonly sorted: string[]
  readonly parameters: Record<string, string>
  private readonly needs = new Map<string, string[]>()
  private readonly conditions = new Map<string, boolean>()
  private readonly evaluated = new Map<string, Record<string, unknown>>()
  private readonly ids = new Map<string, string>()

  constructor(
    readonly stack: StackIdentity,
    readonly template: Template,
    readonly specification: Pick<
      StackSpecification,
      'parameters' | 'resolved' | 'notifications' | 'seed' | 'ports'
    >,
    /** Counts up with every replacement of a resource. */
    readonly generations: Record<string, number> = {},
    /** Counts up with every change of a resource. */
    readonly versions: Record<string, number> = {},
  ) {
    this.parameters = settle(template, specification.parameters)
    for (const [id, resource] of Object.entries(template.Resources)) {
      if (resource.Condition === undefined || this.condition(resource.Condition))
        this.resources.set(id, resource)
    }
    const graph = new Map([...this.resources].map(([id, resource]) => [id, dependencies(resource)]))
    for (const [id, needs] of graph)
      this.needs.set(
        id,
        [...needs].filter((need) => this.resources.has(need)),
      )
    this.sorted = order(graph).sorted
  }

  dependencies(id: string): string[] {
    return this.needs.get(id) ?? []
  }

  /** Everything a resource stands on, directly or not. */
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

  /** The resource that a physical id stands for. */
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
    return evaluate(value, this.names)
  }

  private readonly names: Names = {
    ref: (name) => this.ref(name),
    attribute: (resource, attribute) => this.attribute(resource, attribute),
    condition: (name) => this.condition(name),
    mapping: (map, first, second) => this.template.Mappings?.[map]?.[first]?.[second],
    zones: (region) => zonesOf(region || this.stack.region),
  }

  private condition(name: string): boolean {
    const known = this.conditions.get(name)
    if (known !== undefined) return known
    const expression = this.template.Conditions?.[name]
    if (expression === undefined) {
      throw validation(`Template error: unresolved condition dependency ${name} in the template`)
    }
    // A condition that refers to itself ends here.
    this.conditions.set(name, false)
    const result = evaluateCondition(expression, this.names)
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
    const parameter = template.Parameters?.[name]
    if (parameter)
      return refValue(parameter.Type, specification.resolved[name] ?? this.parameters[name] ?? '')
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
    const subject = {
      ...this.naming(resource),
      type,
      physicalId: this.physicalId(resource),
      port: this.specification.ports[resource],
      version: this.versions[resource] ?? 1,
    }
    return attributeOf(subject, attribute)
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
