import { isObject, type Template } from './parse.ts'

/** What the value of a property will be, as far as the parameters alone decide it; undefined where they do not. */
export type Evaluated = string | number | boolean | undefined

/** Evaluates constants, Ref to a parameter, FindInMap and If. `parameters` are all that hold, defaults included. */
export function evaluate(value: unknown, template: Template, parameters: Record<string, string>): Evaluated {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (!isObject(value)) return undefined
  const argument = Object.values(value)[0]
  const inner = (part: unknown) => evaluate(part, template, parameters)
  switch (onlyKey(value)) {
    case 'Ref':
      return Object.hasOwn(parameters, String(argument)) ? parameters[String(argument)] : undefined
    case 'Fn::FindInMap': {
      if (!Array.isArray(argument)) return undefined
      let found: unknown = template.Mappings
      for (const step of argument.slice(0, 3)) {
        const key = inner(step)
        if (key === undefined || !isObject(found) || !Object.hasOwn(found, String(key))) return undefined
        found = found[String(key)]
      }
      return typeof found === 'object' ? undefined : (found as Evaluated)
    }
    case 'Fn::If': {
      if (!Array.isArray(argument)) return undefined
      const met = conditionHolds(String(argument[0]), template, parameters)
      return met === undefined ? undefined : inner(argument[met ? 1 : 2])
    }
    default:
      return undefined
  }
}

/** Whether a named condition holds; undefined if more than the parameters decides it. */
export function conditionHolds(
  name: string,
  template: Template,
  parameters: Record<string, string>,
  asked: readonly string[] = [],
): boolean | undefined {
  if (!Object.hasOwn(template.Conditions ?? {}, name) || asked.includes(name)) return undefined
  return holds(template.Conditions?.[name], template, parameters, [...asked, name])
}

/** Whether what a condition or a rule says holds; undefined if more than the parameters decides it. */
export function holds(
  statement: unknown,
  template: Template,
  parameters: Record<string, string>,
  asked: readonly string[] = [],
): boolean | undefined {
  const judge = (condition: unknown): boolean | undefined => {
    if (!isObject(condition)) return undefined
    const argument = Object.values(condition)[0]
    const parts = Array.isArray(argument) ? argument : []
    switch (onlyKey(condition)) {
      case 'Condition':
        return conditionHolds(String(argument), template, parameters, asked)
      case 'Fn::Equals': {
        const [left, right] = parts.map((part) => evaluate(part, template, parameters))
        return left === undefined || right === undefined ? undefined : String(left) === String(right)
      }
      case 'Fn::Not':
        return not(judge(parts[0]))
      case 'Fn::And':
        return every(parts.map(judge))
      case 'Fn::Or':
        return not(every(parts.map((part) => not(judge(part)))))
      case 'Fn::Contains':
      case 'Fn::EachMemberIn':
      case 'Fn::EachMemberEquals': {
        const [left, right] = parts.map((part) => listOf(part, template, parameters))
        if (!left || !right) return undefined
        return onlyKey(condition) === 'Fn::Contains'
          ? right.every((one) => left.includes(one))
          : left.every((one) => right.includes(one))
      }
      default:
        return undefined
    }
  }
  return judge(statement)
}

/** A list of texts, or a single one; undefined where more than the parameters decides it. */
function listOf(
  value: unknown,
  template: Template,
  parameters: Record<string, string>,
): string[] | undefined {
  if (Array.isArray(value)) {
    const texts = value.map((one) => evaluate(one, template, parameters))
    return texts.includes(undefined) ? undefined : texts.map(String)
  }
  const text = evaluate(value, template, parameters)
  if (text === undefined) return undefined
  const name = isObject(value) && onlyKey(value) === 'Ref' ? String(value.Ref) : ''
  const type = Object.hasOwn(template.Parameters ?? {}, name) ? template.Parameters![name]!.Type : ''
  const isList = type === 'CommaDelimitedList' || type.startsWith('List<')
  return isList
    ? String(text)
        .split(',')
        .map((part) => part.trim())
    : [String(text)]
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value
}

function every(values: (boolean | undefined)[]): boolean | undefined {
  if (values.includes(false)) return false
  return values.includes(undefined) ? undefined : true
}

function onlyKey(value: Record<string, unknown>): string | undefined {
  const keys = Object.keys(value)
  return keys.length === 1 ? keys[0] : undefined
}
