import { readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Failure } from '../../tasks/base/failure.ts'
import { isForCoreOs, userOfImage } from '../../tasks/cluster/access/ssh-user.ts'
import { type Launched, merged } from '../../tasks/cluster/nodes.ts'
import { pickNode } from '../../tasks/cluster/pick-node.ts'
import type { Master } from '../../tasks/dcos/http.ts'
import { dcosNodes } from '../../tasks/dcos/nodes.ts'
import { optional, shared } from '../optional.ts'

const test = suite('nodes of a cluster')

/** A master that answers these paths, and nothing else. */
function answering(answers: Record<string, unknown>): Master {
  const get = async (path: string) => {
    if (path in answers) return answers[path]
    throw new Failure('DCOS_UNHEALTHY', { message: `${path} answers 502 Bad Gateway` })
  }
  return { url: 'http://master', get } as Master
}

const exhibitor = '/exhibitor/exhibitor/v1/cluster/status'
const servers = [
  { hostname: '10.0.0.2', description: 'serving', isLeader: true },
  { hostname: '10.0.0.10', description: 'down', isLeader: false },
]
const slave = {
  id: 'f00df00d-0000-4000-a000-000000000000-S0',
  hostname: 'agent-1.example',
  pid: 'slave(1)@10.0.1.5:5051',
  active: true,
  attributes: {},
  TASK_RUNNING: 2,
  TASK_KILLING: 1,
  used_resources: { cpus: 1.5, mem: 1024 },
  resources: { cpus: 2, mem: 4096 },
}

const launched = (privateIp: string, resource: string, publicIp?: string): Launched => ({
  id: `i-${privateIp.replaceAll('.', '')}`,
  group: 'group',
  resource,
  privateIp,
  publicIp,
  zone: 'eu-west-1a',
  pool: undefined,
  image: 'ami-1',
  state: 'running',
})

test('all of DC/OS: the leader is that of Mesos, not of ZooKeeper; an agent that Mesos lost is still seen', async () => {
  const { nodes, unseen } = await dcosNodes(
    answering({
      [exhibitor]: servers,
      '/mesos/state-summary': { hostname: '10.0.0.10', slaves: [slave] },
      '/system/health/v1/nodes': {
        nodes: [
          { host_ip: '10.0.0.2', health: 0, role: 'master' },
          { host_ip: '10.0.1.5', health: 3, role: 'agent' },
          { host_ip: '10.0.1.6', health: 3, role: 'agent_public' },
        ],
      },
    }),
  )
  assert.equal(unseen, [])
  assert.equal(
    nodes.map(({ address, leader, role, state }) => [role, address, state, leader]),
    [
      ['master', '10.0.0.2', 'healthy', false],
      ['master', '10.0.0.10', 'down', true],
      ['agent', '10.0.1.5', 'unhealthy', false],
      ['public', '10.0.1.6', 'unhealthy', false],
    ],
  )
  assert.equal(nodes[2]!.load, { tasks: 3, cpus: [1.5, 2], mem: [1024, 4096] })
})

test('without a token only Exhibitor answers, and the rest is said to be missing', async () => {
  const { nodes, unseen } = await dcosNodes(answering({ [exhibitor]: servers }))
  assert.equal(
    nodes.map(({ address, leader }) => [address, leader]),
    [
      ['10.0.0.2', true],
      ['10.0.0.10', false],
    ],
  )
  assert.is(unseen.length, 2)
})

test('EC2 and DC/OS together: every node once, numbered by address, also where one of them knows nothing of it', async () => {
  const { nodes: known } = await dcosNodes(
    answering({ [exhibitor]: servers, '/mesos/state-summary': { hostname: '10.0.0.2', slaves: [slave] } }),
  )
  const nodes = merged(known, [
    launched('10.0.1.5', 'SlaveServerGroup'),
    launched('10.0.0.2', 'MasterServerGroup', '52.0.0.2'),
    launched('10.0.2.9', 'PublicSlaveServerGroup', '52.0.0.9'),
    launched('10.0.1.40', 'SlaveServerGroup'),
  ])
  assert.equal(
    nodes.map(({ address, number, role, state }) => `${role} ${number} ${address} ${state}`),
    [
      'master 1 10.0.0.2 serving',
      'master 2 10.0.0.10 down',
      'agent 1 10.0.1.5 active',
      'agent 2 10.0.1.40 not in DC/OS (running)',
      'public 1 10.0.2.9 not in DC/OS (running)',
    ],
  )

  const picked = (...words: string[]) => {
    const { node, rest } = pickNode(nodes, words)
    return [node.address, ...rest].join(' ')
  }
  assert.is(picked(), '10.0.0.2')
  assert.is(picked('dcos-net'), '10.0.0.2 dcos-net')
  assert.is(picked('master', '2', 'docker'), '10.0.0.10 docker')
  assert.is(picked('agent', 'docker'), '10.0.1.5 docker')
  assert.is(picked('public-agent', '1'), '10.0.2.9')
  assert.is(picked('52.0.0.9'), '10.0.2.9')
  assert.is(picked('i-100140'), '10.0.1.40')
  assert.is(picked(slave.id, 'x'), '10.0.1.5 x')
  for (const words of [['agent', '3'], ['10.9.9.9'], ['i-0']]) {
    assert.throws(() => pickNode(nodes, words), new RegExp(`there is no node ${words.join(' ')}`))
  }
})

test('the user comes with the image', () => {
  const names: [string, string | undefined][] = [
    ['CoreOS-stable-1235.9.0-hvm', 'core'],
    ['Flatcar-stable-2345.3.1-hvm', 'core'],
    ['CentOS 7.9.2009 x86_64', 'centos'],
    ['dcos-centos7-201811', 'centos'],
    ['ubuntu/images/hvm-ssd/ubuntu-focal', 'ubuntu'],
    ['RHEL-7.9_HVM', 'ec2-user'],
    ['amzn2-ami-hvm-2.0', 'ec2-user'],
    ['my-own', undefined],
    ['', undefined],
  ]
  for (const [name, user] of names) assert.is(userOfImage(name), user, name)
  assert.not.ok(isForCoreOs(readFileSync('templates/dcos.yaml', 'utf8')), 'it only speaks of it')
})

const official = path.join(shared, 'real/official-2021-single-master.json')
optional(test, [official], 'the official templates are for CoreOS', () => {
  for (const year of ['2015', '2021'])
    assert.ok(
      isForCoreOs(readFileSync(path.join(shared, `real/official-${year}-single-master.json`), 'utf8')),
      year,
    )
})

test.run()
