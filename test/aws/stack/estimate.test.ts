import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { estimateRemaining, learn, type Node } from '../../../tasks/aws/stack/estimate.ts'
import { eventOf } from '../../../tasks/aws/stack/events.ts'
import { nextInterval } from '../../../tasks/aws/stack/follow.ts'

const test = suite('aws/stack/estimate')
const nodes: Node[] = [
  { logicalId: 'Group', type: 'Group', needs: ['Config', 'Balancer'] },
  { logicalId: 'Config', type: 'Config', needs: ['Vpc'] },
  { logicalId: 'Balancer', type: 'Balancer', needs: ['Vpc'] },
  { logicalId: 'Vpc', type: 'Vpc', needs: [] },
]
const durations = { Vpc: [10], Config: [2], Balancer: [30, 20, 40], Group: [100] }
const none = new Map<string, number>()

test('the longest way through the template, each resource with the median of its type', () => {
  assert.is(estimateRemaining(nodes, durations, none, new Set()), 10 + 30 + 100)
  assert.is(
    estimateRemaining(nodes, durations, new Map([['Balancer', 25]]), new Set(['Vpc', 'Config'])),
    5 + 100,
  )
  assert.is(
    estimateRemaining(nodes, durations, new Map([['Group', 500]]), new Set(['Vpc', 'Config', 'Balancer'])),
    0,
  )
})

test('nothing is claimed of a type that was never seen, unless it is done', () => {
  const { Balancer: _, ...rest } = durations
  assert.is(estimateRemaining(nodes, rest, none, new Set()), undefined)
  assert.is(estimateRemaining(nodes, rest, none, new Set(['Vpc', 'Balancer'])), 2 + 100)
})

test('learns from the first event to the last of each creation, and forgets what is old', () => {
  const event = (id: string, status: string, second: number) =>
    eventOf({
      LogicalResourceId: id,
      ResourceType: 'T',
      ResourceStatus: status as never,
      Timestamp: new Date(second * 1000),
      StackId: 's',
      StackName: 'n',
    })
  const between = (from: Date, to: Date) => to.getTime() - from.getTime()
  const events = [
    event('A', 'CREATE_IN_PROGRESS', 1),
    event('A', 'CREATE_IN_PROGRESS', 2),
    event('A', 'CREATE_COMPLETE', 6),
    event('B', 'CREATE_FAILED', 7),
  ]
  assert.equal(learn({}, events, between), { T: [5000] })
  assert.equal(learn({ T: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, events, between).T, [2, 3, 4, 5, 6, 7, 8, 9, 5000])
})

test('polls stay close while events flow, part when it is quiet, and close in on the estimated end', () => {
  assert.is(nextInterval(9_000, true, undefined), 2_000)
  assert.is(nextInterval(2_000, false, undefined), 3_000)
  assert.is(nextInterval(14_000, false, undefined), 15_000)
  assert.is(nextInterval(14_000, false, 10_000), 6_000)
  assert.is(nextInterval(14_000, false, 500), 1_000)
  assert.is(nextInterval(1_000, false, 0), 1_500, 'past its end an estimate says nothing')
})

test.run()
