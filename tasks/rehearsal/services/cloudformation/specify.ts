import type { Template } from '../../../template/parse.ts'
import { holdsKey } from '../../../template/references.ts'
import { brokenRules } from '../../../template/rules.ts'
import { Model, STACK_TYPE } from '../../stack/model.ts'
import { missingKey, resolveSsm, settle } from '../../stack/parameters.ts'
import { judgeCapabilities, readTemplate } from '../../stack/validate.ts'
import type { CreateStack, NestedTemplate, StackSpecification, UpdateStack } from '../../state/entries.ts'
import { AwsError, validation } from '../../wire/errors.ts'
import { flag, structures, tagsOf, text, texts } from '../../wire/query.ts'
import type { Call } from '../call.ts'
import { execution } from './execution.ts'
import { exportsOf } from './exports.ts'
import { fetchText, templateText } from './source.ts'

/** Maximum number of tags of a stack (AWS: "CreateStack, Tags"). */
const MOST_TAGS = 50

export interface Specified {
  template: Template
  specification: StackSpecification
  missingKey: { parameter: string; value: string } | undefined
}

/**
 * The stack a call describes: the template, its parameters and the rest, validated as CloudFormation does
 * before it accepts a request. `before` is the stack's specification so far. Ports are chosen later.
 */
export function specify(call: Call, before?: CreateStack | UpdateStack): Specified {
  const { cloud, fields } = call
  const usePrevious = flag(fields, 'UsePreviousTemplate') ?? false
  const given = usePrevious ? undefined : templateText(call)
  if (given === undefined && !(usePrevious && before)) {
    throw validation('Either Template URL or Template Body must be specified.')
  }
  const template = given === undefined ? cloud.template(before!.template) : readTemplate(given)
  const blob = given === undefined ? before!.template : cloud.blobs.put(given)
  const capabilities = texts(fields, 'Capabilities')
  judgeCapabilities(template, capabilities)
  const parameters = parametersOf(call, before)
  const values = settle(template, parameters)
  const [rule] = brokenRules(template, values)
  if (rule)
    throw validation(
      `Template validation error: Template error: rule ${rule.name} failed: ${rule.description ?? 'an assertion is false'}`,
    )
  const seed = before?.seed ?? cloud.seed
  const tags = fields.Tags === undefined ? (before?.tags ?? {}) : tagsOf(structures(fields, 'Tags'))
  judgeTags(tags)
  const specification: StackSpecification = {
    template: blob,
    parameters,
    resolved: resolveSsm(template, values, seed),
    ...optional('imports', importsFor(call, template)),
    tags,
    capabilities,
    notifications: texts(fields, 'NotificationARNs'),
    ...execution(call),
    seed,
    ports: { ...before?.ports },
    disableRollback: flag(fields, 'DisableRollback') ?? false,
    retainExceptOnCreate: flag(fields, 'RetainExceptOnCreate') ?? false,
    ...optional('roleArn', text(fields, 'RoleARN')),
  }
  const keys = new Set(
    [...call.world.keyPairs.values()].filter(({ region }) => region === call.region).map(({ name }) => name),
  )
  return { template, specification, missingKey: missingKey(template, values, (name) => keys.has(name)) }
}

/**
 * Evaluates everything once, so that errors in the template are reported before anything is accepted. The templates of nested
 * stacks are read now; errors in them are found only when the stacks are created.
 */
export function tryOut(
  call: Call,
  stack: { id: string; name: string; region: string },
  { template, specification }: Specified,
): Model {
  const model = new Model(stack, template, specification, (blob) => call.cloud.template(blob))
  if (model.sorted.some((id) => isNested(model, id)))
    specification.nested = readNested(call, model, specification)
  for (const id of model.sorted) {
    model.properties(id)
    model.physicalId(id)
  }
  model.outputs()
  // Of the available exports, the imported ones; those of nested stacks are not known.
  if (specification.imports && !specification.nested) specification.imports = model.imported
  return model
}

/** The maximum depth of nested stacks here; AWS limits only the resources of an operation. */
const DEEPEST = 10

const isNested = (model: Model, id: string) => model.resources.get(id)!.Type === STACK_TYPE

function readNested(
  call: Call,
  model: Model,
  { capabilities }: Pick<StackSpecification, 'capabilities'>,
  depth = 1,
): Record<string, NestedTemplate> {
  const found: Record<string, NestedTemplate> = {}
  // The code below evaluates it: a nested stack may be given another one's outputs.
  model.specification.nested = found
  for (const id of model.sorted) {
    if (!isNested(model, id)) continue
    try {
      if (depth > DEEPEST) throw validation('Stacks are nested too deeply.')
      const text = fetchText(call, String(model.properties(id).TemplateURL ?? ''))
      judgeCapabilities(readTemplate(text), capabilities)
      const nested: NestedTemplate = { template: call.cloud.blobs.put(text) }
      found[id] = nested
      const child = model.child(id)
      if ('refused' in child) throw validation(child.refused)
      if (child.sorted.some((one) => isNested(child, one)))
        nested.nested = readNested(call, child, { capabilities }, depth + 1)
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      found[id] = { refused: error.message }
      model.forgetChild(id)
    }
  }
  return found
}

/** The load balancers of a template and of those nested in it, `Child/Balancer`: each gets a port of its own. */
export function loadBalancers(
  call: Call,
  template: Template,
  nested: Record<string, NestedTemplate> = {},
): string[] {
  const own = Object.entries(template.Resources)
    .filter(([, { Type }]) => /^AWS::ElasticLoadBalancing(V2)?::LoadBalancer$/.test(Type))
    .map(([id]) => id)
  const within = Object.entries(nested).flatMap(([id, child]) =>
    'refused' in child
      ? []
      : loadBalancers(call, call.cloud.template(child.template), child.nested).map((name) => `${id}/${name}`),
  )
  return [...own, ...within]
}

/** The exports of the region's stacks now, if the template imports anything. */
function importsFor(call: Call, template: Template): Record<string, string> | undefined {
  if (!holdsKey(template, (key) => key === 'Fn::ImportValue')) return undefined
  return Object.fromEntries(exportsOf(call).map(({ name, value }) => [name, value]))
}

function parametersOf(call: Call, before: StackSpecification | undefined): Record<string, string> {
  const values: Record<string, string> = {}
  for (const parameter of structures(call.fields, 'Parameters')) {
    const name = text(parameter, 'ParameterKey') ?? ''
    const value = text(parameter, 'ParameterValue')
    if (flag(parameter, 'UsePreviousValue')) {
      if (value)
        throw validation(
          `Invalid input for parameter key ${name}. Cannot specify usePreviousValue as true and non empty value for a parameter`,
        )
      if (!before)
        throw validation(
          `Invalid input for parameter key ${name}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
        )
      if (before.parameters[name] !== undefined) values[name] = before.parameters[name]
    } else values[name] = value ?? ''
  }
  return values
}

function judgeTags(tags: Record<string, string>): void {
  const names = Object.keys(tags)
  if (names.length > MOST_TAGS) {
    throw validation(
      `1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to ${MOST_TAGS}`,
    )
  }
  const reserved = names.find((name) => name.startsWith('aws:'))
  if (reserved)
    throw validation(
      `Tag ${reserved} is invalid: aws: prefixed tag key names are not allowed for external use.`,
    )
}

export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }
}
