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

/** Most tags a stack can have (AWS: "CreateStack, Tags"). */
const MOST_TAGS = 50

export interface Specified {
  template: Template
  specification: StackSpecification
  missingKey: { parameter: string; value: string } | undefined
}

/**
 * What a call wants a stack to be: the template, its parameters and the rest, judged as CloudFormation judges them
 * before it accepts a request. `before` is what the stack was specified by so far. Ports are chosen later.
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
 * Evaluates everything once, so that what is wrong in the template is said before anything is accepted. What nested
 * stacks are made from is read now; what is wrong with it is found only as they are made.
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
  // Of what there was to import, what is imported; of nested stacks that is not known.
  if (specification.imports && !specification.nested) specification.imports = model.imported
  return model
}

/** How deep stacks may be nested here; AWS has no limit but that on all resources of an operation. */
const DEEPEST = 10

const isNested = (model: Model, id: string) => model.resources.get(id)!.Type === STACK_TYPE

function readNested(
  call: Call,
  model: Model,
  { capabilities }: Pick<StackSpecification, 'capabilities'>,
  depth = 1,
): Record<string, NestedTemplate> {
  const found: Record<string, NestedTemplate> = {}
  // What follows evaluates it: a nested stack may be told what another one gives.
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

/** What the stacks of the region export now, if the template imports anything. */
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
