import type { Template, TemplateParameter } from '../../template/parse.ts'
import { matchesPattern } from '../../template/pattern.ts'
import { hex } from '../state/chance.ts'
import { validation } from '../wire/errors.ts'

const KEY_NAME = 'AWS::EC2::KeyPair::KeyName'
/** What a NoEcho parameter is told as. */
export const MASK = '****'

/**
 * The values a stack runs with: those given, else the template's defaults. Throws ValidationError in CloudFormation's
 * words for unknown, missing and refused values.
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
      (parameter.Default === undefined ? undefined : asText(parameter.Default))
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
    const names = Type === KEY_NAME ? [value] : Type === `List<${KEY_NAME}>` ? split(value) : []
    const absent = names.find((name) => !exists(name))
    if (absent !== undefined) return { parameter, value: absent }
  }
  return undefined
}

/** What SSM parameters hold: something plausible for their name. */
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

/** What the SSM parameter of this name holds: an image's id if the name, or the type that is asked for, speaks of one. */
export function parameterValue(path: string, type: string, seed: number): string {
  const image = /ami|image/i.test(path) || type.includes('Image::Id')
  return image ? `ami-0${hex(16, 'ssm', seed, path)}` : (path.split('/').at(-1) ?? path)
}

/** What `Ref` gives for a parameter: list types come apart. */
export function refValue(type: string, value: string): unknown {
  const inner = /^AWS::SSM::Parameter::Value<(.+)>$/.exec(type)?.[1] ?? type
  return inner === 'CommaDelimitedList' || inner.startsWith('List<') ? split(value) : value
}

export function isSecret(parameter: TemplateParameter | undefined): boolean {
  return String(parameter?.NoEcho ?? 'false').toLowerCase() === 'true'
}

function split(value: string): string[] {
  return value.split(',').map((part) => part.trim())
}

function asText(value: string | number | boolean): string {
  return String(value)
}

function judge(name: string, parameter: TemplateParameter, value: string): void {
  const refuse = (message: string) => {
    const described = parameter.ConstraintDescription
    throw validation(
      described
        ? `Parameter ${name} failed to satisfy constraint: ${described}`
        : `Parameter '${name}' ${message}`,
    )
  }
  const items =
    parameter.Type === 'CommaDelimitedList' || parameter.Type.startsWith('List<') ? split(value) : [value]
  if (parameter.Type === 'Number' || parameter.Type === 'List<Number>') {
    for (const item of items) {
      if (item.trim() === '' || Number.isNaN(Number(item)))
        throw validation(`Parameter '${name}' must be a number.`)
      const least = bound(parameter.MinValue)
      const most = bound(parameter.MaxValue)
      if (least !== undefined && Number(item) < least) refuse(`must be a number not less than ${least}`)
      if (most !== undefined && Number(item) > most) refuse(`must be a number not greater than ${most}`)
    }
  }
  const allowed = parameter.AllowedValues?.map(asText)
  if (allowed && !items.every((item) => allowed.includes(item))) {
    refuse('must be one of AllowedValues')
  }
  if (parameter.AllowedPattern !== undefined) {
    // What cannot be judged here is taken, as most values are right.
    const pattern = String(parameter.AllowedPattern)
    if (items.some((item) => matchesPattern(pattern, item) === false))
      refuse(`must match pattern ${parameter.AllowedPattern}`)
  }
  const least = bound(parameter.MinLength)
  const most = bound(parameter.MaxLength)
  if (least !== undefined && value.length < least) refuse(`must contain at least ${least} characters`)
  if (most !== undefined && value.length > most) refuse(`must contain at most ${most} characters`)
  // CloudFormation's own limit on a parameter's value.
  if (Buffer.byteLength(value) > 4096) refuse('must contain at most 4096 bytes')
}

function bound(value: number | string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}
