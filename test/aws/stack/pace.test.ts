import { readFileSync } from 'node:fs'
import { CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Durations, expect, expectDeletion, type Node } from '../../../tasks/aws/stack/estimate.ts'
import { eventOf, type StackEvent } from '../../../tasks/aws/stack/events.ts'
import { followStack } from '../../../tasks/aws/stack/follow.ts'
import { StackProgress } from '../../../tasks/aws/stack/progress.ts'
import { usual } from '../../../tasks/aws/stack/usual.ts'
import type { Clock } from '../../../tasks/base/clock.ts'
import { existingResources } from '../../../tasks/template/groups.ts'
import { parseTemplate } from '../../../tasks/template/parse.ts'
import { dependenciesOf } from '../../../tasks/template/references.ts'
import { events, importKey, rehearse, settled } from '../../rehearsal/fixture.ts'
import { serviceOf } from './service.ts'

// How often a whole cluster's events are polled, on a simulated clock: the counts do not depend on this machine.

const test = suite('aws/stack/follow: the pace')
const SPEED = 2000
const text = readFileSync('templates/dcos.yaml', 'utf8')
const given = { KeyName: 'dcos', AdminLocation: '127.0.0.1/32' }

/** The events of our own template's creation and deletion in a rehearsal with this seed, in rehearsed time. */
async function rehearsed(seed: number) {
  const { cloudFormation, ec2, remove } = rehearse({ seed, speed: SPEED })
  await importKey(ec2)
  const { StackId } = await cloudFormation.send(
    new CreateStackCommand({
      StackName: 'dcos',
      TemplateBody: text,
      Capabilities: ['CAPABILITY_IAM'],
      Parameters: Object.entries(given).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    }),
  )
  await settled(cloudFormation, StackId!)
  const created = await events(cloudFormation, StackId!)
  await cloudFormation.send(new DeleteStackCommand({ StackName: StackId }))
  await settled(cloudFormation, StackId!)
  const deleted = (await events(cloudFormation, StackId!)).slice(created.length)
  remove()
  const stretched = (all: typeof created): StackEvent[] => {
    const start = all[0]!.Timestamp!.getTime()
    return all.map((one) => ({
      ...eventOf(one),
      at: new Date((one.Timestamp!.getTime() - start) * SPEED),
    }))
  }
  return { arn: StackId!, created: stretched(created), deleted: stretched(deleted) }
}

const template = parseTemplate(text)
const parameters = Object.fromEntries(
  Object.entries(template.Parameters ?? {}).map(([name, { Default }]) => [name, String(Default ?? '')]),
)
const nodes: Node[] = existingResources(template, { ...parameters, ...given }).map(
  ([logicalId, { Type }]) => ({
    logicalId,
    type: Type,
    needs: [...dependenciesOf(template, logicalId)],
  }),
)

const types = new Map(nodes.map(({ logicalId, type }) => [logicalId, type]))

async function follow(arn: string, history: StackEvent[], durations: Durations | undefined) {
  const clock: Clock & { time: number } = {
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
  const past = () => history.filter(({ at }) => at.getTime() <= clock.time)
  const { aws, calls } = serviceOf({
    histories: new Map([[arn, history]]),
    order: () => past().reverse(),
    status: () => past().findLast((one) => one.root)?.status ?? 'CREATE_IN_PROGRESS',
  })
  const progress = new StackProgress(nodes.length, [])
  await followStack(aws, arn, {
    clock,
    signal: new AbortController().signal,
    expected: () => {
      const begun = new Map([...progress.begun].map(([id, since]) => [id, clock.between(since)]))
      if (!durations) return expectDeletion(types, begun, progress.finished)
      return expect(nodes, durations, begun, progress.finished)
    },
    onEvents: (fresh) => {
      progress.add(fresh)
    },
  })
  return { asked: calls.length, late: (clock.time - history.at(-1)!.at.getTime()) / 1000 }
}

test('a whole cluster is followed with few polls, and its end is noticed quickly', async () => {
  const most = { created: 0, deleted: 0 }
  const latest = { created: 0, deleted: 0 }
  for (let seed = 1; seed <= 4; seed++) {
    const { arn, created, deleted } = await rehearsed(seed)
    for (const [what, history, durations] of [
      ['created', created, usual],
      ['deleted', deleted, undefined],
    ] as const) {
      const { asked, late } = await follow(arn, history, durations)
      most[what] = Math.max(most[what], asked)
      latest[what] = Math.max(latest[what], late)
    }
  }
  console.log(JSON.stringify({ most, latest }))
  // 11 minutes, and 3.5.
  assert.ok(most.created <= 115 && most.deleted <= 60, JSON.stringify(most))
  assert.ok(latest.created <= 15 && latest.deleted <= 5, JSON.stringify(latest))
})

test.run()
