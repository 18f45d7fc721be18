import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { node, withMaster } from './master-cluster.ts'

const test = suite('the rehearsed master: packages, groups, tasks, logs')

const type = (endpoint: string, kind: string, version: number) =>
  `application/vnd.dcos.package.${endpoint}${kind}+json;charset=utf-8;version=v${version}`

/** Asks Cosmos as its clients do, for a version of the answer. */
async function cosmos(url: string, endpoint: string, body: object = {}, version = 1) {
  const name = endpoint.replace('/', '.')
  const response = await fetch(`${url}/package/${endpoint}`, {
    method: 'POST',
    headers: {
      connection: 'close',
      'content-type': type(name, '-request', 1),
      accept: type(name, '-response', version),
    },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    json: JSON.parse(await response.text()),
  }
}

async function ask(url: string, method = 'GET', body?: unknown) {
  const init = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(url, { method, headers: { connection: 'close' }, ...init })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json')
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text,
    json: isJson ? JSON.parse(text) : undefined,
  }
}

test('Cosmos answers in the accepted version, and refuses one that it does not have', async () => {
  await withMaster({}, async ({ url }) => {
    const third = await cosmos(url, 'describe', { packageName: 'hello' }, 3)
    assert.is(third.type, type('describe', '-response', 3))
    assert.is(third.json.package.name, 'hello')
    const second = await cosmos(url, 'describe', { packageName: 'hello' }, 2)
    assert.is(second.type, type('describe', '-response', 2))
    assert.is(second.json.name, 'hello')
    const template = Buffer.from(second.json.marathon.v2AppMustacheTemplate, 'base64').toString()
    assert.match(template, '{{service.name}}')
    const fourth = await cosmos(url, 'describe', { packageName: 'hello' }, 4)
    assert.equal([fourth.status, fourth.json.type, fourth.type], [400, 'not_valid', type('error', '', 1)])
    const { status } = await fetch(`${url}/package/nothing`, {
      method: 'POST',
      headers: { connection: 'close' },
    })
    assert.is(status, 404)
  })
})

test('a package is found, described, installed, listed and uninstalled', async () => {
  await withMaster({}, async ({ cluster, url }) => {
    const names = async (query: string) =>
      (await cosmos(url, 'search', { query })).json.packages.map(({ name }: { name: string }) => name)
    assert.equal(await names(''), ['hello', 'ticker'])
    assert.equal(await names('h*lo'), ['hello'])
    assert.equal(await names('SERVICE'), ['ticker'])
    assert.equal(await names('kafka'), [])
    assert.equal((await cosmos(url, 'list-versions', { packageName: 'hello' })).json.results, {
      '1.1.0': '0',
    })

    const options = { service: { name: 'team/hi', instances: 2 }, hello: { greeting: 'Hi "there"' } }
    const rendered = (await cosmos(url, 'render', { packageName: 'hello', options })).json.marathonJson
    assert.equal([rendered.id, rendered.instances, rendered.cpus], ['/team/hi', 2, 0.1])
    assert.match(rendered.cmd, 'echo')
    assert.is(cluster.apps.length, 0, 'rendering does not install')

    const installed = await cosmos(url, 'install', { packageName: 'hello', options }, 2)
    assert.equal([installed.status, installed.json.appId], [200, '/team/hi'])
    assert.match(installed.json.postInstallNotes, 'hello is being started')
    const again = await cosmos(url, 'install', { packageName: 'hello', options }, 2)
    assert.equal([again.status, again.json.type], [409, 'PackageAlreadyInstalled'])
    await cosmos(url, 'install', { packageName: 'hello', appId: 'other' }, 2)
    const list = (await cosmos(url, 'list', { packageName: 'hello' })).json.packages
    assert.equal(
      list.map((one: { appId: string }) => one.appId),
      ['/team/hi', '/other'],
    )
    assert.is(list[0].packageInformation.packageDefinition.version, '1.1.0')

    const ambiguous = await cosmos(url, 'uninstall', { packageName: 'hello' })
    assert.equal([ambiguous.status, ambiguous.json.type], [400, 'AmbiguousAppId'])
    const one = await cosmos(url, 'uninstall', { packageName: 'hello', appId: '/other' })
    assert.equal(
      one.json.results.map(({ appId }: { appId: string }) => appId),
      ['/other'],
    )
    await cosmos(url, 'uninstall', { packageName: 'hello', all: true })
    assert.is(cluster.apps.length, 0)
    assert.is((await cosmos(url, 'uninstall', { packageName: 'hello' })).json.type, 'PackageNotInstalled')
  })
})

test('errors in a package or its options are reported with the text of Cosmos', async () => {
  await withMaster({}, async ({ url }) => {
    const install = async (body: object) => (await cosmos(url, 'install', body, 2)).json
    assert.is((await install({ packageName: 'kafka' })).message, 'Package [kafka] not found')
    assert.is((await install({ packageName: 'hello', packageVersion: '9' })).type, 'VersionNotFound')
    const wrong = await install({
      packageName: 'hello',
      options: { hello: { greting: 'x' }, service: { mem: 'much' } },
    })
    assert.is(wrong.type, 'JsonSchemaMismatch')
    assert.equal(wrong.data.errors, [
      { level: 'error', unwanted: ['hello.greting'] },
      { level: 'error', instance: { pointer: '/service/mem' }, found: 'string', expected: ['integer'] },
    ])
    assert.is((await cosmos(url, 'repository/add', { name: 'x' })).json.type, 'NotImplemented')
    assert.is((await cosmos(url, 'repository/list')).json.repositories.length, 1)
  })
})

test('a cluster reports its capabilities: packages and logs, no jobs', async () => {
  await withMaster({}, async ({ url }) => {
    const { json, type: media } = await ask(`${url}/capabilities`)
    assert.is(media, 'application/vnd.dcos.capabilities+json;charset=utf-8;version=v1')
    assert.equal(json.capabilities, [{ name: 'PACKAGE_MANAGEMENT' }, { name: 'LOGGING' }])
  })
})

test('a group is created, shown, scaled and removed with its applications', async () => {
  await withMaster({}, async ({ cluster, url }) => {
    const groups = `${url}/service/marathon/v2/groups`
    const app = { cmd: 'sleep 1', cpus: 0.1 }
    const team = {
      id: 'team',
      apps: [{ ...app, id: 'a', instances: 2 }],
      groups: [{ id: 'deep', apps: [{ ...app, id: '/team/deep/b' }] }],
    }
    assert.is((await ask(groups, 'POST', team)).status, 201)
    assert.equal(
      cluster.apps.map(({ id }) => id),
      ['/team/a', '/team/deep/b'],
    )
    const again = await ask(groups, 'POST', team)
    assert.equal(
      [again.status, again.json.message],
      [409, 'Group /team is already created. Use PUT to change this group.'],
    )
    const root = (await ask(groups)).json
    assert.equal(
      [root.id, root.apps.length, root.groups[0].id, root.groups[0].groups[0].id],
      ['/', 0, '/team', '/team/deep'],
    )
    assert.is((await ask(`${groups}/team`)).json.apps[0].id, '/team/a')
    assert.is((await ask(`${groups}/team`, 'PUT', { scaleBy: 1.5 })).status, 200)
    assert.equal(
      cluster.apps.map(({ definition }) => definition.instances),
      [3, 2],
    )
    const bad = await ask(groups, 'POST', { id: 'bad', apps: [{ id: 'Upper' }] })
    assert.is(bad.status, 422)
    assert.is((await ask(`${groups}/team`, 'DELETE')).status, 200)
    assert.is(cluster.apps.length, 0)
    assert.equal(
      [(await ask(`${groups}/team`)).json.message, (await ask(`${groups}/team`, 'DELETE')).status],
      ["Group '/team' does not exist", 404],
    )
  })
})

test('the instances of an application are listed, restarted and killed', async () => {
  await withMaster({}, async ({ clock, url }) => {
    const v2 = `${url}/service/marathon/v2`
    await ask(`${v2}/apps`, 'POST', { id: 'web', cmd: 'sleep 1', instances: 2, cpus: 0.1 })
    clock.now += 2000
    const ids = async () => (await ask(`${v2}/tasks`)).json.tasks.map(({ id }: { id: string }) => id)
    const first = await ids()
    assert.is(first.length, 2)
    assert.equal((await ask(`${v2}/apps/web/tasks`)).json.tasks.length, 2)
    const { versions } = (await ask(`${v2}/apps/web/versions`)).json
    assert.is((await ask(`${v2}/apps/web/versions/${versions[0]}`)).json.id, '/web')
    assert.is((await ask(`${v2}/apps/web/versions/2000-01-01T00:00:00Z`)).status, 404)
    const { deploymentId } = (await ask(`${v2}/apps/web/restart`, 'POST')).json
    assert.equal(
      (await ask(`${v2}/deployments`)).json.map(({ id }: { id: string }) => id),
      [deploymentId],
    )
    clock.now += 2000
    const second = await ids()
    assert.not.equal(second, first)
    assert.is((await ask(`${v2}/apps/web/tasks`, 'DELETE')).json.tasks.length, 2)
    assert.is((await ask(`${v2}/apps/none/restart`, 'POST')).status, 404)
    assert.is((await ask(`${v2}/apps/web/versions`, 'POST')).status, 405)
    assert.match((await ask(`${v2}/leader`)).json.leader, ':8080')
  })
})

test('a node has a journal of a few lines, and units; an unknown node has none', async () => {
  await withMaster({ masters: [node('master', 5)] }, async ({ url }) => {
    assert.match(
      (await ask(`${url}/system/v1/logs/v1/range/?skip_prev=10`)).text,
      /10\.0\.0\.5 dcos-mesos-master: Started/,
    )
    const { slaves } = (await ask(`${url}/mesos/slaves`)).json
    assert.match(
      (await ask(`${url}/system/v1/agent/${slaves[0].id}/logs/v1/range/`)).text,
      'dcos-mesos-slave',
    )
    assert.is((await ask(`${url}/system/v1/agent/nobody/logs/v1/range/`)).status, 404)
    const { units } = (await ask(`${url}/system/health/v1/nodes/10.0.0.5/units`)).json
    assert.ok(units.some(({ id }: { id: string }) => id === 'dcos-marathon.service'))
    assert.is((await ask(`${url}/mesos/master/state`)).json.cluster, 'dcos-test')
    // Mesos 1.8 gave it up.
    assert.is((await ask(`${url}/mesos/master/state.json`)).status, 404)
  })
})

test.run()
