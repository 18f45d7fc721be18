import { iamIn } from '../../template/capabilities.ts'
import { parseTemplate, type Template, TemplateSyntaxError } from '../../template/parse.ts'
import { type Fault, usesTransforms } from '../../template/references.ts'
import { faultsIn } from '../../template/validate.ts'
import { AwsError, validation } from '../wire/errors.ts'

/** Limit of a TemplateBody, in bytes (AWS: "CloudFormation quotas"). */
export const BODY_LIMIT = 51_200
/** Limit of a template in S3, in bytes (AWS: "CloudFormation quotas"). */
export const URL_LIMIT = 1_000_000

/** Parses and validates a template as CloudFormation does before it accepts one. Throws ValidationError with its text. */
export function readTemplate(body: string): Template {
  const template = parse(body)
  if (usesTransforms(template))
    throw validation('No transform is available in a rehearsal: expand the template first.')
  const faults = faultsIn(template)
  if (faults.length > 0) throw validation(wordsFor(faults))
  const known = /^(AWS::[A-Za-z0-9]+::[A-Za-z0-9]+(::[A-Za-z0-9]+)?|Custom::[\w@-]{1,60})$/
  const types = new Set(Object.values(template.Resources).map(({ Type }) => Type))
  const strangers = [...types].filter((type) => !known.test(type))
  if (strangers.length > 0) throw validation(unrecognized(strangers.join(', ')))
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

/** CloudFormation's text for the first error, and for all like it. */
function wordsFor(faults: Fault[]): string {
  const [{ kind, names = [], path, what }] = faults as [Fault]
  const [section, name] = path
  const alike = faults.filter((one) => one.kind === kind && one.path[0] === section)
  const listed = [...new Set(alike.flatMap((one) => one.names ?? []))].join(', ')
  switch (kind) {
    case 'section': {
      const unknown = faults.filter((one) => one.kind === 'section').flatMap((one) => one.names ?? [])
      return `Invalid template property or properties [${unknown.join(', ')}]`
    }
    case 'empty':
      return 'Template format error: At least one Resources member must be defined.'
    case 'name':
      return `Template format error: Resource name ${names[0]} is non alphanumeric.`
    case 'resource':
      return `Template format error: [/Resources/${name}] Every Resources member must be an object.`
    case 'no type':
      return section === 'Resources'
        ? `Template format error: [/Resources/${name}] Every Resources object must contain a Type member.`
        : `Template format error: Every Parameters object must contain a Type member. (${name})`
    case 'type':
      return unrecognized(listed)
    case 'reference':
      return `Template format error: Unresolved resource dependencies [${listed}] in the ${section} block of the template`
    case 'condition':
      return `Template format error: Unresolved condition dependency ${names[0]} in the ${section} block of the template`
    case 'cycle':
      return `Circular dependency between resources: [${listed}]`
    case 'null':
      return `[/${path.join('/')}] 'null' values are not allowed in templates`
    default:
      return `Template format error: ${what}`
  }
}

function unrecognized(types: string): string {
  return `Template format error: Unrecognized resource types: [${types}]`
}

export function neededCapabilities(template: Template): { capabilities: string[]; reason?: string } {
  const { named, types } = iamIn(template)
  if (types.length === 0) return { capabilities: [] }
  return {
    capabilities: [named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'],
    reason: `The following resource(s) require capabilities: [${types.join(', ')}]`,
  }
}

export function judgeCapabilities(template: Template, given: string[]): void {
  const missing = neededCapabilities(template).capabilities.filter(
    (capability) => !given.includes(capability) && !given.includes('CAPABILITY_NAMED_IAM'),
  )
  if (missing.length > 0) {
    throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${missing.join(', ')}]`)
  }
}
