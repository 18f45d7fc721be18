import { isOwnStack, type Stack } from './aws/stack/stack.ts'
import { entryOf } from './aws/stack/status.ts'
import type { Failure } from './base/failure.ts'
import { Faults } from './base/faults.ts'
import type { Use } from './cluster/context.ts'
import { PLAN_KEYS } from './cluster/plan/keys.ts'
import { glance } from './cluster/stack/glance.ts'
import { foreignStack } from './cluster/stack/ownership.ts'
import type { Help } from './runner/help/text.ts'
import { type Check, done, todo } from './runner/task.ts'

/** What `npx task help preflight` says. */
export const help: Help = {
  checks: 'the config and the template are valid, and the stack exists; if it does not, preflight runs',
  runs: 'validates the config and the template, then checks on AWS what would otherwise fail minutes into a creation: credentials, permissions, quotas, the image, the instance types. Reports all errors at once; changes nothing',
  undo: 'nothing: it creates nothing',
  keys: PLAN_KEYS,
  examples: ['preflight', 'preflight cloud=aws installer.from=dcos_generate_config.sh'],
}

/**
 * Validates the config and the template, without a request, and reports all errors at once. Done if the stack exists:
 * it could be created. Inspecting or using a cluster needs no template, so a stack is enough for that.
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
      wrong ? `ignored, because stack ${name} exists: ${wrong.message}` : 'config and template are valid',
    )
  if (wrong) return { state: 'refused', failure: wrong }
  return todo(`there is no stack ${name} in ${use.aws.region} yet: check whether it can be created`, {
    looks: true,
    preview: async () => {
      await use.preflight()
      return { text: '', discard: async () => {} }
    },
  })
}

/** Checks on AWS what would otherwise fail minutes into a creation. Throws all errors at once. */
export async function run(use: Use): Promise<undefined> {
  await use.preflight()
}

/** Errors in the config, its template and the credentials, as far as they can be found without a request. */
async function judged(use: Use): Promise<Failure | undefined> {
  const faults = new Faults()
  await faults.of(() => use.plan())
  if (faults.failure && use.cloud.costsMoney) {
    const { findCredentials } = await import('./aws/identity.ts')
    await faults.of(() => findCredentials(use.aws))
  }
  return faults.failure
}

/** A stack that failed is created again, so it is checked again. */
function isThere(stack: Stack | undefined): boolean {
  return stack !== undefined && !['create', 'recreate'].includes(entryOf(stack.status))
}
