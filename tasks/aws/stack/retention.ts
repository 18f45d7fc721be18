import { GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import type { Aws } from '../clients.ts'
import { cloudFormation } from '../cloudformation.ts'
import type { StackResource } from './stack.ts'

/**
 * The physical ids of the resources that their templates retain when the stack is deleted (DeletionPolicy). None for a
 * stack whose template cannot be read: this is only for display.
 */
export async function keptByTemplate(
  aws: Aws,
  resources: readonly StackResource[],
): Promise<ReadonlySet<string>> {
  const stacks = [...new Set(resources.map(({ stack }) => stack))]
  const policies = new Map(
    await Promise.all(
      stacks.map(
        async (stack) => [stack, await deletionPolicies(aws, stack).catch(() => undefined)] as const,
      ),
    ),
  )
  const kept = resources.filter(({ path, stack }) =>
    policies.get(stack)?.(path.split('/').at(-1)!)?.startsWith('Retain'),
  )
  return new Set(kept.map(({ physicalId }) => physicalId))
}

async function deletionPolicies(aws: Aws, stack: string): Promise<(logicalId: string) => string | undefined> {
  const { TemplateBody = '' } = await cloudFormation(aws).send(new GetTemplateCommand({ StackName: stack }))
  const { parseTemplate } = await import('../../template/parse.ts')
  const { Resources } = parseTemplate(TemplateBody)
  return (logicalId) => Resources[logicalId]?.DeletionPolicy
}
