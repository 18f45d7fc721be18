import { readdirSync, readFileSync, statSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slow } from '../optional.ts'
import { Project } from './project.ts'

// What CloudFormation does not report about nodes that do not come up.

const test = suite('nodes that do not come up')
const project = new Project()
const speed = 'rehearsal.speed=200'
const CAPACITY =
  'We currently do not have sufficient m5.large capacity in the Availability Zone you requested (eu-west-1a). Launching EC2 instance failed.'

function fail(...faults: object[]): string {
  return `rehearsal.fail=${JSON.stringify(faults)}`
}

slow(test, 'a group without capacity is named long before its signals time out', async () => {
  const { code, events } = await project.run([
    'bootstrap',
    'cluster.name=full',
    speed,
    '--json',
    fail({ resource: 'SlaveServerGroup', signals: 2, reason: CAPACITY }),
  ])
  assert.is(code, 1)
  const at = (found: (typeof events)[number] | undefined) => Date.parse(found!.time)
  const named = events.find(
    (event) =>
      event.event === 'log' && event.message.includes('SlaveServerGroup cannot launch all of its instances'),
  )
  assert.ok(named && 'message' in named, 'it is named')
  assert.match(named.message, 'sufficient m5.large capacity')
  assert.match(named.message, /\n {2}next: AWS has no m5\.large free in that zone right now/)
  const failed = events.find(
    (event) => event.event === 'log' && /^SlaveServerGroup failed/.test(event.message),
  )
  const begun = events.find((event) => event.event === 'start' && event.task === 'wait')
  // The timeout is 88 minutes, too long to wait for even at rehearsal speed.
  assert.ok(
    at(named) - at(begun) < (at(failed) - at(begun)) / 3,
    `${at(named) - at(begun)} of ${at(failed) - at(begun)} ms`,
  )
  assert.is(
    events.filter((event) => event.event === 'log' && event.message.includes('cannot launch')).length,
    1,
  )
  await project.run(['destroy', '--yes', 'cluster.name=full', 'rehearsal.speed=1000'])
})

test('the console of a node that signals a failure is kept, and its last lines are shown', async () => {
  const { code, events } = await project.run([
    'bootstrap',
    'cluster.name=broken',
    speed,
    '--json',
    fail({ resource: 'MasterServerGroup', reason: 'step install: no space left on device' }),
  ])
  assert.is(code, 1)
  const said = events.find((event) => event.event === 'log' && / last printed \(/.test(event.message))
  assert.ok(said && 'message' in said)
  assert.match(
    said.message,
    /MasterServerGroup i-[0-9a-f]+ last printed[\s\S]*FAILED: install DC\/OS[\s\S]*no space left on device/,
  )
  const folder = project.path('.task/rehearsal/eu-west-1/broken/consoles')
  const [name] = readdirSync(folder)
  assert.match(name!, /^i-[0-9a-f]+\.txt$/)
  assert.match(readFileSync(`${folder}/${name}`, 'utf8'), 'Linux version')
  assert.is(statSync(`${folder}/${name}`).mode & 0o077, 0, 'a console may contain secrets')
  await project.run(['destroy', '--yes', 'cluster.name=broken', 'rehearsal.speed=1000'])
})

test('without permission to check it says so once, and continues', async () => {
  const { code, events, stdout } = await project.run([
    'bootstrap',
    'cluster.name=blind',
    speed,
    '--json',
    fail({ call: 'DescribeScalingActivities', error: 'AccessDenied', times: 1000 }),
  ])
  assert.is(code, 0, stdout)
  const lines = events.filter((event) => event.event === 'log' && /could not read/.test(event.message))
  assert.is(lines.length, 1)
  await project.run(['destroy', '--yes', 'cluster.name=blind', 'rehearsal.speed=1000'])
})

test('failed resources are kept for inspection, if the config says so', async () => {
  const words = ['cluster.name=kept', speed, 'cluster.keepFailed=true', '--json']
  const { code, stdout } = await project.run([
    'bootstrap',
    ...words,
    fail({ resource: 'MasterServerGroup', reason: 'step install: no space left on device' }),
  ])
  assert.is(code, 1)
  assert.match(stdout, 'stack kept ended in CREATE_FAILED')
  const { code: down, end } = await project.run([
    'destroy',
    '--yes',
    'cluster.name=kept',
    'rehearsal.speed=1000',
    '--json',
  ])
  assert.equal([down, end.left], [0, []])
})

test.run()
