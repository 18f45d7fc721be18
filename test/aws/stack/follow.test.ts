import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { expect, type Node } from '../../../tasks/aws/stack/estimate.ts'
import type { StackEvent } from '../../../tasks/aws/stack/events.ts'
import { followStack, type Started } from '../../../tasks/aws/stack/follow.ts'
import { StackProgress } from '../../../tasks/aws/stack/progress.ts'
import type { Clock } from '../../../tasks/base/clock.ts'
import { type ServiceOptions, serviceOf } from './service.ts'

const test = suite('aws/stack/follow')
const ARN = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/held/1'
const SECOND = 1_000

/** A clock on which time passes only during a sleep. */
function stoppedClock(): Clock & { time: number } {
  return {
    time: 0,
    now() {
      return this.time
    },
    real: (ms) => ms,
    between(from, to) {
      return (to?.getTime() ?? this.time) - from.getTime()
    },
    async sleep(ms) {
      this.time += ms
    },
  }
}

const root = (second: number, status: string, reason = '') => event(second, 'held', status, reason, ARN)

function event(
  second: number,
  logicalId: string,
  status: string,
  reason = '',
  physicalId = logicalId,
): StackEvent {
  return {
    id: `${logicalId}-${status}-${second}`,
    at: new Date(second * SECOND),
    logicalId,
    physicalId,
    type: physicalId === ARN ? 'AWS::CloudFormation::Stack' : 'AWS::S3::Bucket',
    status,
    reason,
    root: physicalId === ARN,
  }
}

/** A stack of one resource that begins and ends at these seconds; the stack itself ends a second later. */
const history = (begins: number, ends: number) => [
  root(0, 'CREATE_IN_PROGRESS', 'User Initiated'),
  event(begins, 'Bucket', 'CREATE_IN_PROGRESS'),
  event(ends, 'Bucket', 'CREATE_COMPLETE'),
  root(ends + 1, 'CREATE_COMPLETE'),
]

/** Follows a history whose events appear as time passes. */
async function follow(
  events: StackEvent[],
  {
    usual,
    started,
    absent = 0,
    ...more
  }: Partial<ServiceOptions> & { usual?: number; started?: Started; absent?: number } = {},
) {
  const clock = stoppedClock()
  const past = (all: StackEvent[]) => all.filter(({ at }) => at.getTime() <= clock.time)
  class Histories extends Map<string, StackEvent[]> {
    override get(arn: string) {
      return clock.time < absent * SECOND ? undefined : super.get(arn)
    }
  }
  const { aws, calls } = serviceOf({
    histories: new Histories([[ARN, events]]),
    order: (all) => past(all).reverse(),
    status: () => past(events).findLast((one) => one.root)?.status ?? 'CREATE_IN_PROGRESS',
    ...more,
  })
  const progress = new StackProgress(1, [])
  const nodes: Node[] = [{ logicalId: 'Bucket', type: 'AWS::S3::Bucket', needs: [] }]
  const expected = () => {
    const begun = new Map([...progress.begun].map(([id, since]) => [id, clock.between(since)]))
    return usual === undefined
      ? undefined
      : expect(nodes, { 'AWS::S3::Bucket': [usual * SECOND] }, begun, progress.finished)
  }
  const { signal } = new AbortController()
  const seen: string[] = []
  const { stack } = await followStack(aws, ARN, {
    clock,
    signal,
    started,
    expected,
    onEvents: (fresh) => {
      progress.add(fresh)
      seen.push(...fresh.map((one) => `${one.logicalId} ${one.status}`))
    },
  })
  return { status: stack?.status, seconds: clock.time / SECOND, calls, seen }
}

test('the end of a stack that takes 20 s is noticed within 1 s with few calls, if about that was expected', async () => {
  let most = 0
  let latest = 0
  for (let begins = 1; begins <= 4; begins += 0.3) {
    for (let off = -2; off <= 2; off += 0.25) {
      const ends = begins + 18 + off
      const { calls, seconds, status } = await follow(history(begins, ends), { usual: 18 })
      assert.is(status, 'CREATE_COMPLETE')
      most = Math.max(most, calls.length)
      latest = Math.max(latest, seconds - (ends + 1))
    }
  }
  console.log(`noticed after at most ${latest.toFixed(2)} s, with at most ${most} calls`)
  assert.ok(latest <= 1, `${latest} s late`)
  assert.ok(most <= 10, `${most} calls`)
})

test('without an estimate polls become less frequent, and every end is still noticed', async () => {
  const { calls, seconds, status } = await follow(history(1, 600))
  assert.is(status, 'CREATE_COMPLETE')
  assert.ok(seconds - 601 <= 15, `${seconds}`)
  assert.ok(calls.length < 55, `${calls.length} calls`)
})

test('a stack that is much later than expected is polled less and less often', async () => {
  const { calls, seconds } = await follow(history(1, 600), { usual: 18 })
  assert.ok(seconds - 601 <= 15, `${seconds}`)
  assert.ok(calls.length < 65, `${calls.length} calls`)
})

test('if the events show the end before the stack does, the stack is polled until it does', async () => {
  let asked = 0
  const { calls, status } = await follow(history(1, 3), {
    status: () => (++asked < 4 ? 'CREATE_IN_PROGRESS' : 'CREATE_COMPLETE'),
  })
  assert.equal([status, asked], ['CREATE_COMPLETE', 4])
  assert.ok(calls.length < 12, calls.join('\n'))
})

test('if no event is about the stack itself, the stack is described instead', async () => {
  const silent = history(1, 3).filter((one) => !one.root)
  let asked = 0
  const { status } = await follow(silent, {
    status: () => (++asked < 3 ? 'CREATE_IN_PROGRESS' : 'CREATE_COMPLETE'),
  })
  assert.equal([status, asked], ['CREATE_COMPLETE', 3])
})

test('a creation that the service does not know yet is waited for; a stack that stays unknown is gone', async () => {
  const started = { token: 'create-1', creates: true }
  const { status } = await follow(history(3, 9), { started, absent: 5 })
  assert.is(status, 'CREATE_COMPLETE')
  const { seconds, status: none } = await follow(history(3, 9), { started, absent: 1_000 })
  assert.is(none, undefined)
  assert.ok(seconds >= 30 && seconds < 60, `${seconds}`)
  const attached = await follow(history(3, 9), { absent: 1_000 })
  assert.equal([attached.status, attached.seconds], [undefined, 0])
})

test('events from before the service knows of an update are not taken for its end', async () => {
  const marked = (token: string, events: StackEvent[]) => events.map((one) => ({ ...one, token }))
  const before = marked('create-1', history(1, 3)).map((one) => ({ ...one, at: new Date(0) }))
  const after = marked('execute-2', [
    root(5, 'UPDATE_IN_PROGRESS', 'User Initiated'),
    event(6, 'Bucket', 'UPDATE_FAILED', 'it may not'),
    root(7, 'UPDATE_ROLLBACK_IN_PROGRESS'),
    root(20, 'UPDATE_ROLLBACK_COMPLETE'),
  ])
  const started = { token: 'execute-2', creates: false }
  const { status } = await follow([...before, ...after], { started })
  assert.is(status, 'UPDATE_ROLLBACK_COMPLETE')
  // Without tokens an end is accepted a little later, and so is one with an unknown token.
  const plain = [
    ...history(1, 3).map((one) => ({ ...one, at: new Date(0) })),
    ...after.map((one) => ({ ...one, token: '' })),
  ]
  assert.is(
    (
      await follow(
        plain.map((one) => ({ ...one, at: new Date(one.at.getTime() / 3) })),
        { started },
      )
    ).status,
    'UPDATE_ROLLBACK_COMPLETE',
  )
  assert.is((await follow(history(1, 3), { started })).status, 'CREATE_COMPLETE')
  const never = await follow(before, { started })
  assert.is(never.status, 'CREATE_COMPLETE')
  assert.ok(never.seconds >= 30, `${never.seconds}`)
})

test('a creation that is rolled back is followed through its deletion', async () => {
  const taken = [
    ...history(1, 99)
      .slice(0, 2)
      .map((one) => ({ ...one, token: 'create-1' })),
    ...[
      root(4, 'DELETE_IN_PROGRESS', 'User Initiated'),
      event(5, 'Bucket', 'DELETE_FAILED', 'it may not'),
      root(6, 'DELETE_FAILED'),
    ].map((one) => ({ ...one, token: 'delete-1' })),
  ]
  const { seconds, seen, status } = await follow(taken, { started: { token: 'create-1', creates: true } })
  assert.is(status, 'DELETE_FAILED')
  assert.ok(seconds < 12, `${seconds}`)
  assert.ok(seen.includes('Bucket DELETE_FAILED'), seen.join())
})

test('a stack that still has its old status, while its events show the end, is not believed', async () => {
  let asked = 0
  const failed = [...history(1, 9).slice(0, 3), root(10, 'ROLLBACK_COMPLETE')]
  const { status } = await follow(failed, {
    status: () => (++asked < 3 ? 'CREATE_COMPLETE' : 'ROLLBACK_COMPLETE'),
  })
  assert.is(status, 'ROLLBACK_COMPLETE')
})

test('throttled and lost polls, even the last one, wait and change nothing', async () => {
  let count = 0
  const { status } = await follow(history(1, 20), {
    refuse: (action) => {
      count++
      // The SDK tries each request several times before it gives up.
      return count > 3 && count <= 6 && action.startsWith('Describe') ? 'Throttling' : undefined
    },
  })
  assert.is(status, 'CREATE_COMPLETE')
  assert.ok(count > 6)
})

test.run()
