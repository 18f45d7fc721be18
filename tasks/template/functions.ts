import { own } from '../base/own.ts'
import { isObject } from './parse.ts'
import { attributePath, SUBSTITUTION } from './references.ts'

/** What the names in a template mean. `undefined` is what is not known (yet): whatever depends on it is undefined, too. */
export interface Scope {
  ref(name: string): unknown
  attribute(resource: string, attribute: string): unknown
  condition(name: string): boolean | undefined
  mapping(map: string, first: string, second: string): unknown
  /** What another stack exports. */
  imported(name: string): string | undefined
  /** Of the stack's own region if the name is empty. */
  zones(region: string): string[] | undefined
  /** Reports a wrong use of a function, in CloudFormation's words: throws, or leaves the value undefined. */
  refuse(message: string): undefined
}

/** `AWS::NoValue`: a property with this value is left out. */
export const NO_VALUE = Symbol('AWS::NoValue')

/** Evaluates a value of a template (AWS: "Intrinsic function reference"). */
export function evaluateIn(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value))
    return value.map((entry) => evaluateIn(entry, scope)).filter((entry) => entry !== NO_VALUE)
  if (!isObject(value)) return value
  const entries = Object.entries(value)
  if (entries.length === 1) {
    const [name, argument] = entries[0]!
    const known = own(functions, name)
    if (known) return known(argument, scope)
    if (name.startsWith('Fn::')) return scope.refuse(`Template format error: unsupported function ${name}`)
  }
  const made: Record<string, unknown> = {}
  for (const [name, entry] of entries) {
    const result = evaluateIn(entry, scope)
    if (result !== NO_VALUE) made[name] = result
  }
  return made
}

type Intrinsic = (argument: unknown, scope: Scope) => unknown

const functions: Record<string, Intrinsic> = {
  Ref: (argument, scope) => scope.ref(String(argument)),
  'Fn::GetAtt': (argument, scope) => {
    const [resource = '', attribute] = attributePath(argument)
    const computed = Array.isArray(argument) && isObject(argument[1]) ? argument[1] : attribute
    const name = evaluateIn(computed, scope)
    return name === undefined ? undefined : scope.attribute(resource, String(name))
  },
  'Fn::Base64': (argument, scope) => {
    const source = textIn(argument, 'Fn::Base64', scope)
    return source === undefined ? undefined : Buffer.from(source).toString('base64')
  },
  'Fn::Join': (argument, scope) => {
    const [delimiter, list] = pairIn(argument, 'Fn::Join', scope)
    const parts = evaluateIn(list, scope)
    if (parts === undefined) return undefined
    if (!Array.isArray(parts)) return wrong('Fn::Join', scope)
    const texts = parts.map((part) => text(part, 'Fn::Join', scope))
    return texts.includes(undefined) ? undefined : texts.join(String(delimiter))
  },
  'Fn::Split': (argument, scope) => {
    const [delimiter, source] = pairIn(argument, 'Fn::Split', scope)
    return textIn(source, 'Fn::Split', scope)?.split(String(delimiter))
  },
  'Fn::Select': (argument, scope) => {
    const [index, list] = pairIn(argument, 'Fn::Select', scope)
    const [position, values] = [evaluateIn(index, scope), evaluateIn(list, scope)]
    if (position === undefined || values === undefined) return undefined
    if (Array.isArray(values) && Number(position) in values) return values[Number(position)]
    return scope.refuse(`Template error: Fn::Select cannot select nonexistent value at index ${position}`)
  },
  'Fn::Sub': (argument, scope) => {
    const [source, defined] = Array.isArray(argument) ? argument : [argument, {}]
    const values = evaluateIn(defined ?? {}, scope) as Record<string, unknown>
    let decided = true
    const substitute = (name: string) => {
      const [resource, attribute] = attributePath(name)
      const elsewhere = () => (attribute ? scope.attribute(resource!, attribute) : scope.ref(name))
      const found = text(Object.hasOwn(values, name) ? values[name] : elsewhere(), 'Fn::Sub', scope)
      decided &&= found !== undefined
      return found ?? ''
    }
    const made = String(source)
      .replace(SUBSTITUTION, (_, name: string) => substitute(name.trim()))
      .replace(/\$\{!([^}]*)\}/g, (_, literal: string) => `\${${literal}}`)
    return decided ? made : undefined
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second, options] = Array.isArray(argument) ? argument : []
    const keys = [map, first, second].map((part) => evaluateIn(part, scope))
    if (keys.includes(undefined)) return undefined
    const [name, one, other] = keys.map(String) as [string, string, string]
    const found = scope.mapping(name, one, other)
    if (found !== undefined) return found
    if (isObject(options) && options.DefaultValue !== undefined)
      return evaluateIn(options.DefaultValue, scope)
    return scope.refuse(`Template error: Unable to get mapping for ${name}::${one}::${other}`)
  },
  'Fn::If': (argument, scope) => {
    const [condition, yes, no] = Array.isArray(argument) ? argument : []
    const met = scope.condition(String(condition))
    return met === undefined ? undefined : evaluateIn(met ? yes : no, scope)
  },
  'Fn::GetAZs': (argument, scope) => {
    const region = evaluateIn(argument, scope)
    return region === undefined ? undefined : scope.zones(String(region))
  },
  'Fn::Cidr': (argument, scope) => {
    const parts = evaluateIn(argument, scope)
    if (!Array.isArray(parts)) return wrong('Fn::Cidr', scope)
    const [block, count, bits = 8] = parts
    return block === undefined || count === undefined
      ? undefined
      : subnets(String(block), Number(count), Number(bits))
  },
  'Fn::Length': (argument, scope) => {
    const list = evaluateIn(argument, scope)
    return Array.isArray(list) ? list.length : undefined
  },
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(evaluateIn(argument, scope)),
  'Fn::ImportValue': (argument, scope) => {
    const name = evaluateIn(argument, scope)
    return name === undefined ? undefined : scope.imported(String(name))
  },
}

function pairIn(argument: unknown, name: string, scope: Scope): [unknown, unknown] {
  if (Array.isArray(argument) && argument.length >= 2) return argument as [unknown, unknown]
  wrong(name, scope)
  return [undefined, undefined]
}

function textIn(argument: unknown, name: string, scope: Scope): string | undefined {
  return text(evaluateIn(argument, scope), name, scope)
}

function text(value: unknown, name: string, scope: Scope): string | undefined {
  if (value === undefined) return undefined
  if (value === NO_VALUE) return ''
  return typeof value === 'object' ? wrong(name, scope) : String(value)
}

function wrong(name: string, scope: Scope): undefined {
  return scope.refuse(
    `Template error: every ${name} object requires parameters of the documented form, each evaluating to a string.`,
  )
}

/** `count` consecutive blocks of an IPv4 block, each with `bits` bits for hosts. */
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
