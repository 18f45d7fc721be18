import { isOwnStack, type Stack } from './aws/stack/stack.ts'
import { entryOf } from './aws/stack/status.ts'
import type { Failure } from './base/failure.ts'
import { Faults } from './base/faults.ts'
import type { Use } from './cluster/context.ts'
import { glance } from './cluster/stack/glance.ts'
import { foreignStack } from './cluster/stack/ownership.ts'
import type { Help } from './runner/help/text.ts'
import { type Check, done, todo } from './runner/task.ts'

/** What `npx task help preflight` says. */
export const help: Help = {
  checks: 'the config and the template are right, and the stack is there; where it is not, a look is due',
  runs: 'judges the config and the template, then asks AWS what a creation would find out after minutes that are paid for: credentials, permissions, quotas, the image, the instance types. All that is wrong is said at once; it changes nothing',
  undo: 'nothing: it makes nothing',
  keys: [
    'cloud',
    'region',
    'cluster',
    'agents',
    'installer',
    'image',
    'network',
    'access',
    'template',
    'parameters',
    'aws',
  ],
  examples: ['preflight', 'preflight cloud=aws installer.from=dcos_generate_config.sh'],
}

/**
 * Judges the config and the template, without a call; all that is wrong is said at once. Done where the stack is there:
 * it has come up. To look at a cluster or to use it takes no template, so there a stack is enough.
 */
export async function check(use: Use): Promise<Check<undefined>> {
  const wrong = await judged(use)
  const looksOnly = use.entry.kind === 'status' || use.entry.kind === 'command'
  if (wrong && !looksOnly) return { state: 'refused', failure: wrong }
  const { name } = use.config.cluster
  const stack = await glance(use)
  if (stack && !isOwnStack(stack, name))
    return { state: 'refused', failure: foreignStack(use.aws.region, stack) }
  if (isThere(stack))
    return done(
      undefined,
      wrong ? `not judged, as stack ${name} exists: ${wrong.message}` : 'config and template are right',
    )
  if (wrong) return { state: 'refused', failure: wrong }
  return todo(`there is no stack ${name} in ${use.aws.region} yet: first a look whether it can come up`, {
    looks: true,
    preview: async () => {
      await use.preflight()
      return { text: '', discard: async () => {} }
    },
  })
}

/** Asks AWS for what a creation would find out after minutes that are paid for. Throws all that is wrong. */
export async function run(use: Use): Promise<undefined> {
  await use.preflight()
}

/** What is wrong with the config or its template, and with the credentials beside them, as far as that shows without a call. */
async function judged(use: Use): Promise<Failure | undefined> {
  const faults = new Faults()
  await faults.of(() => use.plan())
  if (faults.failure && use.cloud.costsMoney) {
    const { findCredentials } = await import('./aws/identity.ts')
    await faults.of(() => findCredentials(use.aws))
  }
  return faults.failure
}

/** A stack that failed is created again, and so judged again. */
function isThere(stack: Stack | undefined): boolean {
  return stack !== undefined && !['create', 'recreate'].includes(entryOf(stack.status))
}
