import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ClusterNode } from '../../tasks/cluster/nodes.ts'
import { reasonIn } from '../../tasks/cluster/stack/node-watch.ts'
import { choose, shrinkText, smallerPools } from '../../tasks/cluster/stack/shrink.ts'
import { drainAgent, tasksOnAgents } from '../../tasks/dcos/drain.ts'
import type { Master, Reply } from '../../tasks/dcos/http.ts'

const test = suite('fewer agents')

const agent = (number: number, agentId: string | undefined) =>
  ({ address: `10.0.0.${number}`, instance: `i-${number}`, agentId, role: 'agent' }) as ClusterNode

test('those go that serve nobody: unknown to DC/OS, then with the fewest tasks', () => {
  const nodes = [agent(1, 'S1'), agent(2, 'S2'), agent(3, undefined), agent(4, 'S4')]
  const tasks = new Map([
    ['S1', ['web', 'db']],
    ['S2', ['cron']],
  ])
  const gone = (by: number) => choose(nodes, tasks, by).map(({ address }) => address)
  assert.equal(gone(1), ['10.0.0.3'])
  assert.equal(gone(3), ['10.0.0.3', '10.0.0.4', '10.0.0.2'])
  assert.equal(shrinkText({ leaving: choose(nodes, tasks, 4), blind: undefined }), [
    'agent 10.0.0.3 (i-3) is terminated; nothing runs on it',
    'agent 10.0.0.4 (i-4) is terminated; nothing runs on it',
    'agent 10.0.0.2 (i-2) is terminated; its tasks are moved first: cron',
    'agent 10.0.0.1 (i-1) is terminated; its tasks are moved first: web, db',
  ])
})

test('of the fullest zone, or Auto Scaling ends others to balance the zones', () => {
  const nodes = ['a', 'a', 'a', 'b', 'b'].map((zone, index) => ({ ...agent(index, `S${index}`), zone }))
  const tasks = new Map([
    ['S0', ['x']],
    ['S1', ['x', 'y']],
    ['S2', ['x', 'y', 'z']],
  ])
  assert.equal(
    choose(nodes, tasks, 3).map(({ instance }) => instance),
    ['i-0', 'i-3', 'i-1'],
  )
})

test('pools that have more agents than are wanted, or are wanted no more', () => {
  const nodes = ['gpu', 'gpu', 'gpu', 'edge', undefined].map((pool, index) => ({
    ...agent(index, `S${index}`),
    pool,
  }))
  const less = (...wanted: { name: string; count: number }[]) =>
    smallerPools(nodes, wanted).map(({ by, members }) => [members.length, by])
  assert.equal(less({ name: 'gpu', count: 3 }, { name: 'edge', count: 2 }), [])
  assert.equal(less({ name: 'gpu', count: 1 }, { name: 'edge', count: 1 }), [[3, 2]])
  assert.equal(less({ name: 'gpu', count: 3 }), [[1, 1]])
})

/** A master that answers from a table and records what it was asked. */
function masterWith(answers: (method: string, path: string, asked: number) => Partial<Reply>) {
  const asked: string[] = []
  const bodies: unknown[] = []
  const ask: Master['ask'] = async (method, path, body) => {
    asked.push(`${method} ${path}`)
    if (body !== undefined) bodies.push(body)
    const { status = 200, text = '' } = answers(method, path, asked.length)
    return { status, line: String(status), text }
  }
  const accepted: Master['accepted'] = (path, reply) => {
    if (reply.status !== 200) throw new Error(`${path} ${reply.status}`)
    return JSON.parse(reply.text)
  }
  const master = {
    url: 'http://m',
    hasToken: false,
    ask,
    accepted,
    get: async (path: string) => accepted(path, await ask('GET', path)),
  } as unknown as Master
  return { master, asked, bodies }
}

const waiting = {
  clock: { now: () => 1_000, sleep: async () => {}, between: () => 0, real: (ms: number) => ms },
  signal: new AbortController().signal,
}

test('Mesos 1.9 drains: one call, then until the agent is drained or gone', async () => {
  let looks = 0
  const { asked, bodies, master } = masterWith((method) => {
    if (method === 'POST') return { status: 200 }
    const states = ['DRAINING', 'DRAINING', 'DRAINED']
    return { text: JSON.stringify({ slaves: [{ id: 'S1', drain_info: { state: states[looks++] } }] }) }
  })
  await drainAgent(master, { id: 'S1', address: '10.0.0.1' }, waiting)
  assert.equal(asked, ['POST /mesos/api/v1', ...Array(3).fill('GET /mesos/slaves')])
  assert.equal((bodies[0] as { drain_agent: object }).drain_agent, {
    agent_id: { value: 'S1' },
    max_grace_period: { seconds: 120, nanoseconds: 120e9 },
    mark_gone: true,
  })
})

test('an agent that Mesos no longer knows is drained; one that an earlier run took down is not taken down again', async () => {
  const unknown = masterWith(() => ({ status: 400, text: 'Unknown agent' }))
  await drainAgent(unknown.master, { id: 'S1', address: '10.0.0.1' }, waiting)
  assert.equal(unknown.asked, ['POST /mesos/api/v1'])
  const machine = { hostname: '10.0.0.1', ip: '10.0.0.1' }
  const again = masterWith((method, path) => {
    if (method === 'POST') return { status: 400, text: "Expecting 'type' to be present" }
    if (path.endsWith('schedule'))
      return { text: JSON.stringify({ windows: [{ machine_ids: [machine], unavailability: {} }] }) }
    return { text: JSON.stringify(path.endsWith('status') ? { down_machines: [machine] } : { slaves: [] }) }
  })
  await drainAgent(again.master, { id: 'S1', address: '10.0.0.1' }, waiting)
  assert.equal(
    again.asked.filter((one) => one.startsWith('POST')),
    ['POST /mesos/api/v1'],
  )
})

test('an older Mesos takes the machine down beside those that others have scheduled', async () => {
  const others = { machine_ids: [{ ip: '10.0.0.9' }], unavailability: { start: { nanoseconds: 1 } } }
  const { asked, bodies, master } = masterWith((method, path) => {
    if (path === '/mesos/api/v1') return { status: 400, text: 'Failed to convert JSON into Call' }
    if (method === 'POST') return { status: 200 }
    return { text: JSON.stringify(path.endsWith('schedule') ? { windows: [others] } : { slaves: [] }) }
  })
  await drainAgent(master, { id: 'S1', address: '10.0.0.1' }, waiting)
  assert.equal(asked, [
    'POST /mesos/api/v1',
    'GET /mesos/maintenance/schedule',
    'POST /mesos/maintenance/schedule',
    'GET /mesos/maintenance/status',
    'POST /mesos/machine/down',
    'GET /mesos/slaves',
  ])
  const machine = { hostname: '10.0.0.1', ip: '10.0.0.1' }
  assert.equal((bodies[1] as { windows: unknown[] }).windows, [
    others,
    { machine_ids: [machine], unavailability: { start: { nanoseconds: 1e9 } } },
  ])
  assert.equal(bodies[2], [machine])
})

test('an agent that cannot be emptied ends the waiting, and a refusal is told', async () => {
  let now = 0
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms
    },
    between: () => 0,
    real: (ms: number) => ms,
  }
  const busy = masterWith((method) =>
    method === 'POST'
      ? { status: 200 }
      : { text: '{"slaves":[{"id":"S1","drain_info":{"state":"DRAINING"}}]}' },
  )
  const failure = await drainAgent(
    busy.master,
    { id: 'S1', address: '10.0.0.1' },
    { ...waiting, clock },
  ).catch((error) => error)
  assert.match(failure.message, 'agent 10.0.0.1 still runs tasks 15 minutes after draining')
  const refused = masterWith(() => ({ status: 403 }))
  const denied = await drainAgent(refused.master, { id: 'S1', address: 'a' }, waiting).catch((error) => error)
  assert.match(denied.message, '403')
})

test('the tasks of each agent, over all frameworks', async () => {
  const frameworks = [
    {
      tasks: [
        { slave_id: 'S1', name: 'web' },
        { slave_id: 'S2', id: 'x' },
      ],
    },
    { tasks: [{ slave_id: 'S1', name: 'node-0' }] },
  ]
  const { master } = masterWith(() => ({ text: JSON.stringify({ frameworks }) }))
  assert.equal(
    [...(await tasksOnAgents(master))],
    [
      ['S1', ['web', 'node-0']],
      ['S2', ['x']],
    ],
  )
})

test('a console says which step failed, and what it said last', () => {
  const console = [
    '[  1.0] booting',
    'dcos-bootstrap: step: install DC/OS',
    'dcos-bootstrap: FAILED: install DC/OS (exit status 1)',
    'dcos-bootstrap:   Checking if Docker is running: FAIL',
    'dcos-bootstrap:   Docker is too old',
    'dcos-bootstrap: signalled FAILURE for SlaveServerGroup',
  ]
  assert.is(reasonIn(console.join('\r\n')), 'install DC/OS: Docker is too old')
  assert.is(reasonIn(console.slice(0, 3).join('\n')), 'install DC/OS')
  assert.is(reasonIn('cloud-init: failed'), undefined)
})

test.run()
