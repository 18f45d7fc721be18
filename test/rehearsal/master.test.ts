import { createServer } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serveMaster } from '../../tasks/rehearsal/master/serve.ts'
import { clusterWith, node, withMaster } from './master-cluster.ts'

const master = suite('the rehearsed master')

const APPS = '/service/marathon/v2/apps'
const SLEEP = { id: '/sleep', cmd: 'sleep 1000', cpus: 0.5, mem: 64 }

async function ask(url: string, method = 'GET', body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method,
    headers: { connection: 'close', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  }
}

master('answers 502 to everything while it is not up, but shows that it is a rehearsal', async () => {
  await withMaster({ up: false }, async ({ url, cluster }) => {
    for (const path of ['/', '/metadata', '/dcos-metadata/dcos-version.json', '/nowhere']) {
      assert.is((await ask(url + path)).status, 502, path)
    }
    const { rehearsal, cluster: id, name } = (await ask(`${url}/.rehearsal`)).json
    assert.equal({ rehearsal, id, name }, { rehearsal: true, id: cluster.id, name: cluster.name })
    cluster.up = true
    assert.is((await ask(`${url}/metadata`)).json.CLUSTER_ID, cluster.id)
    assert.is((await ask(`${url}/nowhere`)).status, 404)
    assert.is((await ask(`${url}/`, 'HEAD')).status, 200)
  })
})

master('refuses a port that is bound, and an answer that fails is a 500', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  const door = {
    read: () => Promise.reject(new Error('the log cannot be read')),
    addApplication: async () => {},
    removeApplication: async () => {},
    drain: async () => {},
  }
  try {
    await serveMaster(door, port)
    assert.unreachable()
  } catch (error) {
    assert.is((error as NodeJS.ErrnoException).code, 'EADDRINUSE')
  }
  await new Promise((resolve) => taken.close(resolve))
  const server = await serveMaster(door, port)
  const { status, text } = await ask(`http://127.0.0.1:${port}/metadata`)
  assert.equal({ status, text }, { status: 500, text: 'the rehearsed master failed: the log cannot be read' })
  await server.close()
})

master('with OAuth requires a token, issues one, and refuses wrong ones', async () => {
  await withMaster({ oauth: true }, async ({ url, cluster }) => {
    for (const path of ['/', '/dcos-metadata/dcos-version.json', '/exhibitor/exhibitor/v1/cluster/status']) {
      assert.is((await ask(url + path)).status, 200, path)
    }
    const refused = await ask(`${url}/mesos/state-summary`)
    assert.is(refused.status, 401)
    assert.is(refused.headers.get('www-authenticate'), 'oauthjwt')
    assert.match(refused.text, '<html>')
    assert.is((await ask(`${url}/pkgpanda/active.buildinfo.full.json`, 'HEAD')).status, 401)

    const login = `${url}/acs/api/v1/auth/login`
    assert.is((await ask(login, 'POST', { uid: 'ada', password: 'wrong' })).status, 401)
    assert.is((await ask(login, 'POST', { uid: 'ada' })).status, 400)
    const { token } = (await ask(login, 'POST', { uid: 'ada', password: 'byron' })).json
    const withToken = (value: string) =>
      ask(`${url}/metadata`, 'GET', undefined, { authorization: `token=${value}` })
    assert.is((await withToken(token)).json.CLUSTER_ID, cluster.id)
    assert.is((await withToken('')).status, 401)
    assert.is((await withToken(token.replace(cluster.id, 'another'))).status, 401)
  })
})

master('accepts an application as Marathon does, and runs it a moment later on an agent', async () => {
  await withMaster({}, async ({ url, clock }) => {
    const posted = await ask(url + APPS, 'POST', { ...SLEEP, id: 'group/sleep', instances: 2 })
    assert.is(posted.status, 201)
    assert.is(posted.json.id, '/group/sleep')
    const [{ id: deployment }] = posted.json.deployments
    assert.equal(
      (await ask(`${url}/service/marathon/v2/deployments`)).json.map((one: { id: string }) => one.id),
      [deployment],
    )
    const tasksOf = async () => (await ask(`${url}/mesos/master/state`)).json.frameworks[0].tasks
    assert.equal(
      (await tasksOf()).map((task: { state: string }) => task.state),
      ['TASK_STAGING', 'TASK_STAGING'],
    )

    clock.now += 2000
    const { app } = (await ask(`${url}${APPS}//group/sleep`)).json
    assert.equal([app.tasksRunning, app.instances, app.deployments], [2, 2, []])
    const state = (await ask(`${url}/mesos/state`)).json
    const agents = state.slaves.map((slave: { id: string }) => slave.id)
    const tasks = await tasksOf()
    assert.equal(
      tasks.map((task: { state: string }) => task.state),
      ['TASK_RUNNING', 'TASK_RUNNING'],
    )
    // One on each private agent; the public one is for applications that request it.
    assert.equal(
      tasks.map((task: { slave_id: string }) => agents.indexOf(task.slave_id)),
      [0, 1],
    )
    const summary = (await ask(`${url}/mesos/state-summary`)).json
    assert.equal(
      summary.slaves.map((slave: { TASK_RUNNING: number }) => slave.TASK_RUNNING),
      [1, 1, 0],
    )

    assert.is((await ask(`${url}${APPS}/group/sleep`, 'PUT', { instances: 3 })).status, 200)
    clock.now += 2000
    const scaled = (await ask(`${url}${APPS}/group/sleep`)).json.app
    assert.equal([scaled.tasksRunning, scaled.cmd], [3, SLEEP.cmd])

    assert.is((await ask(`${url}${APPS}/group/sleep`, 'DELETE')).status, 200)
    assert.equal((await ask(url + APPS)).json, { apps: [] })
  })
})

master('keeps instances waiting that fit on no agent', async () => {
  await withMaster({}, async ({ url, clock }) => {
    await ask(url + APPS, 'POST', { ...SLEEP, cpus: 1.5, instances: 5 })
    await ask(url + APPS, 'POST', { ...SLEEP, id: '/public', acceptedResourceRoles: ['slave_public'] })
    clock.now += 2000
    const { apps } = (await ask(url + APPS)).json
    assert.equal(
      apps.map((app: { tasksRunning: number }) => app.tasksRunning),
      [2, 1],
    )
    const { queue } = (await ask(`${url}/service/marathon/v2/queue`)).json
    assert.equal(
      queue.map((item: { app: { id: string }; count: number }) => [item.app.id, item.count]),
      [['/sleep', 3]],
    )
  })
})

master("refuses with Marathon's status codes and messages", async () => {
  await withMaster({}, async ({ url }) => {
    const refusal = async (method: string, path: string, body?: unknown) => {
      const { status, json } = await ask(url + APPS + path, method, body)
      return `${status} ${json.message} ${(json.details ?? []).map(({ path }: { path: string }) => path)}`.trim()
    }
    assert.is(await refusal('POST', '', '{"id":'), '400 Invalid JSON')
    assert.is(await refusal('POST', '', []), '400 Invalid JSON')
    assert.is(
      await refusal('POST', '', { id: 'Upper_Case', instances: -1 }),
      '422 Object is not valid /id,/,/instances',
    )
    assert.is(await refusal('POST', '', { ...SLEEP, mem: '64' }), '422 Object is not valid /mem')
    assert.is(await refusal('POST', '', { ...SLEEP, instances: 1e9 }), '422 Object is not valid /instances')
    assert.is(await refusal('GET', '/sleep'), "404 App '/sleep' does not exist")
    assert.is(await refusal('DELETE', '/sleep'), "404 App '/sleep' does not exist")
    assert.is((await ask(url + APPS, 'POST', SLEEP)).status, 201)
    assert.is(await refusal('POST', '', SLEEP), '409 An app with id [/sleep] already exists.')
    assert.is(await refusal('DELETE', ''), '405 HTTP method not allowed')
    assert.is(
      (await ask(url + APPS, 'POST', ' '.repeat(5_000_000)).catch(() => ({ status: 413 }))).status,
      413,
    )
    assert.is((await ask(url + APPS)).json.apps.length, 1)
  })
})

master('lists the agents in the operator API as JSON, and knows no unlisted package', async () => {
  await withMaster({}, async ({ url }) => {
    const { get_agents } = (await ask(`${url}/mesos/api/v1`, 'POST', { type: 'GET_AGENTS' })).json
    assert.equal(
      get_agents.agents.map((agent: { agent_info: { hostname: string } }) => agent.agent_info.hostname),
      ['10.0.4.6', '10.0.4.7', '10.0.4.8'],
    )
    assert.is((await ask(`${url}/mesos/api/v1`, 'POST', { type: 'TEARDOWN' })).status, 501)
    const unknown = await ask(`${url}/package/describe`, 'POST', { packageName: 'kafka' })
    assert.is(unknown.status, 400)
    assert.is(unknown.json.message, 'Package [kafka] not found')
    assert.equal((await ask(`${url}/package/list`, 'POST', {})).json, { packages: [] })
  })
})

master('shows a page that says what it is, with all names escaped', async () => {
  const name = '<script>alert(1)</script>'
  await withMaster(
    { name, masters: [node('master', 5), node('master', 6), node('master', 7)] },
    async ({ url }) => {
      await ask(url + APPS, 'POST', SLEEP)
      const { text } = await ask(url)
      assert.match(text, 'This is a rehearsed cluster')
      assert.is(text.match(/10\.0\.0\.[567] \(/g)?.length, 3)
      assert.not.match(text, 'alert(1)</')
      assert.is(text.match(/<script/g)?.length, 1, 'only its own')
    },
  )
})

master('answers the same in every process: ids depend only on the cluster', async () => {
  const ids: string[] = []
  for (let time = 0; time < 2; time++) {
    await withMaster(clusterWith({ apps: [] }), async ({ url }) => {
      await ask(url + APPS, 'POST', SLEEP)
      const state = (await ask(`${url}/mesos/state`)).json
      ids.push(`${state.id} ${state.slaves[0].id} ${state.frameworks[0].tasks[0].id}`)
    })
  }
  assert.is(ids[0], ids[1])
})

master.run()
