import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describe, refused, rehearse, settled } from './fixture.ts'

const grouped = suite('rehearsal: events by operation')

const template = (count: number, version = 1) =>
  JSON.stringify({
    Resources: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `Topic${index}`,
        { Type: 'AWS::SNS::Topic', Properties: { DisplayName: `${version}` } },
      ]),
    ),
  })

grouped('a failure is found by its operation; the rollback is one of its own', async () => {
  const { cloudFormation, remove } = rehearse({ fail: [{ resource: 'Topic1', reason: 'No' }] })
  const created = await cloudFormation.send(
    new CreateStackCommand({ StackName: 's', TemplateBody: template(3), ClientRequestToken: 't' }),
  )
  const stack = await settled(cloudFormation, 's')
  const { OperationEvents } = await cloudFormation.send(
    new DescribeEventsCommand({ OperationId: created.OperationId, Filters: { FailedEvents: true } }),
  )
  const own = OperationEvents!.filter(({ ResourceStatusReason }) => ResourceStatusReason === 'No')
  assert.equal(
    own.map((event) => [
      event.LogicalResourceId,
      event.EventType,
      event.OperationType,
      event.ClientRequestToken,
    ]),
    [['Topic1', 'PROVISIONING_ERROR', 'CREATE_STACK', 't']],
  )
  assert.equal(
    stack.LastOperations!.map(({ OperationType }) => OperationType),
    ['ROLLBACK', 'CREATE_STACK'],
  )
  assert.is(stack.LastOperations![1]!.OperationId, created.OperationId)
  const all = await cloudFormation.send(new DescribeEventsCommand({ StackName: stack.StackId }))
  const ends = all.OperationEvents!.filter(({ EventType }) => EventType === 'STACK_EVENT')
  assert.equal(
    ends.map((event) => `${event.OperationType} ${event.OperationStatus}`),
    ['ROLLBACK SUCCEEDED', 'ROLLBACK IN_PROGRESS', 'CREATE_STACK FAILED', 'CREATE_STACK IN_PROGRESS'],
  )
  const { StackEvents } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: 's' }))
  assert.is(new Set(StackEvents!.map(({ OperationId }) => OperationId)).size, 2)
  remove()
})

grouped('each accepted request is an operation; a page has a hundred events', async () => {
  const { cloudFormation, remove } = rehearse()
  const created = await cloudFormation.send(
    new CreateStackCommand({ StackName: 's', TemplateBody: template(60) }),
  )
  await settled(cloudFormation, 's')
  const updated = await cloudFormation.send(
    new UpdateStackCommand({ StackName: 's', TemplateBody: template(60, 2) }),
  )
  await settled(cloudFormation, 's')
  assert.is.not(created.OperationId, updated.OperationId)
  assert.equal((await describe(cloudFormation, 's')).LastOperations, [
    { OperationType: 'UPDATE_STACK', OperationId: updated.OperationId },
  ])
  let pages = 0
  let token: string | undefined
  const ids = new Set<string>()
  do {
    const answer = await cloudFormation.send(new DescribeEventsCommand({ StackName: 's', NextToken: token }))
    for (const { EventId } of answer.OperationEvents!) ids.add(EventId!)
    token = answer.NextToken
    pages++
  } while (token)
  // Three events a topic for its creation and two for its change, the stack's own five, begin and end of each operation.
  assert.equal([pages, ids.size], [4, 60 * 5 + 5 + 4])
  await cloudFormation.send(new DeleteStackCommand({ StackName: 's' }))
  assert.is(
    (await refused(cloudFormation.send(new DescribeEventsCommand({ OperationId: 'none' })))).name,
    'ValidationError',
  )
  remove()
})

grouped.run()
