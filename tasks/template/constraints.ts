import type { TemplateParameter } from './parse.ts'
import { matchesPattern } from './pattern.ts'

/** AWS: "CloudFormation quotas", parameter values. */
export const MAX_VALUE_BYTES = 4096

/** The constraint of a parameter that a value does not meet, and its limit (AWS: "Parameters"). */
export interface Broken {
  rule: 'bytes' | 'number' | 'least' | 'most' | 'allowed' | 'pattern' | 'short' | 'long'
  limit: string
}

/** The constraint for which CloudFormation would refuse a value; undefined if it accepts it. A pattern that only AWS can check counts as met. */
export function brokenConstraint(parameter: TemplateParameter, value: string): Broken | undefined {
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) return { rule: 'bytes', limit: String(MAX_VALUE_BYTES) }
  for (const item of isListType(parameter.Type) ? items(value) : [value]) {
    const broken = brokenBy(parameter, item)
    if (broken) return broken
  }
  return undefined
}

function brokenBy(parameter: TemplateParameter, item: string): Broken | undefined {
  const { AllowedPattern, AllowedValues, MaxLength, MaxValue, MinLength, MinValue, Type } = parameter
  const isNumber = Type === 'Number' || Type === 'List<Number>'
  const number = Number(item)
  const breaks = (rule: Broken['rule'], limit: unknown = '') => ({ rule, limit: String(limit) })
  if (isNumber && !isDecimal(item)) return breaks('number')
  const same = (one: unknown) => String(one) === item || (isNumber && Number(one) === number)
  if (AllowedValues && !AllowedValues.some(same)) return breaks('allowed')
  if (isNumber) {
    if (MinValue !== undefined && number < Number(MinValue)) return breaks('least', MinValue)
    if (MaxValue !== undefined && number > Number(MaxValue)) return breaks('most', MaxValue)
    return undefined
  }
  if (MinLength !== undefined && item.length < Number(MinLength)) return breaks('short', MinLength)
  if (MaxLength !== undefined && item.length > Number(MaxLength)) return breaks('long', MaxLength)
  if (AllowedPattern !== undefined && matchesPattern(String(AllowedPattern), item) === false)
    return breaks('pattern', AllowedPattern)
  return undefined
}

/** A decimal number as CloudFormation reads it: no hex, no infinity, nothing around it. */
function isDecimal(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)
}

/** Whether a parameter of this type is a list; one that reads from SSM has the type of what is read. */
export function isListType(type: string): boolean {
  const inner = /^AWS::SSM::Parameter::Value<(.+)>$/.exec(type)?.[1] ?? type
  return inner === 'CommaDelimitedList' || inner.startsWith('List<')
}

/** What `Ref` returns for a parameter: lists are split. */
export function refValue(type: string, value: string): string | string[] {
  return isListType(type) ? items(value) : value
}

/** The members of a list's value. */
export function items(value: string): string[] {
  return value.split(',').map((part) => part.trim())
}
