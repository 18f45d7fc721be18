import { own } from '../../base/own.ts'
import { validation } from '../wire/errors.ts'
import { attributePath, SUBSTITUTION } from './references.ts'

/** Where a template's names lead. */
export interface Names {
  /** Undefined if there is no such name. */
  ref(name: string): unknown
  attribute(resource: string, attribute: string): unknown
  condition(name: string): boolean
  /** What another stack exports. */
  imported(name: string): string
  mapping(map: string, first: string, second: string): unknown
  /** Of the stack's own region if the name is empty. */
  zones(region: string): string[]
}

/** `AWS::NoValue`: the property that has it is not there. */
export const NO_VALUE = Symbol('AWS::NoValue')

/** Evaluates a value of a template. Throws ValidationError for a function that is used wrongly. */
export function evaluate(value: unknown, names: Names): unknown {
  if (Array.isArray(value))
    return value.map((entry) => evaluate(entry, names)).filter((entry) => entry !== NO_VALUE)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  if (entries.length === 1) {
    const [name, argument] = entries[0]!
    const known = own(functions, name)
    if (known) return known(argument, names)
    if (name.startsWith('Fn::')) throw validation(`Template format error: unsupported function ${name}`)
  }
  const made: Record<string, unknown> = {}
  for (const [name, entry] of entries) {
    const result = evaluate(entry, names)
    if (result !== NO_VALUE) made[name] = result
  }
  return made
}

export function evaluateCondition(value: unknown, names: Names): boolean {
  const [name, argument] = Object.entries((value ?? {}) as object)[0] ?? []
  const parts = () => (Array.isArray(argument) ? argument : [])
  switch (name) {
    case 'Condition':
      return names.condition(String(argument))
    case 'Fn::Equals': {
      const [left, right] = evaluate(argument, names) as unknown[]
      return JSON.stringify(plain(left)) === JSON.stringify(plain(right))
    }
    case 'Fn::And':
      return parts().every((part) => evaluateCondition(part, names))
    case 'Fn::Or':
      return parts().some((part) => evaluateCondition(part, names))
    case 'Fn::Not':
      return !evaluateCondition(parts()[0], names)
    default:
      throw validation('Template format error: Every Conditions member must be a condition function.')
  }
}

/** `true` and "true", 1 and "1" are the same to CloudFormation. */
function plain(value: unknown): unknown {
  return typeof value === 'object' ? value : String(value)
}

type Intrinsic = (argument: unknown, names: Names) => unknown

const functions: Record<string, Intrinsic> = {
  Ref: (argument, names) => names.ref(String(argument)),
  'Fn::GetAtt': (argument, names) => {
    const [resource, attribute] = attributePath(argument)
    const evaluated =
      Array.isArray(argument) && typeof argument[1] === 'object'
        ? String(evaluate(argument[1], names))
        : attribute
    return names.attribute(resource ?? '', evaluated)
  },
  'Fn::Base64': (argument, names) =>
    Buffer.from(text(evaluate(argument, names), 'Fn::Base64')).toString('base64'),
  'Fn::Join': (argument, names) => {
    const [delimiter, list] = pair(argument, 'Fn::Join')
    const parts = evaluate(list, names)
    if (!Array.isArray(parts)) throw wrong('Fn::Join')
    return parts.map((part) => text(part, 'Fn::Join')).join(String(delimiter))
  },
  'Fn::Split': (argument, names) => {
    const [delimiter, source] = pair(argument, 'Fn::Split')
    return text(evaluate(source, names), 'Fn::Split').split(String(delimiter))
  },
  'Fn::Select': (argument, names) => {
    const [index, list] = pair(argument, 'Fn::Select')
    const position = Number(evaluate(index, names))
    const values = evaluate(list, names)
    if (!Array.isArray(values) || values[position] === undefined) {
      throw validation(`Template error: Fn::Select cannot select nonexistent value at index ${position}`)
    }
    return values[position]
  },
  'Fn::Sub': (argument, names) => {
    const [template, own] = Array.isArray(argument) ? argument : [argument, {}]
    const values = evaluate(own ?? {}, names) as Record<string, unknown>
    const value = (name: string) => {
      if (Object.hasOwn(values, name)) return values[name]
      const [resource, attribute] = attributePath(name)
      return attribute ? names.attribute(resource!, attribute) : names.ref(name)
    }
    return String(template)
      .replace(SUBSTITUTION, (_, name: string) => text(value(name.trim()), 'Fn::Sub'))
      .replace(/\$\{!([^}]*)\}/g, (_, literal: string) => `\${${literal}}`)
  },
  'Fn::FindInMap': (argument, names) => {
    const [map, first, second, options] = Array.isArray(argument) ? argument : []
    const key = [map, first, second].map((part) => String(evaluate(part, names))) as [string, string, string]
    const found = names.mapping(...key)
    if (found !== undefined) return found
    const fallback = (options as { DefaultValue?: unknown } | undefined)?.DefaultValue
    if (fallback !== undefined) return evaluate(fallback, names)
    throw validation(`Template error: Unable to get mapping for ${key.join('::')}`)
  },
  'Fn::If': (argument, names) => {
    const [condition, yes, no] = Array.isArray(argument) ? argument : []
    return evaluate(names.condition(String(condition)) ? yes : no, names)
  },
  'Fn::GetAZs': (argument, names) => names.zones(String(evaluate(argument, names))),
  'Fn::Cidr': (argument, names) => {
    const [block, count, bits] = evaluate(argument, names) as unknown[]
    return subnets(String(block), Number(count), Number(bits ?? 8))
  },
  'Fn::Length': (argument, names) => (evaluate(argument, names) as unknown[]).length,
  'Fn::ToJsonString': (argument, names) => JSON.stringify(evaluate(argument, names)),
  'Fn::ImportValue': (argument, names) => names.imported(String(evaluate(argument, names))),
}

function pair(argument: unknown, name: string): [unknown, unknown] {
  if (!Array.isArray(argument) || argument.length < 2) throw wrong(name)
  return argument as [unknown, unknown]
}

function text(value: unknown, name: string): string {
  if (value === NO_VALUE) return ''
  if (typeof value === 'object') throw wrong(name)
  return String(value)
}

function wrong(name: string): Error {
  return validation(
    `Template error: every ${name} object requires parameters of the documented form, each evaluating to a string.`,
  )
}

/** `count` blocks that leave `bits` bits for hosts, taken one after another out of an IPv4 block. */
function subnets(block: string, count: number, bits: number): string[] {
  const base = addressNumber(block.split('/')[0]!)
  return Array.from({ length: count }, (_, index) => `${addressText(base + index * 2 ** bits)}/${32 - bits}`)
}

export function addressNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}
