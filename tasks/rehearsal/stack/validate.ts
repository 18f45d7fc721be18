import { own } from '../../base/own.ts'
import { parseTemplate, type Template, TemplateSyntaxError } from '../../template/parse.ts'
import { usesTransforms } from '../../template/references.ts'
import { AwsError, validation } from '../wire/errors.ts'
import { dependencies, order, references } from './references.ts'

/** Limit of a TemplateBody, in bytes (AWS: "CloudFormation quotas"). */
export const BODY_LIMIT = 51_200
/** Limit of a template in S3, in bytes (AWS: "CloudFormation quotas"). */
export const URL_LIMIT = 1_000_000

export const pseudoParameters = [
  'AWS::AccountId',
  'AWS::NoValue',
  'AWS::NotificationARNs',
  'AWS::Partition',
  'AWS::Region',
  'AWS::StackId',
  'AWS::StackName',
  'AWS::URLSuffix',
]

const sections = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Rules',
  'Mappings',
  'Conditions',
  'Transform',
  'Hooks',
  'Resources',
  'Outputs',
]

/** Reads and judges a template as CloudFormation does before it accepts one. Throws ValidationError in its words. */
export function readTemplate(body: string): Template {
  const template = parse(body)
  const unknown = Object.keys(template).filter((section) => !sections.includes(section))
  if (unknown.length > 0) throw validation(`Invalid template property or properties [${unknown.join(', ')}]`)
  if (Object.keys(template.Resources).length === 0) {
    throw validation('Template format error: At least one Resources member must be defined.')
  }
  if (usesTransforms(template))
    throw validation('No transform is available in a rehearsal: expand the template first.')
  judgeResources(template)
  judgeReferences(template)
  const graph = new Map(
    Object.entries(template.Resources).map(([id, resource]) => [id, dependencies(resource)]),
  )
  const { cycle } = order(graph)
  if (cycle.length > 0) throw validation(`Circular dependency between resources: [${cycle.join(', ')}]`)
  return template
}

function parse(body: string): Template {
  try {
    return parseTemplate(body)
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error
    const kind = body.trimStart().startsWith('{') ? 'JSON' : 'YAML'
    if (error.line !== undefined) {
      throw validation(
        `Template format error: ${kind} not well-formed. (line ${error.line}, column ${error.column ?? 1})`,
      )
    }
    throw validation(
      /Resources/.test(error.message) && kind === 'JSON'
        ? 'Template format error: At least one Resources member must be defined.'
        : 'Template format error: unsupported structure.',
    )
  }
}

function judgeResources(template: Template): void {
  const strangers: string[] = []
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (!/^[A-Za-z0-9]+$/.test(id))
      throw validation(`Template format error: Resource name ${id} is non alphanumeric.`)
    if (typeof resource !== 'object' || resource === null || Array.isArray(resource)) {
      throw validation(`Template format error: [/Resources/${id}] Every Resources member must be an object.`)
    }
    if (typeof resource.Type !== 'string') {
      throw validation(
        `Template format error: [/Resources/${id}] Every Resources object must contain a Type member.`,
      )
    }
    if (!/^(AWS::[A-Za-z0-9]+::[A-Za-z0-9]+(::[A-Za-z0-9]+)?|Custom::[\w@-]{1,60})$/.test(resource.Type)) {
      strangers.push(resource.Type)
    }
  }
  if (strangers.length > 0) {
    throw validation(
      `Template format error: Unrecognized resource types: [${[...new Set(strangers)].join(', ')}]`,
    )
  }
}

function judgeReferences(template: Template): void {
  const parameters = template.Parameters ?? {}
  const known = new Set([...Object.keys(template.Resources), ...Object.keys(parameters), ...pseudoParameters])
  const conditions = new Set(Object.keys(template.Conditions ?? {}))
  const blocks: [string, unknown, unknown[]][] = [
    [
      'Resources',
      Object.values(template.Resources).map(({ Properties }) => Properties),
      Object.values(template.Resources),
    ],
    [
      'Outputs',
      Object.values(template.Outputs ?? {}).map(({ Value }) => Value),
      Object.values(template.Outputs ?? {}),
    ],
  ]
  for (const [block, values, owners] of blocks) {
    const unresolved = new Set<string>()
    for (const reference of references(values)) {
      if (reference.kind === 'condition') {
        // A bare `Condition` within properties is a policy document's.
        continue
      }
      if (
        reference.kind === 'attribute'
          ? !Object.hasOwn(template.Resources, reference.name)
          : !known.has(reference.name)
      ) {
        unresolved.add(reference.name)
      }
    }
    for (const owner of owners as { DependsOn?: string | string[]; Condition?: string }[]) {
      for (const name of [owner.DependsOn ?? []].flat())
        if (!Object.hasOwn(template.Resources, name)) unresolved.add(name)
      if (typeof owner.Condition === 'string' && !conditions.has(owner.Condition)) {
        throw validation(
          `Template format error: Unresolved condition dependency ${owner.Condition} in the ${block} block of the template`,
        )
      }
    }
    if (unresolved.size > 0) {
      throw validation(
        `Template format error: Unresolved resource dependencies [${[...unresolved].join(', ')}] in the ${block} block of the template`,
      )
    }
  }
  for (const [name, parameter] of Object.entries(parameters)) {
    if (typeof parameter?.Type !== 'string') {
      throw validation(`Template format error: Every Parameters object must contain a Type member. (${name})`)
    }
  }
}

/** Types that need CAPABILITY_IAM, with the property that makes it CAPABILITY_NAMED_IAM (AWS: "CreateStack, Capabilities"). */
const identities: Record<string, string | undefined> = {
  'AWS::IAM::AccessKey': undefined,
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::InstanceProfile': 'InstanceProfileName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Policy': undefined,
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
  'AWS::IAM::UserToGroupAddition': undefined,
}

export function neededCapabilities(template: Template): { capabilities: string[]; reason?: string } {
  const needing = Object.values(template.Resources).filter(({ Type }) => Object.hasOwn(identities, Type))
  if (needing.length === 0) return { capabilities: [] }
  const named = needing.some(
    ({ Type, Properties }) => Properties?.[own(identities, Type) ?? ''] !== undefined,
  )
  const types = [...new Set(needing.map(({ Type }) => Type))]
  return {
    capabilities: [named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'],
    reason: `The following resource(s) require capabilities: [${types.join(', ')}]`,
  }
}

export function judgeCapabilities(template: Template, given: string[]): void {
  if (template.Transform !== undefined && !given.includes('CAPABILITY_AUTO_EXPAND')) {
    throw new AwsError(
      'InsufficientCapabilitiesException',
      'Requires capabilities : [CAPABILITY_AUTO_EXPAND]',
    )
  }
  const missing = neededCapabilities(template).capabilities.filter(
    (capability) => !given.includes(capability) && !given.includes('CAPABILITY_NAMED_IAM'),
  )
  if (missing.length > 0) {
    throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${missing.join(', ')}]`)
  }
}
