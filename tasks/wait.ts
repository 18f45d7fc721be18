import type { StackEvent } from './aws/stack/events.ts'
import { followStack } from './aws/stack/follow.ts'
import { StackProgress } from './aws/stack/progress.ts'
import { shownReason } from './aws/stack/reason.ts'
import type { Stack } from './aws/stack/stack.ts'
import { isTerminal, operationOf, succeeded } from './aws/stack/status.ts'
import { Failure } from './base/failure.ts'
import { awaitHealth } from './cluster/await-health.ts'
import type { Use } from './cluster/context.ts'
import { urlOf, type WaitValue } from './cluster/health.ts'
import { estimator, keepDurations, nodesOf, readDurations } from './cluster/stack/duration-history.ts'
import { NodeWatch } from './cluster/stack/node-watch.ts'
import { partsOf } from './cluster/stack/parts.ts'
import type { StackValue } from './cluster/stack/value.ts'
import type { Help } from './runner/help/text.ts'
import { duration } from './runner/present/words.ts'
import { signalGroups } from './template/groups.ts'

export { checkCluster as check, type WaitValue } from './cluster/health.ts'

/** What `npx task help wait` says. */
export const help: Help = {
  checks: 'the stack is complete, and DC/OS responds and is healthy',
  runs: "follows the stack's events to the end, then DC/OS until every node of the stack is up. Ctrl-C stops watching, not the operation in AWS",
  undo: 'nothing: it creates nothing',
  keys: ['cloud', 'region', 'cluster', 'auth', 'aws', 'rehearsal.speed'],
  examples: ['wait', 'wait cluster.deadline=120'],
}

interface Needs {
  stack: StackValue
}

/** Follows the stack's events to the end, then DC/OS until it is healthy. */
export async function run(use: Use, { stack }: Needs): Promise<WaitValue> {
  const deadline = use.clock.now() + use.config.cluster.deadline * 60_000
  const end = isTerminal(stack.status) ? stack : await followUntil(use, stack, deadline)
  const url = urlOf(use, end.outputs)
  use.report.url = url
  await use.cloud.reach(url)
  return awaitHealth(use, url, end, deadline)
}

/** Follows the stack until the deadline at most. The operation in AWS continues. */
async function followUntil(use: Use, stack: StackValue, deadline: number): Promise<Stack> {
  const late = new AbortController()
  const over = new AbortController()
  const ends = AbortSignal.any([use.signal, over.signal])
  const timer = use.clock.sleep(deadline - use.clock.now(), ends).then(
    () => late.abort(notInTime(use, stack)),
    () => undefined,
  )
  try {
    return await followToTheEnd({ ...use, signal: AbortSignal.any([use.signal, late.signal]) }, stack)
  } finally {
    over.abort()
    await timer
  }
}

function notInTime({ config }: Use, { name, status }: StackValue): Failure {
  return new Failure('NOT_UP', {
    message: `stack ${name} is still ${status} after ${config.cluster.deadline} minutes`,
    cause: 'CloudFormation is still working on it',
    next: 'npx task wait waits longer; cluster.deadline=MINUTES sets how long; npx task destroy removes the cluster',
  })
}

async function followToTheEnd(use: Use, stack: StackValue): Promise<Stack> {
  let rolledBack = false
  const what = operationOf(stack.status)
  const rollBack = async () => {
    await startRollback(use, stack)
    rolledBack = true
    onRollback()
  }
  let withdraw = use.offer({ what, ...(CAN_ROLL_BACK.has(stack.status) ? { rollBack } : {}) })
  const onRollback = () => {
    withdraw()
    withdraw = use.offer({ what: 'rollback' })
  }
  const { nodes, progress, ...watching } = await watch(use, stack, () => rolledBack, onRollback)
  const { clock, signal } = use
  const { started } = stack
  const following = followStack(use.aws, stack.arn, { clock, signal, started, ...watching })
  const { stack: end, events } = await following.finally(() => withdraw()).finally(() => nodes.end())
  if (rolledBack && isRolledBack(end)) throw rolledBackFailure(stack)
  if (end?.status === 'CREATE_COMPLETE') await keepDurations(use, events)
  if (end && succeeded(end.status)) return end
  const failed = { arn: stack.arn, name: stack.name, status: end?.status ?? 'DELETE_COMPLETE' }
  const { diagnose, diagnosisAdvice, diagnosisCause } = await import('./aws/stack/diagnosis.ts')
  const diagnosis = await diagnose(use.aws, failed, events, { ...use, groups: progress.signals })
  throw new Failure('STACK_FAILED', {
    message: `stack ${stack.name} ended in ${end?.status ?? 'nothing: it no longer exists'}`,
    cause: causeOf(nodes.reason, diagnosis ? diagnosisCause(diagnosis) : end?.reason),
    next: diagnosis
      ? diagnosisAdvice(diagnosis)
      : 'fix the cause, then run npx task bootstrap again (it removes what failed), or npx task destroy',
  })
}

/** The failed node's own report goes before CloudFormation's reason, unless they are the same. */
function causeOf(node: string | undefined, stack = 'it was deleted by someone else'): string {
  const last = node?.split(': ').slice(1).join(': ')
  return node === undefined || (last && stack.includes(last)) ? stack : `${node}\n${stack}`
}

/** Shows the progress of an operation: how far it is, the time left, and the first failure as soon as it is known. */
async function watch(use: Use, stack: StackValue, isRollingBack: () => boolean, onFailure: () => void) {
  const plan = await use.plan()
  const creating = stack.status.startsWith('CREATE')
  const wanted = nodesOf(plan)
  const nodes = creating ? wanted : []
  // An update touches an unknown number of the resources.
  const progress = new StackProgress(nodes.length, signalGroups(plan.loaded.template, plan.all))
  const estimate = creating ? estimator(use, nodes, await readDurations(use), progress) : () => undefined
  const watched = new NodeWatch(use)
  const expected = () => (isRollingBack() ? undefined : estimate())
  const onEvents = (fresh: StackEvent[]) => {
    const before = progress.failure
    progress.add(fresh)
    watched.look(fresh)
    const { done, failure, latest, signals, signalTexts, text, total } = progress
    if (failure && !before) {
      use.log(`${failure.logicalId} failed: ${shownReason(failure.reason)}`)
      onFailure()
    }
    const still = expected()
    use.progress({
      ...partsOf(fresh, wanted),
      message: (failure || isRollingBack()
        ? ['rolling back', latest]
        : [text, still?.text, ...signalTexts, latest]
      )
        .filter(Boolean)
        .join(' · '),
      done,
      total,
      signals,
      ...(still ? { estimatedMsLeft: Math.round(use.clock.real(still.left)) } : {}),
    })
  }
  const onLost = ({ message }: Failure, waited: number) =>
    use.progress({ message: `${message}; next try in ${duration(use.clock.real(waited))}` })
  return { expected, nodes: watched, onEvents, onLost, progress }
}

/** In any other status the operation cannot be rolled back any more (CancelUpdateStack, DeleteStack). */
const CAN_ROLL_BACK = new Set(['CREATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS'])

/** A creation is rolled back by deleting the stack, an update by CancelUpdateStack. */
async function startRollback(use: Use, stack: StackValue): Promise<void> {
  if (stack.status.startsWith('CREATE')) {
    const { startDeletion } = await import('./aws/stack/removal.ts')
    await startDeletion(use.aws, stack, use.config.aws)
  } else {
    const { cancelUpdate } = await import('./aws/stack/recovery.ts')
    await cancelUpdate(use.aws, stack.arn)
  }
}

function isRolledBack(end: Stack | undefined): boolean {
  return !end || ['DELETE_COMPLETE', 'ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'].includes(end.status)
}

function rolledBackFailure(stack: StackValue): Failure {
  const creation = stack.status.startsWith('CREATE')
  return new Failure('STACK_FAILED', {
    message: `the ${creation ? 'creation' : 'update'} of stack ${stack.name} was rolled back`,
    cause: 'you chose to roll it back',
    next: creation
      ? 'to remove the rest of the cluster: npx task destroy; to start again: npx task bootstrap'
      : 'the cluster is as it was before; to start the update again: npx task bootstrap',
  })
}
