import type { Stack } from '../../aws/stack/stack.ts'
import type { Difference } from '../../runner/task.ts'
import { isNoEcho } from '../../template/secrets.ts'
import type { StackPlan } from './plan.ts'
import { keyFor } from './settings.ts'

/**
 * Where the config differs from the stack. Automatic values are not compared: they were determined at
 * creation, and another user's address today is no reason to change a cluster. Secret ones cannot be: CloudFormation
 * shows them as asterisks.
 */
export function differences(stack: Stack, plan: StackPlan): Difference[] {
  const { digest, template } = plan.loaded
  const found: Difference[] = []
  for (const [name, to] of Object.entries(plan.all)) {
    const parameter = template.Parameters?.[name]
    const from = stack.parameters[name]
    if (from === to || (parameter && isNoEcho(parameter))) continue
    // In an unchanged template, what the config does not set is the template's own default, however AWS spells it.
    if (from !== undefined && stack.templateDigest === digest && !Object.hasOwn(plan.given, name)) continue
    if (from !== undefined && parameter && isSameNumber(parameter.Type, from, to)) continue
    found.push({ what: keyFor(name), from: from ?? '(not set)', to })
  }
  // Tags that others have put on the stack are left alone.
  for (const [key, to] of Object.entries(plan.tags)) {
    const from = stack.tags[key]
    if (from !== to) found.push({ what: `tags.${key}`, from: from ?? '(not set)', to })
  }
  if (stack.templateDigest !== digest) {
    found.push({
      what: 'template',
      from: (stack.templateDigest ?? 'unknown').slice(0, 12),
      to: digest.slice(0, 12),
    })
  }
  return found
}

/** Whether two values of a numeric parameter are the same, `1.50` and `1.5`. */
function isSameNumber(type: string, one: string, other: string): boolean {
  if (type !== 'Number' && type !== 'List<Number>') return false
  const numbers = (text: string) => text.split(',').map(Number).join()
  return numbers(one) === numbers(other)
}

/** `agents.private 5 → 3: terminates 2 agents and what runs on them; template 0f3a… → 77b1…` */
export function differenceText(changes: Difference[]): string {
  const told = changes.map((one) => `${one.what} ${one.from || '""'} → ${one.to || '""'}${consequence(one)}`)
  return told.join(told.some((text) => text.includes(': ')) ? '; ' : ', ')
}

/** A consequence that a user might not expect. */
function consequence({ from, to, what }: Difference): string {
  const fewer = Number(from) - Number(to)
  if (/^agents\.(private|public)$/.test(what) && fewer > 0)
    return `: terminates ${fewer === 1 ? '1 agent and what runs on it' : `${fewer} agents and what runs on them`}`
  if (what === 'agents.instanceType' || what === 'image')
    return ': only new nodes get it (npx task roll agents, npx task roll masters replace the others)'
  return ''
}
