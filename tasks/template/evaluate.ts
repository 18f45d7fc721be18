import { own } from '../base/own.ts'
import { holdsIn } from './conditions.ts'
import { refValue } from './constraints.ts'
import { evaluateIn, NO_VALUE, type Scope } from './functions.ts'
import type { Template } from './parse.ts'

/** The value that a property will have, if the parameters alone decide it; otherwise undefined, and also for lists and mappings. */
export type Evaluated = string | number | boolean | undefined

/** Evaluates a value without a stack. `parameters` are the effective ones, defaults included, and may contain pseudo parameters. */
export function evaluate(value: unknown, template: Template, parameters: Record<string, string>): Evaluated {
  const found = evaluateIn(value, scopeOf(template, parameters))
  return typeof found === 'object' || typeof found === 'symbol' ? undefined : (found as Evaluated)
}

/** Whether a named condition holds; undefined if more than the parameters decides it. */
export function conditionHolds(
  name: string,
  template: Template,
  parameters: Record<string, string>,
): boolean | undefined {
  return scopeOf(template, parameters).condition(name)
}

/** Whether a rule holds; undefined if more than the parameters decides it. */
export function holds(
  statement: unknown,
  template: Template,
  parameters: Record<string, string>,
): boolean | undefined {
  return holdsIn(statement, scopeOf(template, parameters))
}

function scopeOf(template: Template, parameters: Record<string, string>): Scope {
  /** The conditions that are being evaluated: one that refers to itself is undecided. */
  const asked = new Set<string>()
  const scope: Scope = {
    ref: (name) => {
      if (name === 'AWS::NoValue') return NO_VALUE
      const value = own(parameters, name)
      const type = own(template.Parameters, name)?.Type
      return value !== undefined && type !== undefined ? refValue(type, value) : value
    },
    attribute: () => undefined,
    condition: (name) => {
      const statement = own(template.Conditions, name)
      if (statement === undefined || asked.has(name)) return undefined
      asked.add(name)
      const met = holdsIn(statement, scope)
      asked.delete(name)
      return met
    },
    mapping: (map, first, second) => own(own(own(template.Mappings, map), first), second),
    imported: () => undefined,
    zones: () => undefined,
    refuse: () => undefined,
  }
  return scope
}
