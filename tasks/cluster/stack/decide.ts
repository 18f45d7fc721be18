import { isOwnStack, type Stack } from '../../aws/stack/stack.ts'
import { entryOf, underWay } from '../../aws/stack/status.ts'
import { Failure } from '../../base/failure.ts'
import type { Difference } from '../../runner/task.ts'
import { secretParameters } from '../../template/secrets.ts'
import { differences, differenceText } from '../plan/differences.ts'
import type { StackPlan } from '../plan/plan.ts'
import { foreignStack } from './ownership.ts'

/** What brings a stack closer to what the config wants. After each but `keep`, `create` and `update` the stack is checked again. */
export type Action =
  | { kind: 'create' }
  /** It is as wanted, or becoming so. */
  | { kind: 'keep'; stack: Stack; why: string }
  /** `changes` names what differs, `agents.private 5 → 10`; empty if the update is forced. */
  | { kind: 'update'; stack: Stack; changes: string }
  /** Waits for the end of an operation; `changes` if its result will not be what the config wants. */
  | { kind: 'follow'; stack: Stack; changes?: string }
  /** Deletes the empty stack that another change set left, if that is not executed. */
  | { kind: 'review'; stack: Stack }
  /** Deletes the stack, so that it is created again; `ask` if something of value may be in it. */
  | { kind: 'delete'; stack: Stack; ask: boolean }
  | { kind: 'roll back'; stack: Stack }
  | { kind: 'continue rollback'; stack: Stack }
  | { kind: 'refuse'; failure: Failure }

export interface Sight {
  /** The stack of the cluster's name; undefined if there is none. */
  stack: Stack | undefined
  /** What the config wants, or why that cannot be read: enough to inspect a cluster, not to change it. */
  plan: StackPlan | Failure
  name: string
  region: string
}

/** What to do with a stack, by its status (the table is `entries`) and by what differs. Asks no question and changes nothing. */
export function decide({ name, region, stack, plan }: Sight): Action {
  if (!stack) return plan instanceof Failure ? { kind: 'refuse', failure: plan } : { kind: 'create' }
  if (!isOwnStack(stack, name)) return { kind: 'refuse', failure: foreignStack(region, stack) }
  switch (entryOf(stack.status)) {
    case 'create':
      return { kind: 'create' }
    case 'settle':
      return { kind: 'follow', stack }
    case 'review':
      return { kind: 'review', stack }
    case 'recreate':
      return { kind: 'delete', stack, ask: false }
    case 'ask':
      return { kind: 'delete', stack, ask: true }
    case 'rollback':
      return { kind: 'roll back', stack }
    case 'continue':
      return { kind: 'continue rollback', stack }
    case 'attach':
      return compare(stack, plan, true)
    case 'compare':
      return compare(stack, plan, false)
    default:
      return { kind: 'refuse', failure: unknownState(stack) }
  }
}

function compare(stack: Stack, plan: StackPlan | Failure, changing: boolean): Action {
  const { name, status } = stack
  if (plan instanceof Failure)
    return {
      kind: 'keep',
      stack,
      why: `stack ${name} exists (${status}); it is not compared: ${plan.message}`,
    }
  const different = differences(stack, plan)
  const fixed = different.find(({ what }) => what === 'cluster.masters')
  if (fixed) return { kind: 'refuse', failure: fixedMasters(stack, fixed) }
  const changes = differenceText(different)
  // During an operation CloudFormation accepts no other one.
  if (changes !== '') return { kind: changing ? 'follow' : 'update', stack, changes }
  const state = changing ? `stack ${name} ${underWay(status)} already` : `stack ${name} exists (${status})`
  return { kind: 'keep', stack, why: state + uncompared(plan) }
}

/** CloudFormation shows secret parameters as asterisks. */
function uncompared({ given, loaded }: StackPlan): string {
  const secrets = secretParameters(loaded.template)
  const hidden = Object.keys(given).filter((key) => secrets.includes(key))
  if (hidden.length === 0) return ''
  return `; ${hidden.join(', ')} cannot be compared, as CloudFormation hides it: npx task stack --force sends it again`
}

/** ZooKeeper's ensemble is made for a number of masters (DC/OS: num_masters is part of each node's configuration). */
function fixedMasters({ name }: Stack, { from, to }: Difference): Failure {
  return new Failure('STACK_CHANGED', {
    message: `the number of masters of ${name} cannot change: it has ${from}, but cluster.masters is ${to}`,
    cause: "it is written into every node's configuration during installation",
    next: `set cluster.masters=${from}, or create another cluster with cluster.name=… cluster.masters=${to}`,
  })
}

function unknownState({ name, reason, status }: Stack): Failure {
  return new Failure('STACK_FAILED', {
    message: `stack ${name} is ${status}, which dcos-bootstrap does not handle`,
    ...(reason ? { cause: reason } : {}),
    next: 'npx task destroy, then npx task bootstrap',
  })
}
