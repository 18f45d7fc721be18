import { diagnose, diagnosisAdvice, diagnosisCause } from './aws/stack/diagnosis.ts'
import type { StackEvent } from './aws/stack/events.ts'
import { followStack } from './aws/stack/follow.ts'
import { StackProgress } from './aws/stack/progress.ts'
import { shownReason } from './aws/stack/reason.ts'
import { cancelUpdate } from './aws/stack/recovery.ts'
import { startDeletion } from './aws/stack/removal.ts'
import type { Stack } from './aws/stack/stack.ts'
import { isTerminal, succeeded } from './aws/stack/status.ts'
import { Failure } from './base/failure.ts'
import { logInByPassword } from './cluster/access/token.ts'
import type { Use } from './cluster/context.ts'
import { estimator, keepDurations, nodesOf, readDurations } from './cluster/stack/duration-history.ts'
import type { StackValue } from './cluster/stack/value.ts'
import type { Health } from './dcos/health.ts'
import { isLasting } from './dcos/unreachable.ts'
import { duration } from './runner/present/words.ts'
import { signalGroups } from './template/groups.ts'

/** DC/OS needs some minutes after its instances have signalled; after this long it is not coming by itself. */
const HEALTH_DEADLINE_MS = 20 * 60_000
const HEALTH_POLL_MS = 5_000

import { describeDcos, look, urlOf, type WaitValue } from './cluster/health.ts'

export { checkCluster as check, type WaitValue } from './cluster/health.ts'

interface Needs {
  stack: StackValue
}

/** Follows the stack to its end by its events, then DC/OS until it is healthy. */
export async function run(use: Use, { stack }: Needs): Promise<WaitValue> {
  const end = isTerminal(stack.status) ? stack : await followToTheEnd(use, stack)
  const url = urlOf(use, end.outputs)
  use.report.url = url
  await use.cloud.reach(url)
  return waitForHealth(use, url, end)
}

async function followToTheEnd(use: Use, stack: StackValue): Promise<Stack> {
  let rolledBack = false
  const withdraw = use.offer(async () => {
    await takeBack(use, stack)
    rolledBack = true
  })
  const { progress, ...watching } = await watch(use, stack, () => rolledBack)
  const { clock, signal } = use
  const { started } = stack
  const following = followStack(use.aws, stack.arn, { clock, signal, started, ...watching })
  const { stack: end, events } = await following.finally(withdraw)
  if (rolledBack && isTakenBack(end)) throw takenBack(stack)
  if (end?.status === 'CREATE_COMPLETE') await keepDurations(use, events)
  if (end && succeeded(end.status)) return end
  const failed = { arn: stack.arn, name: stack.name, status: end?.status ?? 'DELETE_COMPLETE' }
  const diagnosis = await diagnose(use.aws, failed, events, { ...use, groups: progress.signals })
  throw new Failure('STACK_FAILED', {
    message: `stack ${stack.name} ended in ${end?.status ?? 'nothing: it is gone'}`,
    cause: diagnosis ? diagnosisCause(diagnosis) : (end?.reason ?? 'it was deleted by somebody else'),
    next: diagnosis
      ? diagnosisAdvice(diagnosis)
      : 'fix the cause, then run npx task bootstrap again (it removes what failed), or npx task destroy',
  })
}

/** Shows what comes of an operation: how far it is, what it still takes, and the first failure as soon as it is told. */
async function watch(use: Use, stack: StackValue, takenBack: () => boolean) {
  const plan = await use.plan()
  const creating = stack.status.startsWith('CREATE')
  const nodes = creating ? nodesOf(plan) : []
  // An update touches some of the resources, nobody knows how many.
  const progress = new StackProgress(nodes.length, signalGroups(plan.loaded.template, plan.all))
  const estimate = creating ? estimator(use, nodes, await readDurations(use), progress) : () => undefined
  const expected = () => (takenBack() ? undefined : estimate())
  const onEvents = (fresh: StackEvent[]) => {
    const before = progress.failure
    progress.add(fresh)
    const { done, failure, latest, signals, signalTexts, text, total } = progress
    if (failure && !before) use.log(`${failure.logicalId} failed: ${shownReason(failure.reason)}`)
    const still = expected()
    use.progress({
      message: (failure || takenBack()
        ? ['rolling back', latest]
        : [text, still?.text, ...signalTexts, latest]
      )
        .filter(Boolean)
        .join(' · '),
      done,
      total,
      signals,
      ...(still ? { estimatedMsLeft: Math.round(still.left) } : {}),
    })
  }
  const onLost = ({ message }: Failure, waited: number) =>
    use.progress({ message: `${message}; asked again in ${duration(waited)}` })
  return { expected, onEvents, onLost, progress }
}

/** A creation is rolled back by deleting the stack, an update by CloudFormation's own way back. */
async function takeBack(use: Use, stack: StackValue): Promise<void> {
  if (stack.status.startsWith('CREATE')) await startDeletion(use.aws, stack, use.config.aws)
  else await cancelUpdate(use.aws, stack.arn)
}

function isTakenBack(end: Stack | undefined): boolean {
  return !end || ['DELETE_COMPLETE', 'ROLLBACK_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'].includes(end.status)
}

function takenBack(stack: StackValue): Failure {
  const creation = stack.status.startsWith('CREATE')
  return new Failure('STACK_FAILED', {
    message: `the ${creation ? 'creation' : 'update'} of stack ${stack.name} was rolled back`,
    cause: 'as you chose',
    next: creation
      ? 'to remove what else there is of the cluster: npx task destroy; to begin again: npx task bootstrap'
      : 'the cluster is as it was before; to begin the update again: npx task bootstrap',
  })
}

async function waitForHealth(
  use: Use,
  url: string,
  stack: Pick<StackValue, 'parameters'>,
): Promise<WaitValue> {
  const started = use.clock.now()
  let loggedIn = false
  for (let said = ''; ; ) {
    const health = await look(use, url, stack)
    if (health.ready && health.checked !== 'all' && !loggedIn) {
      // Whoever has logged in sees all of it.
      loggedIn = (await logInByPassword(use, url)) !== undefined
      if (loggedIn) continue
    }
    if (health.ready) return describeDcos(url, health)
    if (health.failure && isLasting(health.failure)) throw health.failure
    if (health.waitingFor !== said) use.progress({ message: `DC/OS: waiting for ${health.waitingFor}` })
    said = health.waitingFor
    if (use.clock.now() - started > HEALTH_DEADLINE_MS) throw notHealthy(url, health)
    await use.clock.sleep(HEALTH_POLL_MS, use.signal)
  }
}

function notHealthy(url: string, health: Health): Failure {
  return new Failure(health.version ? 'DCOS_UNHEALTHY' : 'DCOS_UNREACHABLE', {
    message: `DC/OS at ${url} is not healthy after ${HEALTH_DEADLINE_MS / 60_000} minutes`,
    cause: health.failure?.why ?? `it waits for ${health.waitingFor}`,
    next: 'npx task wait waits on; if the cluster answers elsewhere, set cluster.url',
  })
}
