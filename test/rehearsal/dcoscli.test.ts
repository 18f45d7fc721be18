import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { $ } from 'zx/core'
import { installFromPypi } from '../../tasks/dcos/pypi/install.ts'
import { readRecipe } from '../../tasks/dcos/pypi/recipe.ts'
import { optional } from '../optional.ts'
import { withMaster } from './master-cluster.ts'

// Every command of the vendor's own CLI, dcoscli 0.6.1 from PyPI, against the rehearsed master.

const test = suite('dcoscli against the rehearsed master')
const python =
  spawnSync('python3', ['-c', 'import ensurepip, sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).stdout?.trim() || 'python3 with venv'
const folder = mkdtempSync(path.join(tmpdir(), 'dcoscli-'))

let program: Promise<string> | undefined
const installed = () => {
  program ??= install(3)
  return program
}

/** An index that does not answer in time is tried again: the test is about what comes after. */
async function install(tries: number): Promise<string> {
  const options = { environment: process.env, signal: new AbortController().signal }
  try {
    const recipe = await readRecipe(process.cwd())
    return (await installFromPypi(path.join(folder, 'cli'), recipe, options)).path
  } catch (error) {
    if (tries <= 1) throw error
    return install(tries - 1)
  }
}

interface Said {
  exit: number
  out: string
  err: string
}

/** Sets the CLI up for a rehearsed master, and returns a function that runs it. */
async function setUp(url: string): Promise<(line: string) => Promise<Said>> {
  const cli = await installed()
  const home = mkdtempSync(path.join(folder, 'home-'))
  const env = { HOME: home, PATH: process.env.PATH, LANG: 'C.UTF-8' }
  const shell = $({
    env,
    cwd: folder,
    nothrow: true,
    quiet: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: '60s',
  })
  const run = async (line: string) => {
    const { exitCode, stderr, stdout } = await shell`${cli} ${line.split(' ')}`
    return { exit: exitCode ?? -1, out: stdout, err: stderr }
  }
  const set = await run(`cluster setup --no-check ${url}`)
  assert.is(set.exit, 0, set.err)
  return run
}

writeFileSync(
  path.join(folder, 'web.json'),
  JSON.stringify({ id: '/web', cmd: 'sleep 100', cpus: 0.1, mem: 32, instances: 2 }),
)
writeFileSync(
  path.join(folder, 'team.json'),
  JSON.stringify({ id: '/team', apps: [{ id: '/team/a', cmd: 'sleep 100', cpus: 0.1, mem: 16 }] }),
)
writeFileSync(path.join(folder, 'options.json'), JSON.stringify({ service: { name: 'hi' } }))
writeFileSync(path.join(folder, 'wrong.json'), JSON.stringify({ service: { nmae: 'hi' } }))

/** Lines with what they must print, on stdout or stderr, and their exit status. */
type Script = [line: string, says: RegExp, exit?: number][]

async function play(run: (line: string) => Promise<Said>, script: Script, after: () => void = () => {}) {
  for (const [line, says, exit = 0] of script) {
    const said = await run(line)
    assert.match(said.out + said.err, says, `dcos ${line}\n${said.out}${said.err}`)
    assert.is(said.exit, exit, `dcos ${line}\n${said.out}${said.err}`)
    after()
  }
}

optional(test, [python], 'dcoscli: cluster, node, service, task, auth, job', async () => {
  await withMaster({}, async ({ clock, cluster, url }) => {
    const run = await setUp(url)
    cluster.apps.push({
      id: '/web',
      acceptedAt: '2026-01-01T00:00:00Z',
      definition: { id: '/web', cmd: 'sleep 1', cpus: 0.1, instances: 1 },
    })
    clock.now += 2000
    const [listed] = JSON.parse((await run('cluster list --json')).out)
    assert.equal(
      [listed.attached, listed.cluster_id, listed.version, listed.url],
      [true, cluster.id, '2.2.1', url],
    )
    assert.is(JSON.parse((await run('node --json')).out).length, 4)
    await play(run, [
      [
        'node',
        /10\.0\.4\.6 .* agent .*\n.*10\.0\.4\.7[\s\S]*master\.mesos\. +10\.0\.0\.5 .*master \(leader\)/,
      ],
      ['node log --leader', /dcos-mesos-master: Started/],
      ['node list-components --leader', /dcos-marathon\.service/],
      ['service', /marathon +10\.0\.0\.5 +True +1 /],
      ['task', /web +10\.0\.4\.\d +root +R +web\.instance/],
      ['auth list-providers', /No providers configured/, 1],
      ['job list', /does not support metronome/, 1],
      ['config show core.dcos_url', new RegExp(url)],
      [`cluster attach ${cluster.name}`, /^$/],
      [`cluster remove ${cluster.name}`, /^$/],
      ['cluster list', /^\s*$/],
    ])
  })
})

optional(test, [python], 'dcoscli: marathon', async () => {
  await withMaster({}, async ({ clock, url }) => {
    const run = await setUp(url)
    const pass = () => {
      clock.now += 2000
    }
    await play(
      run,
      [
        ['marathon about', /"name": "marathon"/],
        ['marathon ping', /pong/],
        ['marathon app add web.json', /^Created deployment [0-9a-f-]{36}/],
        ['marathon app add web.json', /already exists/, 1],
        ['marathon app list', /\/web +32 +0\.1 +2\/2/],
        ['marathon app show web', /"tasksRunning": 2/],
        ['marathon app update web instances=3', /^Created deployment/],
        ['marathon task list', /(\/web .*\n){3}/],
        ['marathon app restart web', /^Created deployment/],
        ['marathon app version list web', /^\[\n {2}"2026-/],
        ['marathon app stop web', /^Created deployment/],
        ['marathon app start web 1', /^Created deployment/],
        ['marathon deployment list', /There are no deployments/, 1],
        ['marathon app kill web', /^Killed tasks/],
        ['marathon group add team.json', /^Created deployment/],
        ['marathon group list', /\/team +1/],
        ['marathon group show team', /"id": "\/team\/a"/],
        ['marathon group scale team 3', /^Created deployment/],
        ['marathon app list', /\/team\/a +16 +0\.1 +3\/3/],
        ['marathon group remove team', /^$/],
        ['marathon app remove web', /^$/],
        ['marathon app show web', /App '\/web' does not exist/, 1],
        ['marathon leader show', /marathon\.mesos\. +10\.0\.0\.5/],
        ['marathon pod list', /^$/],
      ],
      pass,
    )
  })
})

optional(test, [python], 'dcoscli: package', async () => {
  await withMaster({}, async ({ clock, url }) => {
    const run = await setUp(url)
    const pass = () => {
      clock.now += 2000
    }
    await play(
      run,
      [
        ['package search', /hello +1\.1\.0[\s\S]*ticker +0\.3\.0/],
        ['package search tick', /ticker/],
        ['package repo list', /^Rehearsal: https:/],
        ['package repo add x https://x.invalid', /not been configured to support this operation/, 1],
        ['package describe hello', /"name": "hello"/],
        ['package describe --package-versions hello', /"1\.1\.0"/],
        ['package describe --app --render --options=options.json hello', /"id": "\/hi"/],
        ['package list', /no installed packages/, 1],
        ['package install hello --yes', /hello is being started/],
        ['package install hello --yes', /Package is already installed/, 1],
        ['package install hello --yes --options=options.json', /hello is being started/],
        ['package install hello --yes --options=wrong.json', /Unexpected properties: \['service\.nmae'\]/, 1],
        ['package install kafka --yes', /Package \[kafka\] not found/, 1],
        ['package list', /hello +1\.1\.0 +\/hello[\s\S]*\/hi/],
        ['marathon app list', /\/hello +32 +0\.1 +1\/1/],
        [
          'package uninstall hello --yes',
          /Multiple apps named \[hello\] are installed: \[\/hello, \/hi\]/,
          1,
        ],
        ['package uninstall hello --yes --app-id=/hi', /Uninstalled package \[hello\] version \[1\.1\.0\]/],
        ['package uninstall hello --yes', /hello has been removed/],
        ['package install ticker --yes', /keeps no data[\s\S]*ticker is being started/],
        ['package uninstall ticker --yes', /Uninstalled package \[ticker\]/],
        ['marathon app list', /^ *$|^ID/],
      ],
      pass,
    )
  })
})

test.after(() => rmSync(folder, { recursive: true, force: true }))

test.run()
