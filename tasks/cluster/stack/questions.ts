import { bucketsAmong } from '../../aws/buckets.ts'
import { losesData } from '../../aws/stack/change-set.ts'
import { diagnose, diagnosisText } from '../../aws/stack/diagnosis.ts'
import { listResources, type Stack } from '../../aws/stack/stack.ts'
import { Failure } from '../../base/failure.ts'
import type { Ask, Preview } from '../../runner/task.ts'
import type { Use } from '../context.ts'
import type { StackPlan } from '../plan/plan.ts'
import { discardUpdate, type Prepared, prepareUpdate, previewText } from './update.ts'

export function askToUpdate({ interactive }: Pick<Use, 'interactive'>, stack: Stack, changes: string): Ask {
  const spared = 'nothing was changed'
  const otherwise = interactive
    ? {
        message: `you said no; ${spared}`,
        declined: true,
        next: 'the same command asks again; to keep what is deployed, set the config to that',
      }
    : {
        message: `stack ${stack.name} differs from the config, and the update was not confirmed`,
        next: 'repeat the command with --yes to update the stack (--dry-run shows how), or set the config to what is deployed',
      }
  return {
    question: updateQuestion(stack, changes),
    otherwise: new Failure('STACK_CHANGED', { ...otherwise, cause: changes }),
    spared,
  }
}

/** Prepares the update as a change set; `keep` gets it, for the run. A caller that does not run it must discard it. */
export async function previewUpdate(
  use: Use,
  stack: Stack,
  plan: StackPlan,
  changes: string,
  keep: (prepared: Prepared | undefined) => void,
): Promise<Preview> {
  const prepared = await prepareUpdate(use, stack, plan)
  keep(prepared)
  return {
    text: previewText(prepared),
    question: updateQuestion(stack, changes, prepared),
    discard: async () => {
      if (prepared) await discardUpdate(use, prepared)
    },
  }
}

function updateQuestion(stack: Stack, changes: string, prepared?: Prepared): string {
  const lost = prepared?.changeSet.changes.filter(losesData).map(({ logicalId }) => logicalId) ?? []
  const ending = prepared?.shrinking?.leaving.length ?? 0
  const more = ending > 0 && !changes.includes(': terminates ')
  const agents = more ? `, and terminate ${ending} ${ending === 1 ? 'agent' : 'agents'}` : ''
  return `Update stack ${stack.name}: ${changes}${agents}${lost.length > 0 ? `, and lose what is in ${lost.join(', ')}` : ''}?`
}

export function askToDelete({ interactive }: Pick<Use, 'interactive'>, stack: Stack, contents: string): Ask {
  const spared = 'nothing was deleted'
  const otherwise = interactive
    ? {
        message: `you said no; ${spared}`,
        declined: true,
        next: 'check what exists; the same command asks again',
      }
    : {
        message: `stack ${stack.name} is ${stack.status}, and removing it was not confirmed`,
        next: 'check what exists, then repeat the command with --yes',
      }
  return {
    question: `Delete stack ${stack.name}, which is ${stack.status}, and create it again?`,
    otherwise: new Failure('STACK_FAILED', { ...otherwise, cause: contents }),
    spared,
  }
}

/** Why the stack failed, and what is deleted with it. */
export async function contentsOf(use: Use, stack: Stack): Promise<string> {
  const diagnosis = await diagnose(use.aws, stack, [], use)
  const buckets = bucketsAmong(await listResources(use.aws, stack.arn))
  return [
    diagnosis ? diagnosisText(diagnosis) : (stack.reason ?? `stack ${stack.name} is ${stack.status}`),
    ...(buckets.length > 0 ? [`this also deletes everything in ${buckets.join(', ')}`] : []),
  ].join('\n')
}
