import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ClientUse } from '../../tasks/dcos/client/client.ts'
import { runClient } from '../../tasks/dcos/client/client.ts'
import { withMaster } from '../rehearsal/master-cluster.ts'

const client = suite('the built-in client')

interface Said {
  exit: number
  out: string
  err: string
}

/** Runs one command line; stderr comes without the line that introduces the client. */
async function dcos(
  url: string,
  line: string,
  change: Partial<ClientUse> & { input?: string } = {},
): Promise<Said> {
  const said = { out: '', err: '' }
  const exit = await runClient(line.split(' ').filter(Boolean), {
    url,
    clusterName: 'dcos-test',
    version: '2.2.1',
    stdout: { write: (text) => (said.out += text) },
    stderr: { write: (text) => (said.err += text) },
    stdin: (async function* () {
      yield change.input ?? ''
    })(),
    signal: new AbortController().signal,
    ...change,
  })
  const [who, ...rest] = said.err.split('\n')
  assert.match(who ?? '', /^dcos: the built-in client of dcos-bootstrap/)
  assert.not.match(rest.join('\n'), 'the built-in client of dcos-bootstrap, as')
  return { exit, out: said.out, err: rest.join('\n').trim() }
}

client('lists the nodes in columns', async () => {
  await withMaster({}, async ({ url, cluster }) => {
    const { exit, out, err } = await dcos(url, 'node list')
    assert.equal([exit, err], [0, ''])
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/))
    assert.equal(lines[0], ['HOSTNAME', 'IP', 'PUBLIC IP(S)', 'ID', 'TYPE', 'STATUS', 'REGION', 'ZONE'])
    assert.equal(
      lines.slice(1).map((cells) => [cells[0], cells.find((cell) => /^(agent|master \()/.test(cell))]),
      [
        ['10.0.4.6', 'agent'],
        ['10.0.4.7', 'agent'],
        ['10.0.4.8', 'agent (public)'],
        ['master.mesos.', 'master (leader)'],
      ],
    )
    cluster.agents = []
    assert.is(JSON.parse((await dcos(url, 'node list --json')).out).length, 1)
  })
})

// As the core plugin 2.2-patch.0 prints them.
client("an agent's fields are in the order of the dcos CLI", async () => {
  await withMaster({}, async ({ url }) => {
    const [agent] = JSON.parse((await dcos(url, 'node list --json')).out)
    assert.equal(
      Object.keys(agent).filter((key) => !key.startsWith('TASK_')),
      [
        ...[
          'active',
          'attributes',
          'capabilities',
          'domain',
          'framework_ids',
          'hostname',
          'public_ips',
          'id',
        ],
        ...['pid', 'port', 'region', 'registered_time', 'resources', 'used_resources', 'offered_resources'],
        ...['reserved_resources', 'unreserved_resources', 'type', 'version', 'zone', 'status'],
      ],
    )
  })
})

client('adds an application from a file or from standard input, lists it and removes it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'client-'))
  await withMaster({}, async ({ url, clock }) => {
    const file = path.join(folder, 'app.json')
    await writeFile(
      file,
      JSON.stringify({ id: '/web', cmd: 'x'.repeat(50), instances: 2, mem: 32, healthChecks: [] }),
    )
    assert.match((await dcos(url, `marathon app add ${file}`)).out, /^Created deployment [0-9a-f-]{36}\n$/)
    const input = JSON.stringify({ id: 'group/batch', cmd: 'date', cpus: 5 })
    const added = JSON.parse((await dcos(url, 'marathon app add --json', { input })).out)
    assert.is(added.id, '/group/batch')

    clock.now += 2000
    const { out } = await dcos(url, 'marathon app list')
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/))
    assert.equal(rows[0], [
      'ID',
      'MEM',
      'CPUS',
      'TASKS',
      'HEALTH',
      'DEPLOYMENT',
      'WAITING',
      'CONTAINER',
      'CMD',
      'ROLE',
    ])
    assert.equal(rows[1], [
      '/group/batch',
      '128',
      '5',
      '0/1',
      '---',
      'scale',
      'true',
      'MESOS',
      'date',
      'slave_public',
    ])
    assert.equal(rows[2]?.slice(0, 8), ['/web', '32', '1', '2/2', '2/2', '---', 'false', 'MESOS'])
    assert.is(rows[2]?.[8], `${'x'.repeat(29)}…`)
    const apps = JSON.parse((await dcos(url, 'marathon app list --json')).out)
    assert.equal(
      apps.map((app: { id: string }) => app.id),
      ['/web', '/group/batch'],
    )

    const again = await dcos(url, `marathon app add ${file}`)
    assert.equal([again.exit, again.out, again.err], [1, '', "Error: Application '/web' already exists"])
    assert.is((await dcos(url, 'marathon app remove web --force')).exit, 0)
    assert.is((await dcos(url, 'marathon app remove /web')).err, "Error: app '/web' does not exist")
    assert.match((await dcos(url, 'marathon app remove /group/batch --json')).out, /"deploymentId": "/)
    assert.is(JSON.parse((await dcos(url, 'marathon app list --json')).out).length, 0)
  })
  await rm(folder, { recursive: true })
})

client('reports what is wrong with a definition, and adds nothing', async () => {
  await withMaster({}, async ({ url, cluster }) => {
    const refused = async (input: string) => {
      const { exit, err } = await dcos(url, 'marathon app add', { input })
      assert.is(exit, 1)
      return err
    }
    assert.match(await refused('{"id":'), /^Error: standard input is not JSON: /)
    assert.match(await refused(''), /^Error: standard input is not JSON: /)
    assert.match(await refused('[{"id": "/a"}]'), /must contain one application/)
    assert.match(await refused('{"cmd": "date"}'), /has no "id"/)
    assert.match(
      await refused('{"id": "/Bad Id", "cmd": "date"}'),
      /Marathon rejected it: Object is not valid\n {2}\/id: must fully match/,
    )
    assert.match(
      (await dcos(url, 'marathon app add /nowhere.json')).err,
      /cannot read \/nowhere\.json: ENOENT/,
    )
    assert.match((await dcos(url, 'marathon app remove /')).err, /give the ID/)
    assert.equal(cluster.apps, [])
  })
})

client('shows the cluster and its settings, and never the token', async () => {
  await withMaster({ oauth: true }, async ({ url, cluster }) => {
    const token = 'sesame-of-the-cluster'
    const [shown] = JSON.parse((await dcos(url, 'cluster list --json', { token })).out)
    assert.equal([shown.cluster_id, shown.status], [cluster.id, 'AVAILABLE'])
    assert.match(
      (await dcos(url, 'cluster list', { token })).out,
      /^\s+NAME +ID +STATUS +VERSION +URL\n\* +dcos-test +5f2b/,
    )
    const lines = await dcos(url, 'config show', { token })
    assert.is(lines.out, `cluster.name dcos-test\ncore.dcos_acs_token ********\ncore.dcos_url ${url}\n`)
    const json = await dcos(url, 'config show --json', { token })
    assert.is(JSON.parse(json.out)['core.dcos_acs_token'], '********')

    const refused = await dcos(url, 'node list', { token: 'expired' })
    assert.is(refused.exit, 1)
    assert.match(refused.err, 'the token is not, or no longer, accepted')
    assert.match((await dcos(url, 'node list')).err, /this cluster asks for a login\n {2}set auth\.tokenFile/)
    assert.not.match(refused.err + refused.out, 'expired')
    cluster.up = false
    assert.match((await dcos(url, 'marathon app list', { token })).err, /^Error: .+ answers 502 Bad Gateway/)
    assert.is(JSON.parse((await dcos(url, 'cluster list --json', { token })).out)[0].status, 'UNAVAILABLE')
  })
})

client(
  'refuses unknown commands with exit 1, suggests the nearest, and says how to get the full CLI',
  async () => {
    const nowhere = 'http://127.0.0.1:1'
    const typing = await dcos(nowhere, 'nodes lst')
    assert.equal([typing.exit, typing.out], [1, ''])
    assert.match(
      typing.err,
      /^Error: "nodes lst" is not a command of the built-in client, did you mean "node list"\?\n/,
    )
    assert.match(typing.err, 'Available: node list · marathon app list · marathon app add')
    assert.match(typing.err, /set cli\.url .+ and cli\.sha256/)
    assert.not.match((await dcos(nowhere, 'package install kafka')).err, 'did you mean')
    assert.match(
      (await dcos(nowhere, 'marathon app')).err,
      '"marathon app" is not a complete command\nAvailable: marathon app list',
    )
    assert.match(
      (await dcos(nowhere, 'node list --jsn')).err,
      /^Error: node list: Unknown option '--jsn'; it takes --json$/,
    )
    assert.match(
      (await dcos(nowhere, 'marathon app remove')).err,
      'takes 1 argument: npx task dcos -- marathon app remove ID',
    )
    assert.match((await dcos(nowhere, 'node list extra')).err, 'takes 0 arguments')
    assert.is((await dcos(nowhere, '--frobnicate')).exit, 1)
    const unreachable = await dcos(nowhere, 'node list')
    assert.is(unreachable.exit, 1)
    assert.match(
      unreachable.err,
      /^Error: DC\/OS at 127\.0\.0\.1:1 cannot be reached\n {2}ECONNREFUSED: nothing listens there/,
    )
  },
)

client('prints help and its version without asking the cluster', async () => {
  const nowhere = 'http://127.0.0.1:1'
  for (const line of ['', '--help', 'help', '-h']) {
    const { exit, out } = await dcos(nowhere, line)
    assert.is(exit, 0, line)
    assert.match(out, /marathon app add \[FILE\] \[--json\] +Add an application/)
  }
  const part = (await dcos(nowhere, 'marathon --help')).out
  assert.match(part, 'marathon app remove ID')
  assert.not.match(part, 'node list')
  assert.match((await dcos(nowhere, 'node list --help')).out, 'Show all nodes in the cluster')
  assert.is((await dcos(nowhere, '--version')).out, 'dcoscli.version=built-in\ndcos.version=2.2.1\n')
})

client('stops when aborted, with the reason it was given', async () => {
  const abort = new AbortController()
  const reason = new Error('stop')
  abort.abort(reason)
  try {
    await dcos('http://127.0.0.1:1', 'node list', { signal: abort.signal })
    assert.unreachable()
  } catch (error) {
    assert.is(error, reason)
  }
})

client.run()
