import {
  type ChangeSet,
  changeText,
  createChangeSet,
  deleteChangeSet,
  executeChangeSet,
} from '../../aws/stack/change-set.ts'
import type { Started } from '../../aws/stack/follow.ts'
import { readTemplate, type Stack } from '../../aws/stack/stack.ts'
import type { Upload } from '../../aws/upload.ts'
import { templateChanges } from '../../template/changes.ts'
import type { Use } from '../context.ts'
import type { StackPlan } from '../plan/plan.ts'
import { stackRequest } from '../plan/stack-request.ts'
import { isBusy, refusedByCloudFormation } from './refusal.ts'
import { planShrink, type Shrinking, shrink, shrinkText } from './shrink.ts'

/** An update prepared as a change set. Its owner must execute or discard it. */
export interface Prepared {
  changeSet: ChangeSet
  upload: Upload | undefined
  /** What it would change, one line each. */
  lines: string[]
  /** The agents that it terminates. */
  shrinking: Shrinking | undefined
}

/** Prepares the update; undefined when CloudFormation finds nothing to change. Leaves nothing behind when that fails. */
export async function prepareUpdate(use: Use, stack: Stack, plan: StackPlan): Promise<Prepared | undefined> {
  // Determined once, at creation: from then on the stack's own parameters count.
  const kept = Object.fromEntries(
    Object.keys(plan.automatic).map((key) => [key, stack.parameters[key] ?? '']),
  )
  const desired = await stackRequest(use, plan, kept)
  const { upload } = desired
  try {
    const changeSet = await createChangeSet(use.aws, stack, desired, use)
    if (changeSet) {
      const shrinking = await planShrink(use, stack, plan)
      const lost = shrinking ? shrinkText(shrinking) : []
      const lines = [...lost, ...(await linesOf(use, stack, plan, changeSet))]
      return { changeSet, upload, lines, shrinking }
    }
  } catch (error) {
    await upload?.discard().catch(() => {})
    throw isBusy(error) ? error : refusedByCloudFormation(use, error)
  }
  await upload?.discard()
  return undefined
}

/** Starts it, after draining the agents that it terminates. */
export async function executeUpdate(use: Use, stack: Stack, prepared: Prepared): Promise<Started> {
  try {
    if (prepared.shrinking) await shrink(use, stack, prepared.shrinking)
    return await executeChangeSet(use.aws, prepared.changeSet)
  } catch (error) {
    await discardUpdate(use, prepared).catch(() => {})
    throw isBusy(error) ? error : refusedByCloudFormation(use, error)
  }
}

/** Removes the change set, and the template that was uploaded for it. */
export async function discardUpdate(use: Use, { changeSet, upload }: Prepared): Promise<void> {
  await deleteChangeSet(use.aws, changeSet)
  await upload?.discard()
}

/** The template by its paths, then the resources that change for it or for the parameters. */
async function linesOf(use: Use, stack: Stack, plan: StackPlan, changeSet: ChangeSet): Promise<string[]> {
  const resources = changeSet.changes.map(changeText)
  if (stack.templateDigest === plan.loaded.digest) return resources
  // Only for display: if it is not available, the resources are shown.
  const deployed = await readTemplate(use.aws, stack.arn)
    .then((text) => templateChanges(text, plan.loaded.template))
    .catch(() => [])
  return [...deployed, ...resources]
}

/** What an update would do, for the user. */
export function previewText(prepared: Prepared | undefined): string {
  if (!prepared) return 'CloudFormation finds nothing to change'
  if (prepared.lines.length === 0)
    return "the update would change no resource, only the stack's own outputs or metadata"
  return `the update would\n${prepared.lines.map((line) => `  ${line}`).join('\n')}`
}
