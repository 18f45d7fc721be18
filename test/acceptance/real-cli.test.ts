import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional } from '../optional.ts'
import { Project, type Ran } from './project.ts'

// The real dcos CLI with its core plugin, run through our command line against the rehearsal's master.

const test = suite('the real dcos CLI')
const project = new Project()
const fast = 'rehearsal.speed=500'

const cli = process.env.DCOS_GO_CLI || 'the Go CLI that DCOS_GO_CLI names'
const plugin = process.env.DCOS_GO_CORE_PLUGIN || 'the plugin that DCOS_GO_CORE_PLUGIN names'
const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

let server: Server
/** How often each path was requested. */
const asked: Record<string, number> = {}

test.before(async () => {
  server = createServer((request, response) => {
    asked[request.url!] = (asked[request.url!] ?? 0) + 1
    const file = [cli, plugin].find((one) => request.url === `/${path.basename(one)}`)
    response.end(readFileSync(file!))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

/** The arguments that set the CLI and its plugin; `where` turns a file into its location. */
function configured(where: (file: string) => string): string[] {
  return [
    `cli.url=${where(cli)}`,
    `cli.sha256=${sha256(cli)}`,
    `cli.plugins=[{url: "${where(plugin)}", sha256: ${sha256(plugin)}}]`,
  ]
}

const needs = [cli, plugin]
const byPath = needs.every((file) => existsSync(file)) ? configured((file) => file) : []
const places: Record<string, (file: string) => string> = {
  'a path': (file) => file,
  'file://': (file) => pathToFileURL(file).href,
  'http://': (file) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path.basename(file)}`,
}

async function up(...words: string[]): Promise<Ran> {
  const ran = await project.run(['bootstrap', '--json', fast, ...words])
  assert.is(ran.code, 0, ran.stdout + ran.stderr)
  return ran
}

/** The CLI's output for these arguments; it exits with `code`. */
async function dcos(config: string[], words: string[], code = 0, input?: string): Promise<string> {
  const ran = await project.run(
    ['dcos', fast, ...config, '--', ...words],
    input === undefined ? {} : { input },
  )
  assert.is(ran.code, code, `${words.join(' ')}: ${ran.stdout}${ran.stderr}`)
  return ran.stdout + (code === 0 ? '' : ran.stderr)
}

function assertNothingDone(ran: Ran): void {
  const calls: number[] = Object.values(ran.end.calls)
  assert.equal(ran.end.ran, [])
  assert.ok(calls.reduce((sum, count) => sum + count, 0) <= 2, JSON.stringify(ran.end.calls))
}

const real = (name: string, body: () => void | Promise<void>) => optional(test, needs, name, body)

for (const [place, where] of Object.entries(places)) {
  real(`from ${place}: installed, set up in the private HOME, found again by a rerun`, async () => {
    const name = `cluster.name=from-${place.replace(/\W/g, '')}`
    const config = [name, ...configured(where)]
    await project.run(['clean', '--json', fast, name])
    const first = await up(...config)
    assert.equal(first.end.ran.toSorted?.() ?? [...first.end.ran].sort(), [
      'cli-config',
      'cli-install',
      'keypair',
      'preflight',
      'stack',
      'wait',
    ])
    assertNothingDone(await up(...config))
    const [cluster, ...others] = JSON.parse(await dcos(config, ['cluster', 'list', '--json']))
    assert.equal(
      [cluster.attached, cluster.status, cluster.name, cluster.url, others],
      [true, 'AVAILABLE', name.slice('cluster.name='.length), first.end.url, []],
    )
    assert.match(await dcos(config, ['node', 'list']), /master \(leader\)/)
    const down = await project.run(['destroy', '--yes', '--json', fast, ...config])
    assert.equal([down.code, down.end.left], [0, []], down.stdout)
    assert.not.ok(existsSync(path.join(project.home, '.dcos')), "nothing is in the user's home")
  })
}

real('a file is downloaded once for all clusters', () => {
  assert.equal(asked, Object.fromEntries(needs.map((file) => [`/${path.basename(file)}`, 1])))
})

real('its commands: cluster, node, service, marathon, package', async () => {
  await up(...byPath)
  const nodes = await dcos(byPath, ['node', 'list'])
  assert.is(nodes.match(/ ACTIVE /g)?.length, 6, nodes)
  assert.is(JSON.parse(await dcos(byPath, ['node', 'list', '--json'])).length, 7)
  assert.match(await dcos(byPath, ['service', 'list']), /marathon +\S+ +True/)
  assert.equal(JSON.parse(await dcos(byPath, ['package', 'list', '--json'])), [])
  // The plugin's own wording (TestListErrorWhenNoPackageReturned in its sources).
  assert.match(await dcos(byPath, ['package', 'list'], 1), /cannot find packages/)

  const app = JSON.stringify({ id: '/web', cmd: 'sleep 100', instances: 2, cpus: 0.1, mem: 32 })
  assert.match(await dcos(byPath, ['marathon', 'app', 'add'], 0, app), /^Created deployment /)
  assert.match(await dcos(byPath, ['marathon', 'app', 'list']), /\/web +32 +0\.1 /)
  await dcos(byPath, ['marathon', 'app', 'remove', '/web'])
  assert.not.match(await dcos(byPath, ['marathon', 'app', 'list']), /\/web/)
  assert.match(await dcos(byPath, ['marathon', 'app', 'remove', '/web'], 1), /does not exist/)
})

real('concurrent commands are served, although each may be the one that serves the master', async () => {
  for (let round = 0; round < 5; round++) {
    await Promise.all([
      dcos(byPath, ['node', 'list']),
      dcos(byPath, ['service', 'list']),
      dcos(byPath, ['marathon', 'app', 'list']),
    ])
  }
})

real('from the built-in client to the CLI and back; user settings stay', async () => {
  const name = 'cluster.name=switched'
  const builtIn = await up(name)
  const id = JSON.parse(await dcos([name], ['cluster', 'list', '--json']))[0].cluster_id

  const bare = [name, ...byPath.slice(0, 2)]
  assertNothingDone(await up(...bare))
  assert.is(JSON.parse(await dcos(bare, ['cluster', 'list', '--json']))[0].cluster_id, id)
  await dcos(bare, ['config', 'set', 'core.ssh_user', 'ada'])

  const whole = [name, ...byPath]
  assert.equal((await up(...whole)).end.ran, ['cli-config'], 'the plugin is added')
  assert.match(await dcos(whole, ['config', 'show']), /core\.ssh_user ada/)
  assertNothingDone(await up(...whole))

  assertNothingDone(await up(name))
  assert.match(await dcos([name], ['cluster', 'list']), new RegExp(builtIn.end.url))
  assertNothingDone(await up(...whole))
  assert.match(await dcos(whole, ['config', 'show', 'core.ssh_user']), /ada/)
})

real('if DC/OS requires a login, nothing hangs, and no browser is opened', async () => {
  const bin = project.path('bin')
  const opened = project.path('opened')
  mkdirSync(bin)
  for (const browser of ['xdg-open', 'open', 'sensible-browser', 'firefox']) {
    writeFileSync(path.join(bin, browser), `#!/bin/sh\necho "$@" >> ${opened}\n`)
    chmodSync(path.join(bin, browser), 0o755)
  }
  const environment = { PATH: `${bin}:${process.env.PATH}`, DISPLAY: ':0' }
  const name = ['cluster.name=guarded', 'access.oauth=true', ...byPath]
  const run = (...words: string[]) =>
    project.run(['bootstrap', '--json', fast, ...name, ...words], { environment })
  const code = (ran: Ran) => {
    const fail = ran.events.find((event) => event.event === 'fail')
    return fail && 'code' in fail ? fail.code : undefined
  }
  const file = (content: string) => {
    writeFileSync(project.path('secret'), content)
    return project.path('secret')
  }

  const asked = await run()
  assert.equal([asked.code, code(asked), asked.end.failed], [1, 'AUTH_NEEDED', ['cli-config']], asked.stdout)
  const stale = await run(`auth.tokenFile=${file('expired')}`)
  assert.equal([stale.code, code(stale)], [1, 'AUTH_NEEDED'], stale.stdout)

  const byToken = await run(`auth.tokenFile=${file('sesame\n')}`)
  assert.equal([byToken.code, byToken.end.ran], [0, ['cli-config']], byToken.stdout)
  // It is cached: the file is no longer needed.
  assertNothingDone(await run())
  assert.match(await dcos(name, ['node', 'list']), /master \(leader\)/)
  assert.is((await project.run(['cli-config', '--undo', '--yes', fast, ...name])).code, 0)

  const user = 'auth.username=ada'
  const refused = await run(user, `auth.passwordFile=${file('wrong\n')}`)
  assert.equal([refused.code, code(refused)], [1, 'AUTH_NEEDED'], refused.stdout)
  const byPassword = await run(user, `auth.passwordFile=${file('byron\n')}`)
  assert.equal([byPassword.code, byPassword.end.ran], [0, ['cli-config']], byPassword.stdout)
  assertNothingDone(await run())
  assert.is(JSON.parse(await dcos(name, ['node', 'list', '--json'])).length, 7)
  // A token that is no longer accepted is detected and replaced.
  await dcos(name, ['config', 'set', 'core.dcos_acs_token', 'expired'])
  const expired = await run()
  assert.equal([expired.code, code(expired)], [1, 'AUTH_NEEDED'], expired.stdout)
  const renewed = await run(user, `auth.passwordFile=${file('byron\n')}`)
  assert.equal([renewed.code, renewed.end.ran], [0, ['cli-config']], renewed.stdout)
  assert.match(await dcos(name, ['service', 'list']), /marathon/)
  const half = await run(user)
  assert.equal([half.code, code(half)], [2, 'CONFIG_INVALID'], half.stdout)
  assert.not.ok(existsSync(opened), 'no browser was started')
})

test.after(() => {
  server.close()
  project.remove()
})

test.run()
