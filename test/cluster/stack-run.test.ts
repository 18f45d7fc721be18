import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defaults } from '../../config/schema.ts'
import type { Aws } from '../../tasks/aws/clients.ts'
import { CLUSTER_TAG, TEMPLATE_TAG } from '../../tasks/aws/ownership.ts'
import { describeStack, type Stack } from '../../tasks/aws/stack/stack.ts'
import { clockAt } from '../../tasks/base/clock.ts'
import type { Use } from '../../tasks/cluster/context.ts'
import { bringUp } from '../../tasks/runner/bring-up.ts'
import { Outcome } from '../../tasks/runner/outcome.ts'
import { task } from '../../tasks/runner/task.ts'
import { newReport } from '../../tasks/runner/taskfile.ts'
import * as steps from '../../tasks/stack.ts'
import { answering } from '../aws/wire.ts'

// What happens between the question and the deed: a stack that meanwhile is in another state, or changed by somebody else.

const test = suite('run the stack')
const ARN = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/dcos/1'

type Answer = (action: string, call: number) => string | { code: string; message: string }

/** CloudFormation on the wire, and what was asked of it. */
function service(answer: Answer) {
  const calls: string[] = []
  const aws = answering(({ body }) => {
    const action = new URLSearchParams(String(body)).get('Action')!
    calls.push(action)
    const said = answer(action, calls.filter((one) => one === action).length)
    if (typeof said === 'string')
      return {
        status: 200,
        xml: `<${action}Response><${action}Result>${said}</${action}Result></${action}Response>`,
      }
    const error = `<Error><Code>${said.code}</Code><Message>${said.message}</Message></Error>`
    return { status: 400, xml: `<ErrorResponse>${error}</ErrorResponse>` }
  })
  return { aws, calls }
}

function stackIs(status: string, nodes: string): string {
  const parameter = `<member><ParameterKey>N</ParameterKey><ParameterValue>${nodes}</ParameterValue></member>`
  const tag = (name: string, value: string) => `<member><Key>${name}</Key><Value>${value}</Value></member>`
  const about = `<StackId>${ARN}</StackId><StackName>dcos</StackName><StackStatus>${status}</StackStatus>`
  const tags = tag(CLUSTER_TAG, 'dcos') + tag(TEMPLATE_TAG, 'digest')
  return `<Stacks><member>${about}<CreationTime>2026-01-01T00:00:00Z</CreationTime><Parameters>${parameter}</Parameters><Tags>${tags}</Tags></member></Stacks>`
}

function ended(status: string): string {
  const about = `<EventId>${status}</EventId><StackId>${ARN}</StackId><StackName>dcos</StackName><LogicalResourceId>dcos</LogicalResourceId><PhysicalResourceId>${ARN}</PhysicalResourceId>`
  return `<StackEvents><member>${about}<ResourceType>AWS::CloudFormation::Stack</ResourceType><ResourceStatus>${status}</ResourceStatus><Timestamp>2026-01-01T00:00:10Z</Timestamp></member></StackEvents>`
}

const change =
  '<ResourceChange><Action>Modify</Action><LogicalResourceId>G</LogicalResourceId><ResourceType>AWS::AutoScaling::AutoScalingGroup</ResourceType><Replacement>True</Replacement></ResourceChange>'
const workedOut = `<Status>CREATE_COMPLETE</Status><Changes><member>${change}</member></Changes>`

/** Nobody answers but with `answers`, and nobody has said yes beforehand. */
function useOf(aws: Aws, nodes: string, answers: string[] = []) {
  const asked: string[] = []
  const plan = {
    all: { N: nodes },
    automatic: {},
    tags: {},
    capabilities: [],
    given: { N: nodes },
    loaded: {
      digest: 'digest',
      body: '{}',
      needsBucket: false,
      template: { Parameters: { N: { Type: 'String' } }, Resources: {} },
    },
  }
  const use = {
    aws,
    report: newReport(),
    clock: clockAt(20_000),
    signal: new AbortController().signal,
    config: { ...defaults, cloud: 'aws', template: 'dcos.yaml' },
    log: () => {},
    offer: () => () => {},
    progress: () => {},
    yes: false,
    interactive: true,
    ask: async (question: string) => {
      asked.push(question)
      return answers.shift()
    },
    plan: async () => plan,
    glances: new Map(),
    entry: { kind: 'up', name: 'bootstrap' },
    preflight: async () => {},
  } as unknown as Use
  return { use, asked }
}

/** Has the runner bring the stack up. `seen` is the stack as its check sees it first. */
async function outcome(use: Use, seen: Stack): Promise<string> {
  use.glances.set('dcos', seen)
  const came = new Outcome(() => {})
  const values: unknown[] = []
  const stack = task('stack', 'Bring the stack up', {}, async () => steps)
  await bringUp([stack], {
    options: {
      concurrency: 1,
      keepGoing: false,
      dryRun: false,
      only: false,
      force: false,
      signal: use.signal,
    },
    equip: () => use,
    emit: (event) => {
      if (event.event === 'done' || event.event === 'skip') values.push(event.value)
    },
    outcome: came,
  })
  return came.first ? `${came.first.code}: ${came.first.message}` : (values[0] as { status: string }).status
}

test('a stack that ends in a state nobody knows is not deleted', async () => {
  const { aws, calls } = service((action) =>
    action === 'DescribeStacks' ? stackIs('IMPORT_ROLLBACK_FAILED', '5') : ended('IMPORT_ROLLBACK_FAILED'),
  )
  const { use } = useOf(aws, '5')
  const stack = { ...(await describeStack(aws, 'dcos'))!, status: 'IMPORT_ROLLBACK_IN_PROGRESS' }
  assert.match(await outcome(use, stack), /^STACK_FAILED: .*, which dcos-bootstrap does not handle/)
  assert.not.ok(calls.includes('DeleteStack'))
})

test('nothing is updated where the config differs in nothing', async () => {
  const { aws, calls } = service((action) =>
    action === 'DescribeStacks'
      ? stackIs('UPDATE_ROLLBACK_COMPLETE', '5')
      : ended('UPDATE_ROLLBACK_COMPLETE'),
  )
  const { use } = useOf(aws, '5')
  const stack = { ...(await describeStack(aws, 'dcos'))!, status: 'UPDATE_ROLLBACK_IN_PROGRESS' }
  assert.is(await outcome(use, stack), 'UPDATE_ROLLBACK_COMPLETE')
  assert.not.ok(calls.includes('CreateChangeSet'))
})

test('a yes to one change is none to another that somebody else has brought about', async () => {
  const { aws, calls } = service((action, call) => {
    if (action === 'DescribeStacks')
      return call === 1
        ? stackIs('UPDATE_COMPLETE', '5')
        : stackIs(call === 2 ? 'UPDATE_IN_PROGRESS' : 'UPDATE_COMPLETE', '20')
    if (action === 'DescribeStackEvents') return ended('UPDATE_COMPLETE')
    if (action === 'CreateChangeSet') return '<Id>mine</Id>'
    if (action === 'DescribeChangeSet') return workedOut
    if (action === 'ExecuteChangeSet')
      return {
        code: 'ValidationError',
        message: `Stack:${ARN} is in UPDATE_IN_PROGRESS state and can not be updated.`,
      }
    return ''
  })
  const { asked, use } = useOf(aws, '10', ['y'])
  const stack = (await describeStack(aws, 'dcos'))!
  const came = await outcome(use, stack)
  assert.match(came, /^STACK_CHANGED/, came + calls.join(' '))
  assert.is(asked.length, 2, asked.join())
  assert.match(asked[0]!, 'N 5 → 10')
  assert.match(asked[1]!, 'N 20 → 10')
  assert.is(calls.filter((call) => call === 'ExecuteChangeSet').length, 1)
  const count = (action: string) => calls.filter((call) => call === action).length
  assert.is(count('DeleteChangeSet'), count('CreateChangeSet'), 'no change set is left behind')
})

test.run()
