import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { CloudFormationClient, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation'
import { generateKeyPair } from '../../tasks/aws/public-key.ts'
import { Project } from '../acceptance/project.ts'
import { fileOf } from '../clouds/clouds.ts'
import { openMaster } from '../clouds/master.ts'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { credentials } from '../clouds/stranger.ts'
import { table } from '../table.ts'
import { median, rounds, say, timed } from './measure.ts'
import { missing, peers } from './peers.ts'
import { countByOperation, openProxy } from './proxy.ts'

// A stack that is in progress for some 20 seconds, in a rehearsal that runs over HTTP in real time: how long after its end
// it is noticed, and how many requests that took. For us the end is the start of what comes next, for others their own end.

const ROUNDS = rounds(3)
/** What was set out to be reached. */
const GOAL = { late: 1, calls: 14 }

const project = new Project()
const { stop, url } = await startRehearsal(project, 'rehearsal.speed=1')
const proxy = await openProxy(url)
const master = await openMaster()
const folder = project.path('bench')
mkdirSync(folder)
const publicKey = `${folder}/key.pub`
writeFileSync(publicKey, generateKeyPair('bench').publicKey)
const template = `${folder}/held.json`
writeFileSync(template, JSON.stringify(held()))
const env = { ...credentials, HOME: project.home, AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '' }
const watcher = new CloudFormationClient({
  endpoint: url,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'AKIAWATCHER', secretAccessKey: 'watcher' },
})

interface Result {
  held: number
  late: number
  calls: string
  count: number
}

async function byUs(name: string): Promise<number> {
  const bin = [process.execPath, project.path('tasks/runner/bin.js')]
  const words = [
    'cloud=aws',
    `aws.endpoint=${proxy.url}`,
    `cluster.url=${master.url}`,
    'access.adminLocation=203.0.113.7/32',
  ]
  const own = [`cluster.name=${name}`, `template=${template}`, `access.publicKey=${publicKey}`]
  const { output, status } = await timed([...bin, 'bootstrap', '--json', ...words, ...own], {
    cwd: project.folder,
    env,
  })
  if (status !== 0) throw new Error(output)
  const events = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  return Date.parse(events.find(({ event, task }) => event === 'done' && task === 'wait').time)
}

async function byPeer(index: number, name: string): Promise<number> {
  const job = { name, endpoint: proxy.url, template, publicKey, folder }
  for (const argv of peers[index]!.commands('bootstrap', job)) await timed(argv, { cwd: project.folder, env })
  return Date.now()
}

async function measure(name: string, perform: (name: string) => Promise<number>): Promise<Result> {
  proxy.take()
  const noticed = await perform(name)
  const calls = proxy.take()
  const { StackEvents } = await watcher.send(new DescribeStackEventsCommand({ StackName: name }))
  const root = (StackEvents ?? []).filter((event) => event.ResourceType === 'AWS::CloudFormation::Stack')
  const [ended, began] = [root[0]!.Timestamp!.getTime(), root.at(-1)!.Timestamp!.getTime()]
  return {
    held: (ended - began) / 1000,
    late: (noticed - ended) / 1000,
    calls: countByOperation(calls),
    count: calls.length,
  }
}

const everybody: [string, (name: string) => Promise<number>][] = [
  ['dcos-bootstrap', byUs],
  ...peers.map((peer, index) => [peer.name, (name: string) => byPeer(index, name)] as const),
] as never
const results = new Map<string, Result[]>(everybody.map(([who]) => [who, []]))
for (let round = 0; round < ROUNDS; round++) {
  for (const [index, [who, perform]] of everybody.entries())
    results.get(who)!.push(await measure(`held-${index}-${round}`, perform))
}

say(
  `A stack that is held in progress, medians of ${ROUNDS} (goal: noticed within ${GOAL.late} s, at most ${GOAL.calls} calls)`,
)
say(
  table([
    ['', 'in progress', 'noticed after', 'calls'],
    ...everybody.map(([who]) => {
      const all = results.get(who)!
      const middle = (key: 'held' | 'late' | 'count') => median(all.map((one) => one[key]))
      return [who, `${middle('held').toFixed(1)} s`, `${middle('late').toFixed(1)} s`, `${middle('count')}`]
    }),
  ]),
)
say()
for (const [who] of everybody) say(`${who}: ${results.get(who)!.at(-1)!.calls}`)
if (missing.length > 0) say(`not on this machine: ${missing.join(', ')}`)
watcher.destroy()
await master.close()
await proxy.close()
await stop()
project.remove()

/** Only what takes as long as is wanted: a gateway, in real time, some 15 to 18 s from its start. */
function held(): object {
  const { AdminLocation, KeyName } = JSON.parse(readFileSync(fileOf('small'), 'utf8')).Parameters
  return {
    Parameters: { AdminLocation, KeyName },
    Resources: { Gateway: { Type: 'AWS::EC2::InternetGateway' } },
  }
}
