import { holds } from './evaluate.ts'
import { isObject, type Template } from './parse.ts'

export interface BrokenRule {
  name: string
  /** The template's own description, if any. */
  description: string | undefined
}

/**
 * The first assertion of each of a template's Rules that the parameters do not meet (AWS: "Rules"). What the parameters alone do
 * not decide, such as the attributes of a VPC, is left to AWS.
 */
export function brokenRules(template: Template, parameters: Record<string, string>): BrokenRule[] {
  return Object.entries(template.Rules ?? {}).flatMap(([name, rule]) => {
    if (!isObject(rule) || !Array.isArray(rule.Assertions)) return []
    if (rule.RuleCondition !== undefined && holds(rule.RuleCondition, template, parameters) !== true)
      return []
    const broken = rule.Assertions.find(
      (one) => isObject(one) && holds(one.Assert, template, parameters) === false,
    )
    if (!broken) return []
    const text: unknown = broken.AssertDescription
    return [{ name, description: typeof text === 'string' ? text : undefined }]
  })
}
