import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Live } from './live.ts'
import { Project } from './project.ts'

// Everyday commands. The rehearsal is served to a second project, which uses it as AWS.

const test = suite('everyday commands')
const project = new Project()
const fast = 'rehearsal.speed=1000'
const credentials = { AWS_ACCESS_KEY_ID: 'AKIAREHEARSAL', AWS_SECRET_ACCESS_KEY: 'rehearsal' }

/** A fake ssh that records its arguments, and exits with the given status. */
const bin = project.path('.bin')
mkdirSync(bin)
writeFileSync(
  `${bin}/ssh`,
  `#!/bin/sh\nfor word; do echo "$word"; done > "${project.path('ssh.txt')}"\nexit 7\n`,
  {
    mode: 0o755,
  },
)

let served: Live | undefined
let onAws: string[] = []

test.before(async () => {
  const up = await project.run(['bootstrap', fast, 'agents.private=2'])
  assert.is(up.code, 0, up.stderr)
  served = new Live(project.start(['rehearsal', '0', fast]))
  const [, endpoint] = await served.says(/AWS endpoint (\S+)/)
  await served.says(/cluster dcos http/)
  onAws = ['cloud=aws', `aws.endpoint=${endpoint}`]
})

test.after(async () => {
  await served?.end('SIGTERM')
})

test('nodes: each with its address, state and load, for people and for scripts', async () => {
  const { code, stdout } = await project.run(['nodes', 'agents.private=2'])
  assert.is(code, 0)
  const rows = stdout.trimEnd().split('\n')
  assert.match(rows[0]!, /^NODE +ADDRESS +PUBLIC +ZONE +STATE +TASKS +CPUS +MEM/)
  assert.equal(
    rows.slice(1).map((row) => row.split(/ {2,}/)[0]),
    ['master 1 (leader)', 'agent 1', 'agent 2', 'public 1', 'bootstrap 1'],
  )
  const { nodes } = JSON.parse((await project.run(['nodes', '--json'])).stdout)
  assert.equal(
    nodes.map(({ role, state }: { role: string; state: string }) => `${role} ${state}`),
    ['master healthy', 'agent healthy', 'agent healthy', 'public healthy', 'bootstrap running'],
  )
  assert.is(nodes[1].publicAddress, undefined)
  assert.match(nodes[0].publicAddress, /^\d+\./)
})

test('ssh: directly to a master, through it to a private agent, with the exit status of ssh', async () => {
  const environment = { ...credentials, PATH: `${bin}:${process.env.PATH}` }
  const run = (...words: string[]) => project.run(['ssh', ...onAws, ...words], { environment })
  const { nodes } = JSON.parse((await project.run(['nodes', '--json'])).stdout)
  const [master, agent] = nodes

  const first = await run()
  assert.is(first.code, 7, first.stderr)
  const straight = readFileSync(project.path('ssh.txt'), 'utf8').trim().split('\n')
  assert.equal(straight.slice(-3), ['-l', 'centos', master.publicAddress])
  assert.ok(straight.includes('StrictHostKeyChecking=accept-new'))
  assert.match(straight.join('\n'), /UserKnownHostsFile=".*\.task\/aws\/eu-west-1\/dcos\/known_hosts"/)

  assert.is((await run('agent', '1', 'access.sshUser=core', '--', 'uptime', '-p')).code, 7)
  const jumped = readFileSync(project.path('ssh.txt'), 'utf8').trim().split('\n')
  assert.match(jumped[1]!, new RegExp(`^ProxyCommand=ssh .* -l core -W %h:%p ${master.publicAddress}$`))
  assert.equal(jumped.slice(-4), [agent.address, '--', 'uptime', '-p'])

  const shown = await run('agent', '2', '-n')
  assert.is(shown.code, 0)
  assert.match(shown.stdout, /^ssh -o 'ProxyCommand=ssh /)
  // Its security group allows no SSH from the internet, in any template of DC/OS.
  const open = nodes.find(({ role }: { role: string }) => role === 'public')
  assert.is((await run(open.publicAddress)).code, 7)
  const toPublic = readFileSync(project.path('ssh.txt'), 'utf8').trim().split('\n')
  assert.match(toPublic[1]!, /^ProxyCommand=ssh /)
  assert.is(toPublic.at(-1), open.address)
  assert.ok(toPublic.includes(`HostKeyAlias=${open.instance}`))
  // Before there are masters, it is where an installation fails; its security group admits administrators.
  const bootstrapNode = nodes.find(({ role }: { role: string }) => role === 'bootstrap')
  assert.is((await run('bootstrap')).code, 7)
  const toBootstrap = readFileSync(project.path('ssh.txt'), 'utf8').trim().split('\n')
  assert.is(toBootstrap.at(-1), bootstrapNode.publicAddress)
  assert.not.match(toBootstrap.join('\n'), 'ProxyCommand')

  const none = await run('agent', '9')
  assert.is(none.code, 2)
  assert.match(
    none.stderr,
    /USAGE there is no node agent 9\n +why: +the cluster has 1 × master, 2 × agent, 1 × public/,
  )
})

test('ssh: a rehearsed node is not a machine', async () => {
  const { code, stderr } = await project.run(['ssh', 'agent', '1'])
  assert.is(code, 2)
  assert.match(
    stderr,
    /agent 1 is rehearsed: there is no machine to log in to\n +why: +on AWS it would be: ssh /,
  )
})

test('logs: of the leader, of an agent, of a unit, and with -f', async () => {
  assert.match((await project.run(['logs'])).stdout, /dcos-mesos-master: Started/)
  assert.match(
    (await project.run(['logs', 'agent', '2', 'dcos-mesos-slave'])).stdout,
    /dcos-mesos-slave: Started/,
  )
  const followed = await project.run(['logs', 'leader', '-f'])
  assert.is(followed.code, 0)
  assert.match(followed.stdout, /^\d{4}-.*Z 10\.\S+ dcos-mesos-master: Started\./)
})

test('deploy: created, unchanged, changed, removed; errors are reported before anything is done', async () => {
  const file = project.path('web.json')
  const write = (app: object) => writeFileSync(file, JSON.stringify(app))
  const deploy = (...words: string[]) => project.run(['deploy', file, ...words])
  write({ id: 'shop/web', cmd: 'sleep 1000', cpus: 0.1, mem: 32 })
  assert.is((await deploy('-n')).stdout, '/shop/web: would be created\n')
  const first = await deploy()
  assert.is(first.code, 0, first.stderr)
  assert.match(first.stdout, /^\/shop\/web: runs at 10\.\S+:\d+ /)
  assert.match((await deploy()).stdout, /^\/shop\/web: unchanged, runs/)
  write({ id: 'shop/web', cmd: 'sleep 1000', cpus: 0.1, mem: 32, instances: 2 })
  assert.match((await deploy()).stdout, /^\/shop\/web: changed, runs at (\S+), (\S+) /)
  const labelled = { id: 'shop/web', cmd: 'sleep 1000', instances: 2, labels: { a: '1', b: '2' } }
  writeFileSync(file, JSON.stringify({ ...labelled, mem: 32, cpus: 'CPUS' }).replace('"CPUS"', '0.10'))
  assert.match((await deploy()).stdout, /^\/shop\/web: changed, runs/)
  writeFileSync(file, JSON.stringify({ ...labelled, mem: 32, cpus: 0.1, labels: { a: '1' } }))
  assert.is((await deploy('-n')).stdout, '/shop/web: would be changed\n', 'a removed label is a change')
  const asJson = JSON.parse((await deploy('--json')).stdout).applications
  assert.equal([asJson.length, asJson[0].id, asJson[0].state], [1, '/shop/web', 'changed, runs'])
  assert.is(asJson[0].addresses.length, 2)
  const undone = await deploy('--undo')
  assert.is(undone.stdout, '/shop/web: removed\n')
  assert.is((await deploy('--undo')).stdout, '/shop/web: was not there\n')

  writeFileSync(file, '{\n  "id": "web",\n}')
  const bad = await deploy()
  assert.is(bad.code, 1)
  assert.match(
    bad.stderr,
    /PARAMETER_INVALID .*web\.json is not a Marathon application\n +why: .*web\.json:3:1: /,
  )
  write({ id: 'Upper', cmd: 'x' })
  assert.match(
    (await deploy()).stderr,
    /Marathon rejected the application \/Upper\n +why: +Object is not valid\n +\/id: /,
  )
  const big = { id: 'big', cmd: 'x', cpus: 0.1, mem: 1, instances: 1 }
  write(big)
  assert.is((await project.run(['deploy'])).code, 2)
  assert.match(
    (await project.run(['deploy', project.path('none.json')])).stderr,
    /none\.json is not a Marathon application/,
  )
})

test('smoke: an application runs, responds, and is removed', async () => {
  const { code, stderr, stdout } = await project.run(['smoke'])
  assert.is(code, 0, stderr)
  assert.match(
    stdout,
    /^ok: an application ran, responded at http:\/\/127\.0\.0\.1:\d+\/service\/dcos-bootstrap-smoke\//,
  )
  assert.is(JSON.parse((await project.run(['smoke', '--json'])).stdout).ok, true)
  const apps = await project.run(['dcos', '--', 'marathon', 'app', 'list', '--json'])
  assert.equal(JSON.parse(apps.stdout), [])
})

test('env: lines that a shell accepts, without a token', async () => {
  const { stdout } = await project.run(['env'])
  const shell = spawnSync('sh', ['-c', 'eval "$LINES_OF_ENV"; echo "$DCOS_DIR|$AWS_REGION|$DCOS_CLUSTER"'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LINES_OF_ENV: stdout },
  })
  assert.match(shell.stdout, /^\/.*\/home\/\.dcos\|eu-west-1\|[0-9a-f-]{36}\n$/)
  assert.not.match(stdout, /TOKEN/)
  const { environment } = JSON.parse((await project.run(['env', '--json'])).stdout)
  assert.is(environment.AWS_REGION, 'eu-west-1')
})

test('none of them creates a cluster', async () => {
  for (const words of [['nodes'], ['ssh'], ['logs'], ['deploy', 'x.json'], ['smoke'], ['env']]) {
    const { code, stderr } = await project.run([...words, 'cluster.name=nowhere'])
    assert.is(code, 1, words.join(' '))
    assert.match(stderr, /NOT_UP|PARAMETER_INVALID/)
  }
})

test.run()
