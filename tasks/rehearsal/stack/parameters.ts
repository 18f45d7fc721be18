import { type Broken, brokenConstraint, items } from '../../template/constraints.ts'
import type { Template, TemplateParameter } from '../../template/parse.ts'
import { hex } from '../state/chance.ts'
import { validation } from '../wire/errors.ts'

const KEY_NAME = 'AWS::EC2::KeyPair::KeyName'
/** What is shown instead of a NoEcho parameter. */
export const MASK = '****'

/**
 * The values a stack runs with: those given, else the template's defaults. Throws ValidationError with CloudFormation's
 * text for unknown, missing and refused values.
 */
export function settle(template: Template, given: Record<string, string>): Record<string, string> {
  const declared = template.Parameters ?? {}
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name))
  if (unknown.length > 0) throw validation(`Parameters: [${unknown.join(', ')}] do not exist in the template`)
  const missing: string[] = []
  const values: Record<string, string> = {}
  for (const [name, parameter] of Object.entries(declared)) {
    const value =
      (Object.hasOwn(given, name) ? given[name] : undefined) ??
      (parameter.Default === undefined ? undefined : String(parameter.Default))
    if (value === undefined) missing.push(name)
    else values[name] = value
  }
  if (missing.length > 0) throw validation(`Parameters: [${missing.join(', ')}] must have values`)
  for (const [name, value] of Object.entries(values)) judge(name, declared[name]!, value)
  return values
}

/** The first key pair parameter whose key does not exist. */
export function missingKey(
  template: Template,
  values: Record<string, string>,
  exists: (name: string) => boolean,
): { parameter: string; value: string } | undefined {
  for (const [parameter, { Type }] of Object.entries(template.Parameters ?? {})) {
    const value = values[parameter]
    if (value === undefined) continue
    const names = Type === KEY_NAME ? [value] : Type === `List<${KEY_NAME}>` ? items(value) : []
    const absent = names.find((name) => !exists(name))
    if (absent !== undefined) return { parameter, value: absent }
  }
  return undefined
}

/** The values of SSM parameters: something plausible for their name. */
export function resolveSsm(
  template: Template,
  values: Record<string, string>,
  seed: number,
): Record<string, string> {
  const resolved: Record<string, string> = {}
  for (const [name, { Type }] of Object.entries(template.Parameters ?? {})) {
    const path = values[name]
    if (!Type.startsWith('AWS::SSM::Parameter::Value<') || path === undefined) continue
    resolved[name] = parameterValue(path, Type, seed)
  }
  return resolved
}

/** The value of the SSM parameter with this name: an image's id if the name, or the requested type, is that of an image. */
export function parameterValue(path: string, type: string, seed: number): string {
  const image = /ami|image/i.test(path) || type.includes('Image::Id')
  return image ? `ami-0${hex(16, 'ssm', seed, path)}` : (path.split('/').at(-1) ?? path)
}

/** Throws CloudFormation's error for a refused value. */
function judge(name: string, parameter: TemplateParameter, value: string): void {
  const broken = brokenConstraint(parameter, value)
  if (!broken) return
  if (broken.rule === 'number') throw validation(`Parameter '${name}' must be a number.`)
  const described = parameter.ConstraintDescription
  throw validation(
    described
      ? `Parameter ${name} failed to satisfy constraint: ${described}`
      : `Parameter '${name}' must ${musts[broken.rule](broken.limit)}`,
  )
}

const musts: Record<Exclude<Broken['rule'], 'number'>, (limit: string) => string> = {
  least: (limit) => `be a number not less than ${limit}`,
  most: (limit) => `be a number not greater than ${limit}`,
  allowed: () => 'be one of AllowedValues',
  pattern: (limit) => `match pattern ${limit}`,
  short: (limit) => `contain at least ${limit} characters`,
  long: (limit) => `contain at most ${limit} characters`,
  bytes: (limit) => `contain at most ${limit} bytes`,
}
