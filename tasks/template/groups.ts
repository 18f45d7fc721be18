import { conditionHolds, evaluate } from './evaluate.ts'
import type { Template, TemplateResource } from './parse.ts'

export interface SignalGroup {
  logicalId: string
  /** How many signals it waits for; undefined if more than the parameters decides it. */
  expected: number | undefined
}

/**
 * The resources that CloudFormation keeps in progress until their instances have signalled. `parameters` are the effective
 * ones, defaults included. Resources whose condition is known not to hold are left out.
 */
export function signalGroups(template: Template, parameters: Record<string, string>): SignalGroup[] {
  return existingResources(template, parameters)
    .filter(([, resource]) => resource.CreationPolicy?.ResourceSignal !== undefined)
    .map(([logicalId, resource]) => {
      // AWS: "CreationPolicy attribute": without a Count, one signal is expected.
      const count = resource.CreationPolicy?.ResourceSignal?.Count ?? 1
      return { logicalId, expected: wholeNumber(evaluate(count, template, parameters)) }
    })
}

/** How many masters the template will start: the size of the group that has "master" in its logical id. */
export function masterCount(template: Template, parameters: Record<string, string>): number | undefined {
  const group = existingResources(template, parameters).find(
    ([id, { Type }]) => Type === 'AWS::AutoScaling::AutoScalingGroup' && /master/i.test(id),
  )
  if (!group) return undefined
  const [, { Properties, CreationPolicy }] = group
  const size = Properties?.DesiredCapacity ?? Properties?.MinSize ?? CreationPolicy?.ResourceSignal?.Count
  return wholeNumber(evaluate(size, template, parameters))
}

/** The resources that the stack will have: all but those whose condition is known not to hold. */
export function existingResources(
  template: Template,
  parameters: Record<string, string>,
): [string, TemplateResource][] {
  return Object.entries(template.Resources).filter(
    ([, { Condition }]) =>
      Condition === undefined || conditionHolds(Condition, template, parameters) !== false,
  )
}

export function wholeNumber(value: unknown): number | undefined {
  const number = value === '' || typeof value === 'boolean' ? Number.NaN : Number(value)
  return Number.isInteger(number) && number >= 0 ? number : undefined
}
