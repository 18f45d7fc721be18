import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expect, learn, type Node } from '../../../tasks/aws/stack/estimate.ts'
import { eventOf, type StackEvent } from '../../../tasks/aws/stack/events.ts'
import { nextInterval } from '../../../tasks/aws/stack/follow.ts'
import { usual } from '../../../tasks/aws/stack/usual.ts'
import { parseTemplate } from '../../../tasks/template/parse.ts'

const test = suite('aws/stack/estimate')
const nodes: Node[] = [
  { logicalId: 'Group', type: 'Group', needs: ['Config', 'Balancer'] },
  { logicalId: 'Config', type: 'Config', needs: ['Vpc'] },
  { logicalId: 'Balancer', type: 'Balancer', needs: ['Vpc'] },
  { logicalId: 'Vpc', type: 'Vpc', needs: [] },
]
const durations = { Vpc: [10], Config: [2], Balancer: [30, 20, 40], Group: [100] }
const none = new Map<string, number>()

test('the longest path through the template, each resource with the median of its type', () => {
  assert.is(expect(nodes, durations, none, new Set())?.left, 10 + 30 + 100)
  const later = expect(nodes, durations, new Map([['Balancer', 25]]), new Set(['Vpc', 'Config']))
  assert.is(later?.left, 5 + 100)
  const late = expect(nodes, durations, new Map([['Group', 500]]), new Set(['Vpc', 'Config', 'Balancer']))
  assert.is(late?.left, 0)
})

test('the nearest expected end of what is in progress, before it and after', () => {
  const next = (...begun: [string, number][]) =>
    expect(nodes, durations, new Map(begun), new Set(['Vpc']))?.next
  assert.is(next(['Config', 1], ['Balancer', 10]), 1)
  assert.is(next(['Config', 40], ['Balancer', 24]), 6)
  assert.is(next(), 2, 'a resource that waits for nothing has begun')
  assert.is(expect(nodes, durations, none, new Set(['Vpc', 'Config', 'Balancer', 'Group']))?.next, 0)
})

test('there is no estimate with a type that was never seen, unless it is done', () => {
  const { Balancer: _, ...rest } = durations
  assert.is(expect(nodes, rest, none, new Set()), undefined)
  assert.is(expect(nodes, rest, none, new Set(['Vpc', 'Balancer']))?.left, 2 + 100)
})

function event(id: string, status: string, second: number): StackEvent {
  return eventOf({
    LogicalResourceId: id,
    ResourceType: 'T',
    ResourceStatus: status as never,
    Timestamp: new Date(second * 1000),
    StackId: 's',
    StackName: 'n',
  })
}

test('learns the time from the first event of a creation to the last, and drops old times', () => {
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

const begins = event('A', 'CREATE_IN_PROGRESS', 1)
const ends = event('A', 'CREATE_COMPLETE', 6)
const signals = {
  ...begins,
  reason: 'Received SUCCESS signal with UniqueId i-0123456789abcdef0',
}

test('polls are frequent while events arrive, and less so when it is quiet and nothing is known', () => {
  assert.is(nextInterval(9_000, [begins], undefined, 0), 2_000)
  assert.is(nextInterval(2_000, [], undefined, 0), 3_000)
  assert.is(nextInterval(14_000, [], undefined, 0), 15_000)
})

test('polls get closer before an expected change, most before the end, and less frequent when it is late', () => {
  const interval = (left: number, next: number, fresh: StackEvent[] = []) =>
    nextInterval(2_000, fresh, { left, next }, 60_000)
  assert.is(interval(200_000, 60_000), 15_000)
  assert.is(interval(200_000, 16_000), 11_200)
  assert.is(interval(200_000, 100), 5_000)
  assert.is(interval(2_500, 2_500), 1_750)
  assert.is(interval(500, 500), 1_000)
  assert.is(interval(0, 30_000), 5_000)
  assert.is(interval(200_000, 60_000, [ends]), 5_000)
  assert.is(interval(200_000, 60_000, [signals]), 5_000)
  assert.is(interval(200_000, 16_000, [begins]), 11_200, 'a beginning was expected')
  assert.is(interval(0, 0, [ends]), 1_000)
})

test('the usual time of every type in our own template is known', () => {
  const { Resources } = parseTemplate(readFileSync('templates/dcos.yaml', 'utf8'))
  for (const { Type } of Object.values(Resources)) assert.ok(usual[Type], Type)
})

test.run()
