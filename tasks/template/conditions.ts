import { evaluateIn, type Scope } from './functions.ts'
import { isObject } from './parse.ts'

/** Whether a condition or a rule holds (AWS: "Condition functions", "Rule-specific intrinsic functions"); undefined if its parts do not decide it. */
export function holdsIn(statement: unknown, scope: Scope): boolean | undefined {
  const [[name, argument] = ['', undefined], ...others] = isObject(statement) ? Object.entries(statement) : []
  const parts = Array.isArray(argument) ? argument : []
  const judge = (part: unknown) => holdsIn(part, scope)
  switch (others.length === 0 ? name : '') {
    case 'Condition':
      return scope.condition(String(argument))
    case 'Fn::Equals': {
      const [left, right] = parts.map((part) => comparable(evaluateIn(part, scope)))
      return left === undefined || right === undefined ? undefined : left === right
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
      const [left, right] = parts.map((part) => listOf(evaluateIn(part, scope)))
      if (!left || !right) return undefined
      return name === 'Fn::Contains'
        ? right.every((one) => left.includes(one))
        : left.every((one) => right.includes(one))
    }
    default:
      return scope.refuse('Template format error: Every Conditions member must be a condition function.')
  }
}

/** `true` and "true", 1 and "1" are the same to CloudFormation. */
function comparable(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A list of texts, or a single one; undefined if a part of it is. */
function listOf(value: unknown): string[] | undefined {
  const list = Array.isArray(value) ? value : [value]
  return list.includes(undefined) ? undefined : list.map(String)
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value
}

function every(values: (boolean | undefined)[]): boolean | undefined {
  if (values.includes(false)) return false
  return values.includes(undefined) ? undefined : true
}
