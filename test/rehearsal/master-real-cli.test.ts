import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { $ } from 'zx/core'
import { runClient } from '../../tasks/dcos/client/client.ts'
import { optional } from '../optional.ts'
import { withMaster } from './master-cluster.ts'

const cli = suite('the real dcos CLI against the rehearsed master')

const dcos = process.env.DCOS_GO_CLI || 'the Go CLI that DCOS_GO_CLI names'
const plugin = process.env.DCOS_GO_CORE_PLUGIN || 'the plugin that DCOS_GO_CORE_PLUGIN names'

type Dcos = (...words: string[]) => Promise<{ exit: number; out: string; err: string }>

/** Runs `body` with the CLI in a private HOME, with the environment that keeps it off the internet. */
async function withCli(body: (run: Dcos, home: string) => Promise<void>): Promise<void> {
  const home = await mkdtemp(path.join(tmpdir(), 'dcos-home-'))
  const env = {
    HOME: home,
    PATH: process.env.PATH,
    DCOS_CLUSTER_SETUP_SKIP_CANONICAL_URL_INSTALL: '1',
    DCOS_CLUSTER_SETUP_SKIP_COSMOS_INSTALL: '1',
  }
  const shell = $({ env, nothrow: true, quiet: true, stdio: ['ignore', 'pipe', 'pipe'], timeout: '30s' })
  const run: Dcos = async (...words) => {
    const { exitCode, stdout, stderr } = await shell`${dcos} ${words}`
    return { exit: exitCode ?? -1, out: stdout, err: stderr }
  }
  try {
    await body(run, home)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

const setUp = 'sets a cluster up, lists nodes, services and packages, and runs an application'
optional(cli, [dcos, plugin], setUp, async () => {
  await withMaster({}, async (standing) => {
    await withCli(async (run, home) => {
      // The exit status means nothing: without its plugins the CLI calls a configured cluster a failure.
      await run('cluster', 'setup', standing.url)
      assert.is((await run('plugin', 'add', plugin)).exit, 0)
      const [cluster] = JSON.parse((await run('cluster', 'list', '--json')).out)
      assert.equal(cluster, {
        attached: true,
        cluster_id: standing.cluster.id,
        name: 'dcos-test',
        status: 'AVAILABLE',
        url: standing.url,
        version: '2.2.1',
      })

      const nodes = await run('node', 'list')
      assert.is(nodes.exit, 0)
      assert.is(nodes.out.match(/ ACTIVE /g)?.length, 3)
      assert.match(nodes.out, /master \(leader\)/)
      assert.match((await run('service', 'list')).out, /marathon +10\.0\.0\.5 +True/)
      assert.equal(JSON.parse((await run('package', 'list', '--json')).out), [])
      const install = await run('package', 'install', 'kafka', '--yes')
      assert.equal([install.exit, install.err.trim()], [1, 'Error: Package [kafka] not found'])
      assert.match((await run('marathon', 'about')).out, /"name": "marathon"/)
      assert.match((await run('--version')).out, /dcos\.version=2\.2\.1/)

      const file = path.join(home, 'app.json')
      await writeFile(
        file,
        JSON.stringify({ id: 'web/front', cmd: 'sleep 100', instances: 2, cpus: 0.1, mem: 32 }),
      )
      assert.match((await run('marathon', 'app', 'add', file)).out, /^Created deployment [0-9a-f-]{36}\n$/)
      assert.match(
        (await run('marathon', 'app', 'list')).out,
        / {2}\/web\/front +32 +0\.1 +0\/2 +--- +scale +false /,
      )
      standing.clock.now += 2000
      assert.match(
        (await run('marathon', 'app', 'list')).out,
        / {2}\/web\/front +32 +0\.1 +2\/2 +--- +--- +false /,
      )
      assert.is(
        (await run('marathon', 'app', 'add', file)).err.trim(),
        "Error: Application '/web/front' already exists",
      )
      assert.is((await run('marathon', 'app', 'remove', 'web/front')).exit, 0)
      assert.is(
        (await run('marathon', 'app', 'remove', 'web/front')).err.trim(),
        "Error: app '/web/front' does not exist",
      )
    })
  })
})

const sameJson = 'prints the JSON that the built-in client prints'
optional(cli, [dcos, plugin], sameJson, async () => {
  await withMaster({}, async (standing) => {
    await withCli(async (run) => {
      await run('cluster', 'setup', standing.url)
      await run('plugin', 'add', plugin)
      standing.cluster.apps.push({
        id: '/sleep',
        acceptedAt: '2026-01-01T00:00:00Z',
        definition: { id: '/sleep', cmd: 'sleep 1', cpus: 1 },
      })
      for (const words of [
        ['node', 'list'],
        ['cluster', 'list'],
      ]) {
        let ours = ''
        const exit = await runClient([...words, '--json'], {
          url: standing.url,
          clusterName: standing.cluster.name,
          version: '2.2.1',
          stdout: { write: (text) => (ours += text) },
          stderr: { write: () => {} },
          stdin: (async function* () {})(),
          signal: new AbortController().signal,
        })
        assert.is(exit, 0)
        assert.is(ours, (await run(...words, '--json')).out, words.join(' '))
      }
    })
  })
})

const logIn = 'logs in with a user and password if the cluster asks for it'
optional(cli, [dcos], logIn, async () => {
  await withMaster({ oauth: true }, async (standing) => {
    await withCli(async (run) => {
      const setup = (password: string) =>
        run('cluster', 'setup', standing.url, '--username', 'ada', '--password', password, '--no-check')
      await setup('wrong')
      assert.equal(JSON.parse((await run('cluster', 'list', '--json')).out), [])
      await setup('byron')
      assert.is(JSON.parse((await run('cluster', 'list', '--json')).out)[0].cluster_id, standing.cluster.id)
      assert.match((await run('config', 'show', 'core.dcos_acs_token')).out, /rehearsed\./)
    })
  })
})

cli.run()
