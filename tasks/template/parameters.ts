import { Failure } from '../base/failure.ts'
import { didYouMean } from '../base/suggest.ts'
import { brokenConstraint } from './constraints.ts'
import { isObject, type Template, type TemplateParameter } from './parse.ts'
import { isNoEcho } from './secrets.ts'

export interface ResolvedParameters {
  /** What CreateStack gets: only the wanted values, in the order of the template. */
  send: { ParameterKey: string; ParameterValue: string }[]
  /** The effective values: the wanted ones over the template's defaults. */
  all: Record<string, string>
}

/** Whether the template has a parameter of this name. */
export function declares(template: Template, name: string): boolean {
  return Object.hasOwn(template.Parameters ?? {}, name)
}

/**
 * The empty parameters among those that a template requires on real AWS (`Metadata: DcosBootstrap: needs: [Name, …]`).
 * A rehearsal does not need them. `parameters` are the effective or wanted values; the template's defaults are used for
 * the rest.
 */
export function unmetNeeds(template: Template, parameters: Record<string, string>): string[] {
  const ours = template.Metadata?.DcosBootstrap
  const needs = isObject(ours) && Array.isArray(ours.needs) ? ours.needs.map(String) : []
  return needs.filter((name) => {
    const fallback = Object.hasOwn(template.Parameters ?? {}, name)
      ? template.Parameters?.[name]?.Default
      : undefined
    const value = Object.hasOwn(parameters, name) ? parameters[name] : fallback
    return value === undefined || String(value).trim() === ''
  })
}

interface ParameterFault {
  name: string
  what: string
  why: string
  next: string
}

/**
 * Checks the wanted values against the template's own Parameters, as CloudFormation would before it creates anything.
 * `source` is the template as given by the user. Throws PARAMETER_INVALID; a NoEcho value is never shown. What only AWS
 * can know (whether the key pair exists) is left to AWS.
 */
export function resolveParameters(
  template: Template,
  wanted: Record<string, string>,
  source: string,
): ResolvedParameters {
  const declared = Object.entries(template.Parameters ?? {})
  const names = declared.map(([name]) => name)
  const faults: ParameterFault[] = []
  for (const name of Object.keys(wanted)) {
    if (!declares(template, name)) faults.push(unknown(name, names, source))
  }
  const send: ResolvedParameters['send'] = []
  const all: Record<string, string> = {}
  for (const [name, parameter] of declared) {
    const given = Object.hasOwn(wanted, name)
    const value = given ? wanted[name]! : parameter.Default
    if (value === undefined) {
      faults.push(missing(name, parameter, source))
      continue
    }
    const text = Array.isArray(value) ? value.join(',') : String(value)
    all[name] = text
    if (given) send.push({ ParameterKey: name, ParameterValue: text })
    const why = whyRefused(parameter, text, given)
    if (why) faults.push(refused(name, parameter, text, why, given, source))
  }
  if (faults.length > 0) throw failure(faults)
  return { send, all }
}

/** Why CloudFormation would refuse this value for this parameter, or undefined. */
function whyRefused(parameter: TemplateParameter, value: string, given: boolean): string | undefined {
  const { AllowedValues: allowed, Type: type } = parameter
  // The name of something in AWS: all that can be checked here is that it is not empty.
  if (given && value === '' && type.startsWith('AWS::') && !allowed) return `it must not be empty: ${type}`
  const { limit, rule } = brokenConstraint(parameter, value) ?? {}
  switch (rule) {
    case 'bytes':
      return `a value has at most ${limit} bytes, this one ${Buffer.byteLength(value)}`
    case 'number':
      return 'it must be a number'
    case 'allowed':
      return `it must be one of ${allowed!.map((one) => quote(String(one))).join(', ')}`
    case 'least':
      return `it must be at least ${limit}`
    case 'most':
      return `it must be at most ${limit}`
    case 'short':
      return `it must have at least ${limit} characters`
    case 'long':
      return `it must have at most ${limit} characters`
    case 'pattern':
      return `it must match ${limit}`
    default:
      return undefined
  }
}

function unknown(name: string, names: string[], source: string): ParameterFault {
  return {
    name,
    what: `the template ${source} has no parameter ${name}${didYouMean(name, names)}`,
    why: names.length > 0 ? `it has ${names.join(', ')}` : 'it has no parameters',
    next: `remove ${name} or correct its name`,
  }
}

function missing(name: string, parameter: TemplateParameter, source: string): ParameterFault {
  const allowed = parameter.AllowedValues?.map((one) => quote(String(one))).join(' or ')
  const description = parameter.Description?.trim()
  return {
    name,
    what: `the template ${source} needs the parameter ${name}`,
    why: `it has no default${description ? `; the template says: ${description}` : ''}`,
    next: `set parameters.${name}${allowed ? ` to ${allowed}${licence(name)}` : ''}`,
  }
}

/** Only a person can accept a licence, so the message says what setting the value means. */
function licence(name: string): string {
  return /eula|licen[cs]e/i.test(name)
    ? ', which accepts the licence of the installed software: read it first'
    : ''
}

function refused(
  name: string,
  parameter: TemplateParameter,
  value: string,
  why: string,
  given: boolean,
  source: string,
): ParameterFault {
  const shown = isNoEcho(parameter) ? '****' : quote(value)
  const constraint = parameter.ConstraintDescription?.trim().replace(/\.$/, '')
  const whose = given ? `the parameter ${name}` : `the default of the parameter ${name}`
  return {
    name,
    what: `${whose} is ${shown}, which the template ${source} does not allow`,
    why: constraint ? `${why} (${constraint})` : why,
    next: given ? `set ${name} to an allowed value` : `set parameters.${name} yourself`,
  }
}

function failure(faults: ParameterFault[]): Failure {
  const [first, ...others] = faults
  const cause = [first!.why, ...others.map(({ what, why }) => `also: ${what}; ${why}`)].join('\n')
  const next = faults.map((fault) => fault.next).join('; ')
  return new Failure('PARAMETER_INVALID', { message: first!.what, cause, next })
}

/** On one line and not too long, whatever the value contains. */
function quote(value: string): string {
  return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value)
}
