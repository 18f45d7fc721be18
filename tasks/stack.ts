import { describeStack, type Stack } from './aws/stack/stack.ts'
import { Failure } from './base/failure.ts'
import type { Use } from './cluster/context.ts'
import { differences } from './cluster/plan/differences.ts'
import type { StackPlan } from './cluster/plan/plan.ts'
import { creationText } from './cluster/stack/creation-text.ts'
import { type Action, decide } from './cluster/stack/decide.ts'
import { glance } from './cluster/stack/glance.ts'
import type { Prepared } from './cluster/stack/update.ts'
import { type StackValue, stackValue } from './cluster/stack/value.ts'
import type { Help } from './runner/help/text.ts'
import { type Check, type CheckAgain, done, outdated, todo } from './runner/task.ts'

/** What `npx task help stack` says. */
export const help: Help = {
  checks:
    'the CloudFormation stack carries our tag and matches the config, or an operation towards that is in progress',
  runs: 'creates the stack; updates one that differs from the config, after you confirm; deletes one whose creation failed, and creates it again',
  undo: 'deletes the stack and the buckets it created',
  keys: [
    'cloud',
    'region',
    'cluster',
    'agents',
    'installer',
    'image',
    'network',
    'tags',
    'access',
    'template',
    'parameters',
    'aws',
    'rehearsal',
  ],
  options: {
    'dry-run': 'show what would be created, or which values would change',
    force: 'let CloudFormation look for changes even if the config shows none',
    yes: 'update without asking',
  },
  examples: ['stack --dry-run agents.private=10', 'stack --yes agents.private=10'],
}

/** What the check decided, for the run. */
interface Found {
  action: Action
  /** The update, prepared for the preview. */
  prepared?: Prepared | undefined
}

/** Done when the stack matches the config, or an operation towards that is in progress; `wait` follows it to the end. */
export async function check(use: Use): Promise<Check<StackValue, Found>> {
  const { name } = use.config.cluster
  // Inspecting or using a cluster needs no template: an error in it is reported only where the two are compared.
  const looksOnly = use.entry.kind === 'status' || use.entry.kind === 'command'
  const plan = await use.plan().catch((error: Failure) => {
    if (!looksOnly || !(error instanceof Failure)) throw error
    return error
  })
  const stack = await glance(use)
  // It may change from here on: the next check must look again.
  use.glances.delete(name)
  const { region } = use.aws
  const action = decide({ stack, plan, name, region })
  const found: Found = { action }
  switch (action.kind) {
    case 'refuse':
      if (action.failure === plan) throw plan
      return { state: 'refused', failure: action.failure }
    case 'create':
      return todo(`there is no stack ${name} in ${region}`, { found, ...previewOf(use, plan as StackPlan) })
    case 'keep':
      return done(stackValue(action.stack), action.why)
    case 'update':
      return changed(use, action.stack, plan as StackPlan, action.changes, found)
    case 'follow':
      if (action.changes) return changed(use, action.stack, plan as StackPlan, action.changes, found)
      break
    case 'delete':
      if (action.stack.terminationProtection) {
        const { isProtected } = await import('./cluster/stack/remove.ts')
        return { state: 'refused', failure: isProtected(action.stack) }
      }
      if (action.ask) return deleted(use, action.stack, found)
  }
  return outdated(stackValue(action.stack), planned(action.stack, action.kind), { found })
}

/** What would be created, for a dry run. */
function previewOf({ clock }: Use, plan: StackPlan) {
  return {
    preview: async () => ({ text: `would create ${creationText(plan, clock)}`, discard: async () => {} }),
  }
}

/** Does what the check decided; if the stack is not yet on its way after that, it is checked again. */
export async function run(
  use: Use,
  _needs: unknown,
  found: Found | undefined,
): Promise<StackValue | CheckAgain> {
  const plan = await use.plan()
  // What only a change needs is not loaded by a check.
  const { execute } = await import('./cluster/stack/execute.ts')
  if (found) return execute(use, found.action, plan, found.prepared)
  // Forced: CloudFormation looks for changes even if the config shows none.
  const { name } = use.config.cluster
  const action = decide({ stack: await describeStack(use.aws, name), plan, name, region: use.aws.region })
  const idle = action.kind === 'keep' && !action.stack.status.endsWith('_IN_PROGRESS')
  return execute(use, idle ? { kind: 'update', stack: action.stack, changes: '' } : action, plan)
}

export const undoing = 'Delete the stack and every bucket it created'

/** Deletes the stack and every bucket it created, including retained ones. */
export async function undo(use: Use): Promise<string | undefined> {
  const [{ removeBucket }, { lookAtStack }, { gapText }, { remove }] = await Promise.all([
    import('./aws/buckets.ts'),
    import('./cluster/inventory.ts'),
    import('./cluster/permission-gap.ts'),
    import('./cluster/stack/remove.ts'),
  ])
  const { buckets, resources, stack } =
    use.seen.inventory ?? (await lookAtStack(use, (unseen) => use.log(gapText(unseen))))
  if (stack) await remove(use, stack, resources)
  const gone = stack ? [`stack ${stack.name}`] : []
  for (const bucket of buckets) {
    // The user chose to keep it.
    if (use.report.retained.includes(`s3://${bucket}`)) continue
    if (!(await removeBucket(use.aws, bucket, use.signal))) continue
    use.report.deleted.push(`s3://${bucket}`)
    gone.push(`bucket ${bucket}`)
  }
  return gone.length > 0 ? `${gone.join(', ')} deleted` : undefined
}

/** The config differs from what is deployed: never updated without confirmation. */
async function changed(
  use: Use,
  stack: Stack,
  plan: StackPlan,
  changes: string,
  found: Found,
): Promise<Check<StackValue, Found>> {
  const { askToUpdate, previewUpdate } = await import('./cluster/stack/questions.ts')
  const preview = () =>
    previewUpdate(use, stack, plan, changes, (prepared) => {
      found.prepared = prepared
    })
  return outdated(stackValue(stack), `stack ${stack.name} differs from the config: ${changes}`, {
    differences: differences(stack, plan),
    found,
    ask: askToUpdate(use, stack, changes),
    // While an operation is in progress, CloudFormation creates no change set.
    ...(found.action.kind === 'update' ? { preview } : {}),
  })
}

async function deleted(use: Use, stack: Stack, found: Found): Promise<Check<StackValue, Found>> {
  const { askToDelete, contentsOf } = await import('./cluster/stack/questions.ts')
  const text = await contentsOf(use, stack)
  return outdated(stackValue(stack), planned(stack, 'delete after a yes'), {
    found,
    ask: askToDelete(use, stack, text),
    preview: async () => ({ text, discard: async () => {} }),
  })
}

const plans = {
  follow: 'it is checked again when that has ended',
  review: 'unless its change set is executed, it is deleted and created again',
  delete: 'it is deleted and created again',
  'delete after a yes': 'it is deleted and created again after you confirm',
  'roll back': 'the failed update is rolled back',
  'continue rollback': 'the rollback is continued',
}

function planned({ name, status }: Stack, plan: keyof typeof plans): string {
  return `stack ${name} is ${status}: ${plans[plan]}`
}
