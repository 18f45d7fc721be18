import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { generateKeyPair } from '../../tasks/aws/public-key.ts'
import { Project } from '../acceptance/project.ts'
import { clouds, fileOf, templates } from '../clouds/clouds.ts'
import { credentials } from '../clouds/stranger.ts'
import { table } from '../table.ts'
import { median, rounds, say, timed } from './measure.ts'
import { type Job, missing, peers, type Step, steps } from './peers.ts'
import { countByOperation, openProxy } from './proxy.ts'

// The same job by us and by others, through a proxy that counts: a key pair and a stack up, again, down, and again.

const ROUNDS = rounds(5)

/** The largest template there is, on the emulator that can bring it up; else on the rehearsal over HTTP. */
const able = (name: string, template: string) =>
  clouds.filter((cloud) => cloud.name === name && cloud.needs(template).every((file) => existsSync(file)))
const [moto] = able('moto', 'official 2021')
const cloud = moto ?? able('rehearsal over HTTP', 'small')[0]!
const template = moto ? 'official 2021' : 'small'

const project = new Project()
const standing = await cloud.start(project)
const proxy = await openProxy(standing.endpoint)
const folder = project.path('bench')
mkdirSync(folder)
const publicKey = `${folder}/key.pub`
writeFileSync(publicKey, generateKeyPair('bench').publicKey)
const job = (name: string): Job => ({
  name,
  endpoint: proxy.url,
  template: fileOf(template),
  publicKey,
  folder,
})

const env = { ...credentials, HOME: project.home, AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '' }
const words = [
  ...standing.words.filter((word) => !word.startsWith('aws.endpoint=')),
  `aws.endpoint=${proxy.url}`,
  `access.publicKey=${publicKey}`,
  ...templates[template]!,
]
const verbs: Record<Step, string[]> = {
  bootstrap: ['bootstrap'],
  rerun: ['bootstrap'],
  destroy: ['destroy', '--yes'],
  again: ['destroy', '--yes'],
}
const ours = 'dcos-bootstrap'

/** Runs the step's commands; answers with the last status that is not 0. */
async function perform(who: string, step: Step, name: string): Promise<number> {
  const peer = peers.find((one) => one.name === who)
  const bin = [process.execPath, project.path('tasks/runner/bin.js')]
  const commands = peer?.commands(step, job(name)) ?? [
    [...bin, ...verbs[step], `cluster.name=${name}`, ...words],
  ]
  let worst = 0
  for (const argv of commands) {
    const { output, status } = await timed(argv, { cwd: project.folder, env })
    if (status === 0) continue
    worst = status ?? -1
    if (process.env.BENCH_VERBOSE) say(`${argv.join(' ')}: ${status}\n${output}`)
  }
  return worst
}

interface Result {
  ms: number[]
  calls: string[]
  counts: number[]
  status: number
}
const results = new Map<string, Result>()

const everybody = [ours, ...peers.map((peer) => peer.name)]
// The first start makes the bundle.
await timed([process.execPath, project.path('tasks/runner/bin.js'), '--list'], { cwd: project.folder })
for (let round = 0; round < ROUNDS; round++) {
  for (const [index, who] of everybody.entries()) {
    for (const step of steps) {
      proxy.take()
      const started = performance.now()
      const status = await perform(who, step, `bench-${index}-${round}`)
      const ms = performance.now() - started
      const calls = proxy.take()
      const result = results.get(`${who} ${step}`) ?? { ms: [], calls: [], counts: [], status: 0 }
      results.set(`${who} ${step}`, result)
      result.ms.push(ms)
      result.counts.push(calls.length)
      result.calls.push(countByOperation(calls))
      result.status = status
    }
  }
}

say(
  `The same job on ${cloud.name} with the template ${template}, medians of ${ROUNDS}; calls counted by a proxy`,
)
say(
  table([
    ['', ...steps],
    ...everybody.map((who) => [
      who,
      ...steps.map((step) => {
        const { counts, ms, status } = results.get(`${who} ${step}`)!
        const ratio = median(ms) / median(results.get(`${ours} ${step}`)!.ms)
        const beside = who === ours ? '' : `, ×${ratio.toFixed(1)}`
        return `${(median(ms) / 1000).toFixed(1)} s, ${median(counts)} calls${beside}${status === 0 ? '' : `, exit ${status}`}`
      }),
    ]),
  ]),
)
say()
for (const who of everybody)
  for (const step of steps) say(`${who}, ${step}: ${results.get(`${who} ${step}`)!.calls.at(-1)}`)
if (missing.length > 0) say(`not on this machine: ${missing.join(', ')}`)
await proxy.close()
await standing.stop()
project.remove()
