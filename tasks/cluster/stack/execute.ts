import { createStack } from '../../aws/stack/creation.ts'
import { diagnose, diagnosisAdvice, diagnosisCause, diagnosisText } from '../../aws/stack/diagnosis.ts'
import { continueRollback, isAbandoned, rollBack } from '../../aws/stack/recovery.ts'
import { describeStack, type Stack } from '../../aws/stack/stack.ts'
import { Failure } from '../../base/failure.ts'
import { type CheckAgain, checkAgain } from '../../runner/task.ts'
import type { Use } from '../context.ts'
import type { StackPlan } from '../plan/plan.ts'
import { stackRequest } from '../plan/stack-request.ts'
import { creationText } from './creation-text.ts'
import type { Action } from './decide.ts'
import { foreignStack } from './ownership.ts'
import { isBusy, refusedByCloudFormation } from './refusal.ts'
import { follow, removeForAnother } from './remove.ts'
import { executeUpdate, type Prepared, prepareUpdate, previewText } from './update.ts'
import { type StackValue, stackValue } from './value.ts'

/** Executes one action on the stack, after any question was answered. `prepared` is the update as it was shown. */
export async function execute(
  use: Use,
  action: Action,
  plan: StackPlan,
  prepared?: Prepared,
): Promise<StackValue | CheckAgain> {
  switch (action.kind) {
    case 'refuse':
      throw action.failure
    case 'keep':
      return stackValue(action.stack)
    case 'create':
      return create(use, plan)
    case 'update':
      return update(use, action.stack, plan, prepared)
    case 'follow':
      await follow(use, action.stack)
      return checkAgain
    case 'review':
      if (await isAbandoned(use.aws, action.stack, use.clock, use.signal))
        await removeForAnother(use, action.stack)
      return checkAgain
    default:
      await tellLastAttempt(use, action.stack)
      if (action.kind === 'delete') await removeForAnother(use, action.stack)
      else await recover(use, action.stack, action.kind === 'roll back' ? rollBack : continueRollback)
      return checkAgain
  }
}

async function create(use: Use, plan: StackPlan): Promise<StackValue> {
  const { name } = use.config.cluster
  await use.preflight()
  use.log(`creating ${creationText(plan, use.clock)}`)
  const desired = await stackRequest(use, plan, {})
  try {
    const { arn, started } = await createStack(use.aws, desired, use.config.cluster)
    return { name, arn, status: 'CREATE_IN_PROGRESS', parameters: {}, outputs: {}, started }
  } catch (error) {
    if ((error as Error).name !== 'AlreadyExistsException') {
      // If AWS responded, there is no stack, and its template would be left over. A lost response may have been a success.
      const lost = use.signal.aborted || (error instanceof Failure && error.code === 'ENDPOINT_UNREACHABLE')
      if (!lost) await desired.upload?.discard().catch(() => {})
      throw refusedByCloudFormation(use, error)
    }
    const stack = await describeStack(use.aws, name)
    throw stack ? foreignStack(use.aws.region, stack) : error
  }
}

/** Checks again if another process has started an operation meanwhile. */
async function update(
  use: Use,
  stack: Stack,
  plan: StackPlan,
  shown: Prepared | undefined,
): Promise<StackValue | CheckAgain> {
  try {
    const prepared = shown ?? (await prepareUpdate(use, stack, plan))
    if (!prepared) return stackValue(stack)
    if (!shown) use.log(previewText(prepared))
    const started = await executeUpdate(use, stack, prepared)
    return { ...stackValue(stack), status: 'UPDATE_IN_PROGRESS', started }
  } catch (error) {
    if (isBusy(error)) return checkAgain
    throw error
  }
}

async function tellLastAttempt(use: Use, stack: Stack): Promise<void> {
  const diagnosis = await diagnose(use.aws, stack, [], use)
  use.log(`the last attempt ended in ${stack.status}${diagnosis ? `: ${diagnosisText(diagnosis)}` : ''}`)
}

/** Rolls a failed update back; if that fails again, the user must fix the cause. */
async function recover(use: Use, stack: Stack, start: typeof rollBack): Promise<void> {
  use.signal.throwIfAborted()
  const started = await start(use.aws, stack, use.config.aws.roleArn)
  const { stack: end, events } = await follow(use, stack, started)
  if (end?.status !== 'UPDATE_ROLLBACK_FAILED') return
  const diagnosis = await diagnose(use.aws, end, events, use)
  throw new Failure('STACK_FAILED', {
    message: `the update of stack ${stack.name} cannot be rolled back`,
    cause: diagnosis ? diagnosisCause(diagnosis) : (end.reason ?? 'CloudFormation gives no reason'),
    next: diagnosis ? diagnosisAdvice(diagnosis) : 'fix the cause, then run the same command again',
  })
}
