import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { CreateStackCommand, type ResourceStatus } from '@aws-sdk/client-cloudformation'
import { ImportKeyPairCommand } from '@aws-sdk/client-ec2'
import { CLUSTER_TAG, tagList } from '../../tasks/aws/ownership.ts'
import { generateKeyPair } from '../../tasks/aws/public-key.ts'
import { eventOf } from '../../tasks/aws/stack/events.ts'
import { followStack } from '../../tasks/aws/stack/follow.ts'
import { StackProgress } from '../../tasks/aws/stack/progress.ts'
import { realClock } from '../../tasks/base/clock.ts'
import { Project } from '../acceptance/project.ts'
import { serviceOf } from '../aws/stack/service.ts'
import { fileOf } from '../clouds/clouds.ts'
import { openMaster } from '../clouds/master.ts'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { credentials } from '../clouds/stranger.ts'
import { rehearse, settled } from '../rehearsal/fixture.ts'
import { table } from '../table.ts'
import { say, timed } from './measure.ts'

// What the commands take as an account, a cluster or a template grows: their own processor time and peak memory, as AWS is
// rehearsed in another process, and how many requests they make.

const AXES: Record<string, number[]> = {
  'clusters in the account': [1, 10, 100, 1000],
  agents: [5, 50, 500, 1000],
  'kB of template': [10, 100, 900],
}
/** Events of an operation that is under way when somebody begins to follow it. */
const EVENTS = [1, 100, 10_000]
const STEPS = {
  status: ['status'],
  rerun: ['bootstrap'],
  clusters: ['clusters'],
  destroy: ['destroy', '--yes'],
}
type Step = keyof typeof STEPS

interface Cost {
  cpu: number
  peak: number
  calls: number | undefined
}

const project = new Project()
const bin = [process.execPath, project.path('tasks/runner/bin.js')]
const hook = path.resolve('test/bench/usage.cjs')
await timed([...bin, '--list'], { cwd: project.folder })
const account = rehearse({ folder: project.path('.task/rehearsed'), speed: 500 })
const aws = await startRehearsal(project)
const { publicKey } = generateKeyPair('bench')
let standing = 0

/** Others in the account, made through its API. */
async function populate(clusters: number): Promise<void> {
  const TemplateBody = JSON.stringify({
    Resources: { Storage: { Type: 'AWS::S3::Bucket' } },
    Outputs: { DnsAddress: { Value: '127.0.0.1' } },
  })
  for (; standing < clusters; standing++) {
    const name = `other-${standing}`
    const Tags = tagList({ [CLUSTER_TAG]: name })
    await account.cloudFormation.send(new CreateStackCommand({ StackName: name, TemplateBody, Tags }))
    await account.ec2.send(
      new ImportKeyPairCommand({
        KeyName: name,
        PublicKeyMaterial: Buffer.from(publicKey),
        TagSpecifications: [{ ResourceType: 'key-pair', Tags }],
      }),
    )
  }
}

/** A template of so many bytes: what fills it, nobody reads. */
function templateOf(kilobytes: number): string {
  const template = JSON.parse(readFileSync(fileOf('small'), 'utf8'))
  const filling = kilobytes * 1000 - JSON.stringify(template).length
  template.Metadata = { Filling: Array.from({ length: Math.max(1, filling / 104) }, () => '.'.repeat(100)) }
  const file = project.path(`template-${kilobytes}.json`)
  writeFileSync(file, JSON.stringify(template))
  return file
}

async function perform(verb: string[], words: string[]): Promise<Cost> {
  const usage = project.path('usage.json')
  const { output, status } = await timed([...bin, ...verb, ...words, '--json'], {
    cwd: project.folder,
    env: {
      ...credentials,
      HOME: project.home,
      AWS_EC2_METADATA_DISABLED: 'true',
      NODE_OPTIONS: `--require ${hook}`,
      BENCH_USAGE: usage,
    },
  })
  if (status !== 0) throw new Error(`${verb.join(' ')} ended with ${status}:\n${output.slice(-2000)}`)
  const calls = /"calls":(\{[^}]*\})/.exec(output)?.[1]
  const sum = (all: object) => Object.values(all).reduce((total: number, one) => total + one, 0)
  return { ...JSON.parse(readFileSync(usage, 'utf8')), calls: calls && sum(JSON.parse(calls)) }
}

async function measure(axis: string, size: number): Promise<Map<Step, Cost>> {
  if (axis === 'clusters in the account') await populate(size - 1)
  const agents = axis === 'agents' ? size : 5
  const master = await openMaster(agents)
  const there = ['cloud=aws', `aws.endpoint=${aws.url}`]
  const words = [
    'cluster.name=bench',
    `cluster.url=${master.url}`,
    'access.adminLocation=203.0.113.7/32',
    `agents.private=${agents}`,
    `template=${axis === 'kB of template' ? templateOf(size) : fileOf('small')}`,
  ]
  try {
    // What costs nothing is not held up by a quota.
    await perform(['stack'], [...words, 'rehearsal.speed=500'])
    await settled(account.cloudFormation, 'bench')
    await perform(STEPS.rerun, [...there, ...words])
    const costs = new Map<Step, Cost>()
    for (const [step, verb] of Object.entries(STEPS))
      costs.set(step as Step, await perform(verb, [...there, ...words]))
    return costs
  } finally {
    await master.close()
  }
}

/** By how much a value grows when the size doubles: 2 is linear, 1 is none. */
const perDoubling = (from: number, to: number, factor: number) => (to / from) ** (1 / Math.log2(factor))

const only = process.env.BENCH_AXIS
for (const [axis, sizes] of Object.entries(AXES)) {
  if (only && !axis.includes(only)) continue
  const rows: string[][] = [[axis, ...Object.keys(STEPS)]]
  let before: [number, Map<Step, Cost>] | undefined
  for (const size of sizes) {
    const costs = await measure(axis, size)
    rows.push([
      String(size),
      ...[...costs.values()].map(
        ({ calls, cpu, peak }) =>
          `${(cpu / 1000).toFixed(2)} s, ${peak.toFixed(0)} MB${calls === undefined ? '' : `, ${calls} calls`}`,
      ),
    ])
    if (before) {
      const [smaller, cheaper] = before
      const growth = [...costs].map(([step, { cpu, peak }]) => {
        const from = cheaper.get(step)!
        const factor = size / smaller
        return `  ×${perDoubling(from.cpu, cpu, factor).toFixed(2)}, ×${perDoubling(from.peak, peak, factor).toFixed(2)}`
      })
      rows.push(['  a doubling', ...growth])
    }
    before = [size, costs]
  }
  say(table(rows))
  say()
}

/** Reads what an operation of so many events tells, in this process: milliseconds, and kB of memory that it keeps. */
async function readEvents(count: number): Promise<{ ms: number; kilobytes: number; calls: number }> {
  const arn = 'arn:aws:cloudformation:eu-west-1:123456789012:stack/bench/1'
  const event = (index: number, LogicalResourceId: string, ResourceStatus: ResourceStatus) =>
    eventOf({
      EventId: String(index),
      StackId: arn,
      StackName: 'bench',
      Timestamp: new Date(index),
      LogicalResourceId,
      PhysicalResourceId: LogicalResourceId === 'bench' ? arn : LogicalResourceId,
      ResourceType: LogicalResourceId === 'bench' ? 'AWS::CloudFormation::Stack' : 'AWS::S3::Bucket',
      ResourceStatus,
      ResourceStatusReason: index === 0 ? 'User Initiated' : '',
    })
  const history = [
    event(0, 'bench', 'CREATE_IN_PROGRESS'),
    ...Array.from({ length: count }, (_, index) => event(index + 1, `R${index % 500}`, 'CREATE_COMPLETE')),
    event(count + 1, 'bench', 'CREATE_COMPLETE'),
  ]
  const { aws, calls } = serviceOf({
    histories: new Map([[arn, history]]),
    status: () => 'CREATE_COMPLETE',
  })
  const progress = new StackProgress(0, [])
  const { signal } = new AbortController()
  const before = process.memoryUsage().heapUsed
  const started = performance.now()
  await followStack(aws, arn, { clock: realClock, signal, onEvents: (fresh) => progress.add(fresh) })
  const kilobytes = (process.memoryUsage().heapUsed - before) / 1000
  return { ms: performance.now() - started, kilobytes, calls: calls.length }
}

if (!only || 'events'.includes(only)) {
  const rows = [['events', 'to read them', '', 'calls']]
  await readEvents(100)
  for (const count of EVENTS) {
    const { calls, kilobytes, ms } = await readEvents(count)
    rows.push([String(count), `${ms.toFixed(0)} ms`, `${kilobytes.toFixed(0)} kB`, String(calls)])
  }
  say(table(rows))
}
await aws.stop()
account.remove()
project.remove()
