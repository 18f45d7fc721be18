import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CLUSTER_TAG } from '../../tasks/aws/ownership.ts'
import type { Stack } from '../../tasks/aws/stack/stack.ts'
import { entries } from '../../tasks/aws/stack/status.ts'
import { Failure } from '../../tasks/base/failure.ts'
import { differenceText } from '../../tasks/cluster/plan/differences.ts'
import type { StackPlan } from '../../tasks/cluster/plan/plan.ts'
import { decide } from '../../tasks/cluster/stack/decide.ts'

const test = suite('decide what to do with the stack')

const plan = (nodes: string, Parameters: object = { N: { Type: 'String' } }) =>
  ({
    all: { N: nodes },
    given: { N: nodes },
    tags: {},
    loaded: { digest: 'digest', template: { Parameters, Resources: {} } },
  }) as unknown as StackPlan

const stackOf = (status: string, over: Partial<Stack> = {}) =>
  ({
    name: 'dcos',
    arn: 'arn:dcos',
    status,
    templateDigest: 'digest',
    parameters: { N: '5' },
    outputs: {},
    tags: { [CLUSTER_TAG]: 'dcos' },
    ...over,
  }) as Stack

function kind(status: string | undefined, sight: { nodes?: string; plan?: StackPlan | Failure } = {}) {
  const stack = status === undefined ? undefined : stackOf(status)
  const action = decide({
    stack,
    plan: sight.plan ?? plan(sight.nodes ?? '5'),
    name: 'dcos',
    region: 'eu-west-1',
  })
  return action.kind === 'delete' && action.ask ? 'delete after a yes' : action.kind
}

const table: Record<string, [same: string, changed: string]> = {
  CREATE_COMPLETE: ['keep', 'update'],
  CREATE_FAILED: ['delete after a yes', 'delete after a yes'],
  CREATE_IN_PROGRESS: ['keep', 'follow'],
  DELETE_COMPLETE: ['create', 'create'],
  DELETE_FAILED: ['delete after a yes', 'delete after a yes'],
  DELETE_IN_PROGRESS: ['follow', 'follow'],
  IMPORT_COMPLETE: ['keep', 'update'],
  IMPORT_IN_PROGRESS: ['follow', 'follow'],
  IMPORT_ROLLBACK_COMPLETE: ['keep', 'update'],
  IMPORT_ROLLBACK_FAILED: ['refuse', 'refuse'],
  IMPORT_ROLLBACK_IN_PROGRESS: ['follow', 'follow'],
  REVIEW_IN_PROGRESS: ['review', 'review'],
  ROLLBACK_COMPLETE: ['delete', 'delete'],
  ROLLBACK_FAILED: ['delete after a yes', 'delete after a yes'],
  ROLLBACK_IN_PROGRESS: ['follow', 'follow'],
  UPDATE_COMPLETE: ['keep', 'update'],
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: ['keep', 'follow'],
  UPDATE_FAILED: ['roll back', 'roll back'],
  UPDATE_IN_PROGRESS: ['keep', 'follow'],
  UPDATE_ROLLBACK_COMPLETE: ['keep', 'update'],
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: ['follow', 'follow'],
  UPDATE_ROLLBACK_FAILED: ['continue rollback', 'continue rollback'],
  UPDATE_ROLLBACK_IN_PROGRESS: ['follow', 'follow'],
}

test('each status calls for one action, and another where the config differs', () => {
  assert.equal(Object.keys(table).sort(), Object.keys(entries).sort())
  for (const [status, [same, changed]] of Object.entries(table)) {
    assert.is(kind(status), same, status)
    assert.is(kind(status, { nodes: '10' }), changed, `${status}, changed`)
  }
  assert.is(kind(undefined), 'create')
  assert.is(kind('SOMETHING_NEW'), 'refuse')
})

test('a config that cannot be read keeps a stack from being created and from being compared, from nothing else', () => {
  const unreadable = new Failure('TEMPLATE_UNREADABLE', { message: 'there is no such file' })
  assert.is(kind(undefined, { plan: unreadable }), 'refuse')
  assert.is(kind('CREATE_COMPLETE', { plan: unreadable }), 'keep')
  assert.is(kind('ROLLBACK_COMPLETE', { plan: unreadable }), 'delete')
})

test("somebody else's stack is refused whatever its status", () => {
  for (const status of Object.keys(entries)) {
    const action = decide({
      stack: stackOf(status, { tags: {} }),
      plan: plan('5'),
      name: 'dcos',
      region: 'eu-west-1',
    })
    assert.is(action.kind === 'refuse' && action.failure.code, 'STACK_FOREIGN', status)
  }
})

test('the reason names what differs, and what cannot be compared', () => {
  const action = decide({
    stack: stackOf('CREATE_COMPLETE'),
    plan: plan('10'),
    name: 'dcos',
    region: 'eu-west-1',
  })
  assert.is(action.kind === 'update' && action.changes, 'parameters.N 5 → 10')
  const hidden = decide({
    stack: stackOf('CREATE_COMPLETE', { parameters: { N: '****' } }),
    plan: plan('s3cret', { N: { Type: 'String', NoEcho: true } }),
    name: 'dcos',
    region: 'eu-west-1',
  })
  assert.match(
    (hidden as { why: string }).why,
    /^stack dcos exists \(CREATE_COMPLETE\); N cannot be compared/,
  )
})

test('a change that ends something, or that not all nodes get, says so', () => {
  const text = (what: string, from: string, to: string) => differenceText([{ what, from, to }])
  assert.is(text('agents.private', '5', '8'), 'agents.private 5 → 8')
  assert.is(
    text('agents.private', '8', '3'),
    'agents.private 8 → 3: terminates 5 agents and what runs on them',
  )
  assert.is(text('agents.public', '1', '0'), 'agents.public 1 → 0: terminates 1 agent and what runs on it')
  assert.match(
    text('agents.instanceType', 'm5.large', 'm5.xlarge'),
    /: only new nodes get it \(npx task roll /,
  )
})

test.run()
