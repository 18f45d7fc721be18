import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { realClock } from '../../tasks/base/clock.ts'
import { type Code, Failure } from '../../tasks/base/failure.ts'
import { askCli } from '../../tasks/dcos/command.ts'
import { attachByFile, attached, forget, setUp } from '../../tasks/dcos/configuration.ts'
import { clusterHome, keepToken, readToken } from '../../tasks/dcos/home.ts'
import { optional, shared } from '../optional.ts'

interface World {
  home: string
  url: string
  asked: string[]
  /** The master: its id (none: not known yet), the token it requires, whether it is out of order. */
  master: { id?: string; token?: string; status?: number }
  close(): Promise<void>
}
const configurations = suite<World>('dcos/configuration')

const ONE = '11111111-2222-3333-4444-555555555555'
const TWO = '99999999-2222-3333-4444-555555555555'

/** A master, as far as `cluster setup` needs it. */
function answer(
  { asked, master }: World,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): void {
  const url = request.url as string
  asked.push(`${request.method} ${url}`)
  const json = (value: unknown) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(value))
  const allowed = !master.token || request.headers.authorization === `token=${master.token}`
  if (url === '/') return void response.end('<html>DC/OS</html>')
  if (master.status) return void response.writeHead(master.status).end('<html>trouble</html>')
  if (url === '/dcos-metadata/dcos-version.json') {
    return void json({
      version: '2.2.1',
      'dcos-variant': 'open',
      'dcos-image-commit': 'a',
      'bootstrap-id': 'b',
    })
  }
  if (url === '/acs/api/v1/auth/providers') {
    const config = { start_flow_url: '/login' }
    return void json({
      'dcos-oidc-auth0': {
        'authentication-type': 'oidc-authorization-code-flow',
        'client-method': 'browser-token',
        description: 'Google, GitHub, or Microsoft',
        config,
      },
    })
  }
  if (!allowed)
    return void response.writeHead(401, { 'www-authenticate': 'oauthjwt' }).end('<html>401</html>')
  if (url === '/metadata')
    return void json({ PUBLIC_IPV4: '10.0.0.1', ...(master.id ? { CLUSTER_ID: master.id } : {}) })
  if (url === '/pkgpanda/active.buildinfo.full.json') return void json({})
  response.writeHead(404).end()
}

configurations.before.each(async (world) => {
  world.home = clusterHome(mkdtempSync(path.join(os.tmpdir(), 'configuration-')))
  world.asked = []
  world.master = { id: ONE }
  const server = http.createServer((request, response) => answer(world, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  world.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  world.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
})
configurations.after.each(async (world) => {
  await world.close()
  rmSync(path.dirname(world.home), { recursive: true, force: true })
})

const cli = path.join(shared, 'real', 'dcos')
const zip = path.join(shared, 'real', 'dcos-core-cli.zip')
const signal = new AbortController().signal
const mode = (file: string) => statSync(file).mode & 0o777
const clusters = (home: string) => path.join(home, '.dcos', 'clusters')
const settings = (home: string, id = ONE) => readFileSync(path.join(clusters(home), id, 'dcos.toml'), 'utf8')
const left = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : [])
const ask = (home: string, ...words: string[]) =>
  askCli(cli, home, words, { clock: realClock, signal, deadline: 20_000 })

async function failing(code: Code, promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => assert.unreachable('it succeeded'),
    (thrown) => thrown,
  )
  assert.instance(error, Failure, String(error?.stack ?? error))
  assert.is(error.code, code, `${error.message} — ${error.why}`)
  assert.ok(error.next)
  return error
}

const hard = 'a "quoted" \\ näme\n[core]\u0007'

configurations(
  "by file: attached in the CLI's own form, private, any name survives",
  async ({ home, url }) => {
    assert.is(await attached(home, url), undefined)
    const cluster = await attachByFile(home, { url: `${url}/`, name: hard, clusterId: ONE, token: 'to"ken' })
    assert.equal(cluster, { clusterId: ONE, name: hard, url, plugins: [] })
    assert.equal(await attached(home, url), cluster)
    assert.equal(await attached(home, `${url}/`), cluster)
    assert.equal(await attached(home), cluster)
    assert.is(await attached(home, 'http://elsewhere'), undefined)
    assert.is(await readToken(home), 'to"ken')
    for (const folder of [home, clusters(home), path.join(clusters(home), ONE)])
      assert.is(mode(folder), 0o700)
    for (const file of ['dcos.toml', 'attached']) assert.is(mode(path.join(clusters(home), ONE, file)), 0o600)
    assert.is(mode(path.join(home, 'kept.json')), 0o600)
    assert.equal(left(path.dirname(home)), ['home'])
  },
)

configurations(
  'by file: what the user set stays, a recreated cluster replaces the old one, others stay but are not attached',
  async ({ home, url }) => {
    await attachByFile(home, { url: 'http://other', name: 'other', clusterId: 'other-id' })
    await attachByFile(home, { url, name: 'one', clusterId: ONE })
    writeFileSync(
      path.join(clusters(home), ONE, 'dcos.toml'),
      `${settings(home)}ssh_user = "core"\n[marathon]\nx = 1\n`,
    )
    await attachByFile(home, { url, name: 'renamed', clusterId: ONE })
    assert.match(settings(home), 'ssh_user = "core"')
    assert.match(settings(home), '[marathon]')
    assert.match(settings(home), 'name = "renamed"')
    await attachByFile(home, { url, name: 'two', clusterId: TWO })
    assert.equal(left(clusters(home)), [TWO, 'other-id'])
    assert.is((await attached(home, url))?.clusterId, TWO)
    assert.is(await attached(home, 'http://other'), undefined)
  },
)

configurations(
  'by file: an id that is not a valid folder name is refused; a certificate authority is kept',
  async ({ home }) => {
    for (const clusterId of ['', '..', '../../x', 'a/b', '.hidden']) {
      await failing('DCOS_UNHEALTHY', attachByFile(home, { url: 'https://x', name: 'x', clusterId }))
    }
    const caCert = path.join(path.dirname(home), 'ca.crt')
    await failing('DISK', attachByFile(home, { url: 'https://x', name: 'x', clusterId: ONE, caCert }))
    writeFileSync(caCert, 'CERTIFICATE')
    await attachByFile(home, { url: 'https://x', name: 'x', clusterId: ONE, caCert })
    const kept = path.join(clusters(home), ONE, 'dcos_ca.crt')
    assert.is(readFileSync(kept, 'utf8'), 'CERTIFICATE')
    assert.match(settings(home), `ssl_verify = "${kept}"`)
  },
)

configurations(
  'a token once entered is kept, one from a later login counts, and removing the HOME removes them all',
  async ({ home, url }) => {
    assert.is(await readToken(home), undefined)
    await keepToken(home, 'entered')
    assert.is(await readToken(home), 'entered')
    await attachByFile(home, { url, name: 'x', clusterId: ONE })
    assert.is(await readToken(home), 'entered')
    writeFileSync(
      path.join(clusters(home), ONE, 'dcos.toml'),
      settings(home).replace('dcos_acs_token = ""', 'dcos_acs_token = "later"'),
    )
    assert.is(await readToken(home), 'later')
    assert.is(await forget(home), true)
    assert.is(await forget(home), false)
    assert.is(await readToken(home), undefined)
    assert.equal(left(path.dirname(home)), [])
  },
)

configurations('incomplete or unreadable files count as missing', async ({ home, url }) => {
  await attachByFile(home, { url, name: 'x', clusterId: ONE })
  writeFileSync(path.join(home, 'kept.json'), '{"token"')
  assert.ok(await attached(home, url))
  writeFileSync(path.join(clusters(home), ONE, 'dcos.toml'), '[core]\ndcos_url = ')
  writeFileSync(path.join(clusters(home), '.DS_Store'), '')
  assert.is(await attached(home, url), undefined)
  await attachByFile(home, { url, name: 'x', clusterId: ONE })
  assert.ok(await attached(home, url))
})

configurations('reading the attached cluster is cheap enough for every rerun', async ({ home, url }) => {
  await attachByFile(home, { url, name: 'x', clusterId: ONE })
  const start = performance.now()
  for (let count = 0; count < 50; count++) await attached(home, url)
  const each = (performance.now() - start) / 50
  assert.ok(each < 10, `${each} ms`)
})

optional(
  configurations,
  [cli],
  'the real CLI takes a cluster that was attached by file',
  async ({ home, url }) => {
    await attachByFile(home, { url, name: 'stub', clusterId: ONE })
    const list = JSON.parse((await ask(home, 'cluster', 'list', '--json')).stdout)
    assert.equal(list, [
      { attached: true, cluster_id: ONE, name: 'stub', status: 'AVAILABLE', url, version: '2.2.1' },
    ])
    assert.is((await ask(home, 'config', 'show', 'core.dcos_url')).stdout.trim(), url)
    await attachByFile(home, { url, name: hard, clusterId: ONE })
    assert.is(JSON.parse((await ask(home, 'cluster', 'list', '--json')).stdout)[0].name, hard)
  },
)

optional(
  configurations,
  [cli, zip],
  'the real CLI is set up: checked by its list, private, nothing sent to the vendor, and again without a loss',
  async ({ asked, home, url }) => {
    const options = { url, name: hard, signal, plugins: [zip] }
    const cluster = await setUp(cli, home, options)
    assert.equal(cluster, { clusterId: ONE, name: hard, url, plugins: [zip] })
    assert.equal(await attached(home, url), cluster)
    assert.not.ok(asked.some((line: string) => line.includes('/package/')))
    assert.is(mode(clusters(home)), 0o700)
    for (const file of ['dcos.toml', 'attached']) assert.is(mode(path.join(clusters(home), ONE, file)), 0o600)
    assert.match((await ask(home, 'node', '--help')).stdout, 'Display DC/OS node information')

    assert.is((await ask(home, 'config', 'set', 'core.ssh_user', 'core')).code, 0)
    assert.is((await ask(home, 'config', 'set', 'core.timeout', '20')).code, 0)
    await setUp(cli, home, { ...options, name: 'renamed' })
    assert.is((await ask(home, 'config', 'show', 'core.ssh_user')).stdout.trim(), 'core')
    assert.is((await ask(home, 'config', 'show', 'core.timeout')).stdout.trim(), '20')
    assert.is((await attached(home, url))?.name, 'renamed')

    // Once moved, the plugin's absolute paths are wrong: it counts as not added, and is added again.
    const moved = `${home}-moved`
    cpSync(home, moved, { recursive: true })
    assert.equal((await attached(moved, url))?.plugins, [])
    await setUp(cli, moved, options)
    assert.equal((await attached(moved, url))?.plugins, [zip])
    assert.not.match(
      readFileSync(
        path.join(clusters(moved), ONE, 'subcommands', 'dcos-core-cli', 'env', 'plugin.toml'),
        'utf8',
      ),
      `${home}/`,
    )
  },
)

optional(
  configurations,
  [cli],
  'the real CLI with a token: it is kept, and never on a command line',
  async ({ home, master, url }) => {
    master.token = 'good'
    const cluster = await setUp(cli, home, { url, name: 'x', token: 'good', signal })
    assert.is(cluster.clusterId, ONE)
    assert.is(await readToken(home), 'good')
    const without = await failing('AUTH_NEEDED', setUp(cli, home, { url, name: 'x', signal }))
    assert.is(without.why, 'there is no token')
    const wrong = await failing('AUTH_NEEDED', setUp(cli, home, { url, name: 'x', token: 'bad', signal }))
    assert.match(wrong.why as string, 'refuses')
    assert.not.match(JSON.stringify(wrong) + wrong.message + wrong.why, 'bad')
    assert.is(await readToken(home), 'good')
  },
)

optional(
  configurations,
  [cli],
  'the real CLI when the cluster was recreated, or is behind a redirect',
  async ({ home, master, url }) => {
    await setUp(cli, home, { url, name: 'one', signal })
    master.id = TWO
    const cluster = await setUp(cli, home, { url, name: 'two', signal })
    assert.is(cluster.clusterId, TWO)
    assert.equal(left(clusters(home)), [TWO])

    const front = http.createServer((request, response) => {
      response.writeHead(302, { location: `${url}${request.url}` }).end()
    })
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    const asked = `http://127.0.0.1:${(front.address() as AddressInfo).port}`
    await forget(home)
    const behind = await setUp(cli, home, { url: asked, name: 'x', signal }).finally(() => {
      front.close()
      front.closeAllConnections()
    })
    assert.equal(await attached(home, asked), behind)
  },
)

optional(
  configurations,
  [cli, zip],
  'the real CLI when the master is not healthy, or a plugin is invalid: why, and the attached cluster stays',
  async (world) => {
    const { home, master, url } = world
    const options = { url, name: 'x', signal }
    delete master.id
    await failing('DCOS_UNHEALTHY', setUp(cli, home, options))
    assert.equal(left(clusters(home)), [])
    master.id = ONE
    await setUp(cli, home, options)

    master.status = 502
    assert.match((await failing('DCOS_UNHEALTHY', setUp(cli, home, options))).why as string, '502')
    delete master.status
    const junk = path.join(path.dirname(home), 'junk.zip')
    writeFileSync(junk, 'junk')
    assert.match(
      (await failing('CLI_NOT_EXECUTABLE', setUp(cli, home, { ...options, plugins: [junk] }))).message,
      junk,
    )
    await world.close()
    assert.match(
      (await failing('DCOS_UNREACHABLE', setUp(cli, home, options))).why as string,
      'connection refused',
    )
    assert.ok(await attached(home, url))

    const stop = new AbortController()
    const reason = new Error('interrupted')
    stop.abort(reason)
    assert.is(await setUp(cli, home, { ...options, signal: stop.signal }).catch((error) => error), reason)
  },
)

configurations.run()
