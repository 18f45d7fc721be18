import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Live } from '../acceptance/live.ts'
import { Project, type Ran } from '../acceptance/project.ts'
import { optional } from '../optional.ts'
import { BootWorld } from './world.ts'

// The user data of our template, run for real: as root, in network and mount namespaces, over an overlay of this machine's root. AWS is the
// rehearsal, whose stack waits for the signals of these nodes; docker, systemctl, yum and DC/OS's installer are stand-ins that record their calls.

const test = suite('first boot')

/** The paths that it needs, and the names of those that are missing. */
const needs = ['ip', 'unshare', 'openssl', 'curl', 'awk', 'bash'].map((name) => pathOf(name) ?? name)
if (process.getuid?.() !== 0) needs.push('root')
else if (spawnSync('unshare', ['--net', '--mount', 'true']).status !== 0) needs.push('network namespaces')

function pathOf(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin']
  return folders.map((folder) => path.join(folder, program)).find(existsSync)
}

interface Booted {
  ran: Ran
  transcript: string
}

/** Brings up a cluster whose nodes are booted here, and destroys it. */
async function bootstrap(
  {
    speed = 60,
    ...how
  }: Omit<Parameters<typeof BootWorld.open>[0], 'endpoint' | 'rehearsal'> & { speed?: number },
  words: string[] = [],
  then: (project: Project, world: BootWorld) => Promise<void> = async () => {},
): Promise<Booted> {
  const project = new Project()
  const settings = ['rehearsal.signals=outside', `rehearsal.speed=${speed}`]
  const served = new Live(project.start(['rehearsal', '0', ...settings]))
  const endpoint = (await served.says(/^AWS endpoint (\S+)$/m))[1]!
  const world = await BootWorld.open({
    ...how,
    endpoint,
    rehearsal: project.path('.task/rehearsed'),
  })
  try {
    const installer = `installer.from=${process.cwd()}/test/boot/stand-ins/dcos_generate_config.sh`
    const size = ['agents.private=1', 'agents.public=1']
    const ran = await project.run(['bootstrap', ...settings, ...size, installer, ...words])
    await then(project, world)
    return { ran, transcript: world.transcript() }
  } finally {
    await world.close()
    await served.end('SIGTERM')
    project.remove()
  }
}

optional(
  test,
  needs,
  'bootstrap node, master and agents boot, install and signal, and so the cluster is up',
  async () => {
    const pool = 'agents.pools=[{ name: edge, count: 1, public: true }]'
    const { ran, transcript } = await bootstrap({ speed: 30 }, [pool], async (project) => {
      const again = await project.run([
        'bootstrap',
        '--json',
        'rehearsal.signals=outside',
        'agents.private=1',
        pool,
      ])
      assert.equal(again.end.ran, [])
    })
    assert.is(ran.code, 0, `${ran.stdout}${ran.stderr}\n${transcript}`)
    for (const step of [
      'generate the packages of the cluster',
      'serve the packages',
      'install DC/OS',
      'wait until DC/OS is healthy',
    ])
      assert.match(transcript, `step: ${step}`)
    assert.is(transcript.match(/signalled SUCCESS/g)?.length, 5, transcript)
    // DC/OS's own attribute of public agents, which this file replaces, and ours.
    assert.match(transcript, 'MESOS_ATTRIBUTES=public_ip:true;pool:edge')
  },
)

const bootstrapNode = { only: /Bootstrap/ }
const faults: [step: string, how: Parameters<typeof bootstrap>[0], reason: string, words?: string[]][] = [
  [
    'install packages',
    { ...bootstrapNode, plan: ['yum : No package docker-ce-19.03.15 available.'] },
    'No package docker-ce',
  ],
  [
    'prepare the machine',
    { ...bootstrapNode, plan: ['modprobe overlay : modprobe: FATAL: Module overlay not found.'] },
    'Module overlay not found',
  ],
  [
    'fetch the installer',
    bootstrapNode,
    'installer.sha256',
    [`parameters.InstallerSha256=${'0'.repeat(64)}`],
  ],
  ['write the configuration', { ...bootstrapNode, silent: /Bootstrap/ }, '404'],
  [
    'generate the packages of the cluster',
    { ...bootstrapNode, plan: ['installer: resolvers: must be a list'] },
    'resolvers: must be a list',
  ],
  [
    'serve the packages',
    { ...bootstrapNode, plan: ['docker run : port is already allocated'] },
    'port is already allocated',
  ],
  ['wait for the bootstrap node', { only: /Slave/, overdue: 40 }, 'not done after 40 minutes'],
  ['install DC/OS', { plan: ['install: Docker is too old'] }, 'Docker is too old'],
  [
    'wait until DC/OS is healthy',
    { plan: ['checks: zookeeper is not serving'], overdue: 22, speed: 30 },
    'not done after 22 minutes',
  ],
]

for (const [step, how, reason, words] of faults) {
  optional(test, needs, `a node that fails in "${step}" is reported on the user's terminal`, async () => {
    const { ran, transcript } = await bootstrap(how, words)
    const told = ran.stdout + ran.stderr
    assert.is(ran.code, 1, `${told}\n${transcript}`)
    assert.match(told, `FAILED: ${step}`, `${told}\n${transcript}`)
    assert.match(told, reason, `${told}\n${transcript}`)
    assert.match(told, `could not ${step}: `)
    assert.match(told, 'ended in ROLLBACK_COMPLETE')
  })
}

test.run()
