import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Cause,
  type Diagnosis,
  diagnose,
  diagnosisAdvice,
  diagnosisText,
} from '../../../tasks/aws/stack/diagnosis.ts'
import type { StackEvent } from '../../../tasks/aws/stack/events.ts'
import { clockAt } from '../../../tasks/base/clock.ts'
import { serviceOf } from './service.ts'
import { arnOf, cancelled, type Expected, type Stream, writtenStreams } from './streams.ts'

const diagnosis = suite('diagnosis')

const streams = writtenStreams()
const options = { signal: new AbortController().signal, clock: clockAt(1000) }

/** mulberry32: the same shuffles in every run. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const all = [...items]
  for (let index = all.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1))
    ;[all[index], all[other]] = [all[other]!, all[index]!]
  }
  return all
}

/** How a diagnosis differs from the expected one; undefined if it does not. */
function wrong(found: Diagnosis | undefined, expected: Expected): string | undefined {
  if (!found) return 'nothing was found'
  const parts = [
    compare(found, expected),
    ...(expected.afterwards ? [] : found.afterwards ? ['afterwards'] : []),
  ]
  if (expected.afterwards) {
    parts.push(
      found.afterwards
        ? compare(found.afterwards, { type: found.afterwards.type, ...expected.afterwards })
        : 'nothing afterwards',
    )
  }
  if (/[\n\r]/.test(diagnosisText(found))) parts.push('more than one line')
  if (/\p{Cc}|Request ?ID|RequestToken/u.test(diagnosisText(found))) parts.push('noise')
  return parts.filter(Boolean).join('; ') || undefined
}

function compare(found: Cause, expected: Expected): string | undefined {
  const { advice, afterwards: _, also = [], known, ...plain } = expected
  const actual = { path: found.path, type: found.type, during: found.during, reason: found.reason }
  for (const [key, value] of Object.entries(plain)) {
    if (actual[key as keyof typeof actual] !== value)
      return `${key}: ${actual[key as keyof typeof actual]} instead of ${value}`
  }
  if (found.known !== known) return `known: ${found.known} instead of ${known}`
  if (found.alsoFailed.join() !== also.join()) return `also failed: ${found.alsoFailed} instead of ${also}`
  const missing = advice.filter((word) => !found.advice.includes(word))
  return missing.length > 0 ? `advice lacks ${missing}: ${found.advice}` : undefined
}

const rootOf = ({ histories, stack }: Stream) => histories.get(stack.arn)!

diagnosis(
  'every recorded stream is diagnosed as expected, whatever events are known beforehand',
  async () => {
    const differences: string[] = []
    for (const stream of streams) {
      for (const known of [[], rootOf(stream)]) {
        const { aws } = serviceOf(stream)
        const difference = wrong(await diagnose(aws, stream.stack, known, options), stream.expect)
        if (difference) differences.push(`${stream.name} (${known.length} events known): ${difference}`)
      }
    }
    const failed = new Set(differences.map((difference) => difference.split(' ')[0]))
    console.log(`cause: ${streams.length - failed.size} of ${streams.length} (recorded)`)
    assert.equal(differences, [])
    assert.ok(streams.length >= 30)
  },
)

diagnosis(
  'if the service has DescribeEvents, the failures of its operations give the same diagnosis',
  async () => {
    for (const stream of streams) {
      // The operation of each event, as CloudFormation numbers them: every rollback is a separate one.
      const ids = new Map<StackEvent, { id: string; type: string }>()
      for (const [arn, history] of stream.histories) {
        let current = { id: `${arn}-0`, type: 'CREATE_STACK' }
        history.forEach((event, index) => {
          const verb = /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/.exec(event.status)?.[1]
          if (event.root && /ROLLBACK_IN_PROGRESS|Delete requested/.test(`${event.status}${event.reason}`))
            current = { id: `${arn}-${index}`, type: index % 2 ? 'ROLLBACK' : 'CONTINUE_ROLLBACK' }
          else if (event.root && verb) current = { id: `${arn}-${index}`, type: `${verb}_STACK` }
          ids.set(event, current)
        })
      }
      const byId = new Map([...ids].map(([event, operation]) => [event.id, operation]))
      const { aws } = serviceOf({
        ...stream,
        operations: (event) => {
          const { id, type } = byId.get(event.id) ?? { id: 'cancelled', type: 'CREATE_STACK' }
          return { OperationId: id, OperationType: type, EventType: 'STACK_EVENT' }
        },
      })
      const difference = wrong(await diagnose(aws, stream.stack, rootOf(stream), options), stream.expect)
      assert.is(difference, undefined, stream.name)
    }
  },
)

diagnosis('neither order, nor repetition, nor cancelled noise changes the diagnosis', async () => {
  const random = chance(5)
  for (const stream of streams) {
    const plain = await diagnose(serviceOf(stream).aws, stream.stack, rootOf(stream), options)
    for (let round = 0; round < 4; round++) {
      // Noise comes with a failure, never after the stack's own event.
      const noise = (events: StackEvent[]) =>
        events
          .filter((event) => event.status === 'CREATE_FAILED' && !event.root)
          .slice(0, 2)
          .flatMap((event, index) =>
            Array.from({ length: 20 }, (_, one) => cancelled(event.at.getTime(), `Noise${index}x${one}`)),
          )
      const histories = new Map(
        [...stream.histories].map(([arn, events]) => {
          const again = events.filter(() => random() < 0.3)
          return [arn, shuffled([...events, ...again, ...(round > 1 ? noise(events) : [])], random)]
        }),
      )
      const { aws } = serviceOf({
        histories,
        page: 1 + Math.floor(random() * 7),
        order: (events) => events,
      })
      const known = round % 2 ? [] : shuffled(histories.get(stream.stack.arn)!, random)
      const found = await diagnose(aws, stream.stack, known, options)
      assert.equal(found, plain, `${stream.name}, round ${round}`)
    }
  }
})

const history = (rows: [number, string, string, string, string?][]) =>
  new Map([
    [
      arnOf('dcos'),
      rows.map(([second, logicalId, type, status, reason = ''], index) => ({
        id: String(index),
        at: new Date(second * 1000),
        logicalId,
        physicalId: logicalId === 'dcos' ? arnOf('dcos') : '',
        type: type || 'AWS::CloudFormation::Stack',
        status,
        reason,
        root: logicalId === 'dcos',
      })),
    ],
  ])

const failed = { name: 'dcos', arn: arnOf('dcos'), status: 'ROLLBACK_COMPLETE' }
const one = history([
  [0, 'dcos', '', 'CREATE_IN_PROGRESS', 'User Initiated'],
  [1, 'Nat', 'AWS::EC2::Instance', 'CREATE_FAILED', 'You are out of luck.'],
  [2, 'dcos', '', 'ROLLBACK_IN_PROGRESS', 'The following resource(s) failed to create: [Nat].'],
])

diagnosis('late events are read once more, and missing ones are not waited for', async () => {
  let asked = 0
  const late = serviceOf({ histories: one, order: (events) => (asked++ === 0 ? [] : events) })
  assert.is((await diagnose(late.aws, failed, [], options))?.path, 'Nat')
  assert.is(asked, 2)
  const never = serviceOf({ histories: one, order: () => [] })
  assert.is(await diagnose(never.aws, failed, [], options), undefined)
  assert.equal(never.calls, [
    `DescribeEvents ${failed.arn}`,
    `DescribeStackEvents ${failed.arn}`,
    `DescribeStackEvents ${failed.arn}`,
  ])
})

diagnosis('known events are enough; a service without DescribeEvents is called for it once', async () => {
  const { aws, calls } = serviceOf({ histories: one })
  const known = one.get(failed.arn)!
  await diagnose(aws, failed, known, options)
  await diagnose(aws, failed, known, options)
  assert.equal(calls, [`DescribeEvents ${failed.arn}`])
  assert.is(await diagnose(aws, { ...failed, status: 'CREATE_COMPLETE' }, known, options), undefined)
  assert.is(calls.length, 1)
})

diagnosis('if a service refuses every call, known events are used; an abort is passed on', async () => {
  const { aws } = serviceOf({ histories: one, refuse: () => 'ExpiredToken' })
  assert.is((await diagnose(aws, failed, one.get(failed.arn)!, options))?.path, 'Nat')
  assert.is(await diagnose(aws, failed, [], options), undefined)
  const stop = new AbortController()
  stop.abort(new Error('stopped'))
  try {
    await diagnose(aws, failed, [], { ...options, signal: stop.signal })
    assert.unreachable()
  } catch (error) {
    assert.is((error as Error).message, 'stopped')
  }
})

diagnosis('what early validation refused is reported with its path', async () => {
  const refused = history([[1, 'Bucket', 'AWS::S3::Bucket', '']])
  const { aws } = serviceOf({
    histories: refused,
    operations: () => ({
      OperationId: 'one',
      OperationType: 'CREATE_STACK',
      EventType: 'VALIDATION_ERROR',
      ValidationFailureMode: 'FAIL',
      ValidationStatus: 'FAILED',
      ValidationStatusReason: 'Bucket names are lower case',
      ValidationPath: '/Resources/Bucket/Properties/BucketName',
    }),
  })
  const found = await diagnose(aws, { ...failed, status: 'CREATE_FAILED' }, [], options)
  assert.is(found?.path, 'Bucket')
  assert.is(found?.reason, 'Bucket names are lower case (/Resources/Bucket/Properties/BucketName)')
  const warned = serviceOf({
    histories: refused,
    operations: () => ({
      OperationType: 'CREATE_STACK',
      ValidationFailureMode: 'WARN',
      ValidationStatusReason: 'x',
    }),
  })
  assert.is(await diagnose(warned.aws, failed, [], options), undefined)
})

diagnosis(
  'an old operation is not mistaken for the new one if DescribeEvents has only its failures',
  async () => {
    const old = history([[-900, 'Old', 'AWS::IAM::Role', 'UPDATE_FAILED', 'Long ago']])
    const { aws } = serviceOf({
      histories: old,
      operations: () => ({ OperationId: 'old', OperationType: 'UPDATE_STACK' }),
    })
    const known = history([
      [0, 'dcos', '', 'UPDATE_IN_PROGRESS', 'User Initiated'],
      [5, 'Group', 'AWS::AutoScaling::AutoScalingGroup', 'UPDATE_FAILED', 'Just now'],
    ]).get(failed.arn)!
    const found = await diagnose(aws, { ...failed, status: 'UPDATE_ROLLBACK_COMPLETE' }, known, options)
    assert.is(found?.path, 'Group')
  },
)

diagnosis('creation and rollback are told apart if a coarse clock puts them in one millisecond', async () => {
  const coarse = history([
    [0, 'dcos', '', 'CREATE_IN_PROGRESS', 'User Initiated'],
    [9, 'Bucket', 'AWS::S3::Bucket', 'DELETE_FAILED', 'The bucket you tried to delete is not empty'],
    [9, 'dcos', '', 'ROLLBACK_IN_PROGRESS', 'Rollback requested'],
    [9, 'Role', 'AWS::IAM::Role', 'CREATE_FAILED', 'No such thing'],
    [9, 'dcos', '', 'ROLLBACK_FAILED', 'The following resource(s) failed to delete: [Bucket]. '],
  ])
  const { aws } = serviceOf({ histories: coarse })
  const found = await diagnose(aws, { ...failed, status: 'ROLLBACK_FAILED' }, [], options)
  assert.equal([found?.path, found?.alsoFailed, found?.afterwards?.path], ['Role', [], 'Bucket'])
})

diagnosis(
  'an encoded denial is decoded if the caller is allowed to, and its blob is never shown',
  async () => {
    const stream = streams.find(({ name }) => name === 'encoded-message')!
    const { aws } = serviceOf({
      ...stream,
      decoded: {
        allowed: false,
        explicitDeny: true,
        context: { action: 'ec2:RunInstances', resource: 'arn:aws:ec2:eu-west-1:1:instance/*' },
      },
    })
    const found = (await diagnose(aws, stream.stack, [], options))!
    assert.match(found.advice, 'a policy forbids ec2:RunInstances on arn:aws:ec2:eu-west-1:1:instance/*')
    assert.not.match(diagnosisText(found), '0l-KPWQJ8q5z3')
  },
)

diagnosis("counted signals are reported instead of AWS's summary", async () => {
  const stream = streams.find(({ name }) => name === 'signals-instance')!
  const groups = [{ logicalId: 'SlaveServerGroup', expected: 5, received: 4 }]
  const events = history([
    [0, 'dcos', '', 'CREATE_IN_PROGRESS'],
    [
      9,
      'SlaveServerGroup',
      'AWS::AutoScaling::AutoScalingGroup',
      'CREATE_FAILED',
      'Failed to receive 1 resource signal(s) within the specified duration',
    ],
  ]).get(failed.arn)!
  const found = await diagnose(serviceOf(stream).aws, failed, events, { ...options, groups })
  assert.match(found!.advice, '4 of 5 nodes of SlaveServerGroup')
})

diagnosis('one line names the resource, the reason, what else failed and what to do', async () => {
  const diagnoseStream = async (name: string) => {
    const stream = streams.find((one) => one.name === name)!
    return (await diagnose(serviceOf(stream).aws, stream.stack, [], options))!
  }
  assert.is(
    diagnosisText(await diagnoseStream('simultaneous')),
    "SubnetAZ1 (AWS::EC2::Subnet): The CIDR '10.4.1.0/24' conflicts with another subnet (also failed: SubnetAZ2, SubnetAZ3) — the addresses 10.4.1.0/24 overlap with another subnet's, or are outside the VPC's: give it a free range in the template, then npx task bootstrap",
  )
  const twice = await diagnoseStream('expired-token')
  assert.match(
    diagnosisText(twice),
    /expired; then the rollback failed: Vpc \(AWS::EC2::VPC\): Request has expired \(also failed: MasterRole\) — /,
  )
  assert.match(diagnosisAdvice(twice), /npx task bootstrap; for the rollback: .* then npx task destroy$/)
})

diagnosis.run()
