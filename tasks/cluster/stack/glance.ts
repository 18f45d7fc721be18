import { describeStack, type Stack } from '../../aws/stack/stack.ts'
import type { Use } from '../context.ts'

/** The cluster's stack as a task of this run has seen it before any change; else looked up now. */
export async function glance({ aws, config, glances }: Use): Promise<Stack | undefined> {
  const { name } = config.cluster
  if (!glances.has(name)) glances.set(name, await describeStack(aws, name))
  return glances.get(name)
}
