import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Failure } from '../../tasks/base/failure.ts'
import { failingChecks } from '../../tasks/dcos/checks.ts'
import { checkHealth } from '../../tasks/dcos/health.ts'
import { dcosAt } from '../../tasks/dcos/http.ts'
import { certificate, key } from '../certificate.ts'
import { node, withMaster } from '../rehearsal/master-cluster.ts'

const health = suite('the health of DC/OS')

const EXPECTED = { masters: 1, agents: 3 }
const timeoutMs = 5000

type Answers = Record<string, unknown | ((response: ServerResponse) => void)>

/** The answers of a healthy master with one agent. */
const healthy: Answers = {
  '/dcos-metadata/dcos-version.json': { version: '2.1.0', 'dcos-variant': 'open' },
  '/exhibitor/exhibitor/v1/cluster/status': [{ code: 3, hostname: '10.0.0.5', isLeader: true }],
  '/metadata': { CLUSTER_ID: 'abc' },
  '/mesos/state-summary': { slaves: [{ id: 'S0', active: true }] },
  '/service/marathon/v2/info': { version: '1.11.24' },
  '/system/health/v1/units': { units: [{ id: 'dcos-net.service', health: 0 }] },
  '/system/health/v1/nodes': { nodes: [{ host_ip: '10.0.0.5', health: 0 }] },
}

/** A master that answers as the test defines: a value as JSON, a function as it likes, unknown paths with 502. */
async function withAnswers<Result>(
  answers: Answers,
  body: (url: string, asked: string[], server: Server) => Promise<Result>,
): Promise<Result> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const answer = answers[path]
    if (typeof answer === 'function') return answer(response)
    response.statusCode = answer === undefined ? 502 : 200
    response.end(
      answer === undefined ? '<html><title>502 Bad Gateway</title></html>' : JSON.stringify(answer),
    )
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  try {
    return await body(`http://127.0.0.1:${port}`, asked, server)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

async function failureOf(what: Promise<unknown>): Promise<Failure> {
  try {
    await what
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('nothing failed')
}

health('is followed from a refused connection to a ready cluster', async () => {
  const answers: Answers = {}
  let address = ''
  await withAnswers(answers, async (url, asked) => {
    address = url
    const phases: [Answers, string][] = [
      [{}, 'DC/OS to answer: 502 Bad Gateway'],
      [
        { '/dcos-metadata/dcos-version.json': healthy['/dcos-metadata/dcos-version.json'] },
        'DC/OS to answer: 502 Bad Gateway',
      ],
      [{ '/exhibitor/exhibitor/v1/cluster/status': [] }, 'exhibitor: 0 of 1 serving'],
      [
        { '/exhibitor/exhibitor/v1/cluster/status': [{ code: 1, hostname: 'a', isLeader: false }] },
        'exhibitor: 0 of 1 serving',
      ],
      [
        { '/exhibitor/exhibitor/v1/cluster/status': [{ code: 3, hostname: 'a', isLeader: false }] },
        'exhibitor: 0 leaders',
      ],
      [{ ...healthy, '/metadata': { PUBLIC_IPV4: '1.2.3.4' } }, "the cluster's id"],
      [
        { ...healthy, '/mesos/state-summary': { slaves: [{ active: true }, { active: false }] } },
        'agents 1/2',
      ],
      [
        { ...healthy, '/service/marathon/v2/info': undefined, '/mesos/state-summary': { slaves: [{}, {}] } },
        'DC/OS to answer: 502 Bad Gateway',
      ],
      [{ '/service/marathon/v2/info': {} }, ''],
    ]
    for (const [change, waitingFor] of phases) {
      Object.assign(answers, change)
      asked.length = 0
      const found = await checkHealth(dcosAt(url, { timeoutMs }), { masters: 1, agents: 2 })
      assert.equal([found.waitingFor, found.ready], [waitingFor, waitingFor === ''], waitingFor)
      assert.ok(asked.length <= 7, `${asked.length} requests`)
    }
  })
  const gone = await checkHealth(dcosAt(address, { timeoutMs }), { masters: 1, agents: 2 })
  assert.is(gone.waitingFor, 'DC/OS to answer: ECONNREFUSED: nothing listens there')
  assert.is(gone.failure?.code, 'DCOS_UNREACHABLE')
})

health(
  'makes few requests: it stops at the first thing that is not ready, and a ready cluster costs seven requests',
  async () => {
    const answers = { ...healthy }
    await withAnswers(answers, async (url, asked) => {
      const found = await checkHealth(dcosAt(url, { timeoutMs }), { masters: 1, agents: 1 })
      assert.equal(found, {
        ready: true,
        waitingFor: '',
        checked: 'all',
        version: '2.1.0',
        variant: 'open',
        exhibitor: { serving: 1, total: 1, leader: '10.0.0.5' },
        clusterId: 'abc',
        agents: { seen: 1, expected: 1 },
        marathon: '1.11.24',
        unhealthy: [],
      })
      assert.equal([...asked].sort(), Object.keys(healthy).sort())
      asked.length = 0
      await checkHealth(dcosAt(url, { timeoutMs }), { masters: 3, agents: 1 })
      assert.is(asked.length, 2)
    })
  },
)

health('names the unhealthy units, and their nodes', async () => {
  const answers = {
    ...healthy,
    '/system/health/v1/units': {
      units: ['net', 'log', 'mesos-dns'].map((name) => ({ id: `dcos-${name}.service`, health: 1 })),
    },
    '/system/health/v1/nodes': { nodes: [{ host_ip: '10.0.0.5', health: 1 }] },
    '/system/health/v1/units/dcos-net.service/nodes': {
      nodes: [
        { host_ip: '10.0.0.4', health: 0 },
        { host_ip: '10.0.0.5', health: 1 },
      ],
    },
  }
  await withAnswers(answers, async (url) => {
    const found = await checkHealth(dcosAt(url, { timeoutMs }), { masters: 1, agents: 1 })
    assert.is(found.waitingFor, '3 units unhealthy: dcos-net on 10.0.0.5, dcos-log …')
    assert.equal(found.unhealthy, ['dcos-net', 'dcos-log', 'dcos-mesos-dns', '10.0.0.5'])
    assert.not(found.ready)
  })
})

health('of the rehearsed master: with a token all is checked, without one what is readable', async () => {
  await withMaster({ oauth: true, up: false }, async ({ url, cluster }) => {
    const check = (token?: string) => checkHealth(dcosAt(url, { token, timeoutMs }), EXPECTED)
    assert.is((await check()).waitingFor, 'DC/OS to answer: 502 Bad Gateway')
    cluster.up = true
    const blind = await check()
    assert.equal(
      [blind.ready, blind.checked, blind.version, blind.agents],
      [true, 'without a token', '2.2.1', undefined],
    )
    const seeing = await check('anything')
    assert.equal([seeing.ready, seeing.checked, seeing.clusterId], [true, 'all', cluster.id])
    cluster.agents.pop()
    assert.is((await check('anything')).waitingFor, 'agents 2/3')
    cluster.masters.push(node('master', 6), node('master', 7))
    const three = await checkHealth(dcosAt(url, { timeoutMs }), { masters: 3, agents: 2 })
    assert.equal(three.exhibitor, { serving: 3, total: 3, leader: '10.0.0.5' })

    const refused = await failureOf(check('expired'))
    assert.is(refused.code, 'AUTH_NEEDED')
    assert.is(refused.why, 'the token is not, or no longer, accepted')
    assert.not.match(JSON.stringify([refused.message, refused.why, refused.next]), 'expired')
  })
})

health('is waited for, not failed, whatever answers instead; and what answers is named', async () => {
  const version = '/dcos-metadata/dcos-version.json'
  const wild: [unknown, RegExp][] = [
    [
      (response: ServerResponse) => response.end('<html><head><title>Sign in</title>'),
      /an HTML page titled “Sign in”/,
    ],
    [(response: ServerResponse) => response.end('{"version": "2.'), /not complete JSON: \{"version": "2\./],
    [(response: ServerResponse) => response.end(), /is empty/],
    [['2.1.0'], /no “version”/],
    [(response: ServerResponse) => response.socket?.end('SSH-2.0-OpenSSH_8.0\r\n'), /does not speak HTTP/],
    [(response: ServerResponse) => response.socket?.destroy(), /ECONNRESET: the connection was cut/],
    [
      (response: ServerResponse) => response.writeHead(302, { location: 'ftp://elsewhere' }).end(),
      /redirects to ftp:/,
    ],
    [
      (response: ServerResponse) => response.writeHead(302, { location: version }).end(),
      /redirects more than 10 times/,
    ],
    [(response: ServerResponse) => response.end(Buffer.alloc(33 * 1024 * 1024, '[')), /larger than 32 MB/],
  ]
  for (const [answer, said] of wild) {
    await withAnswers({ ...healthy, [version]: answer }, async (url) => {
      const found = await checkHealth(dcosAt(url, { timeoutMs }), EXPECTED)
      assert.not(found.ready)
      assert.match(found.waitingFor, said)
      assert.ok(found.failure?.next)
    })
  }
  await withAnswers({ ...healthy, '/mesos/state-summary': { slaves: 'many' } }, async (url) => {
    const found = await checkHealth(dcosAt(url, { timeoutMs }), EXPECTED)
    assert.match(found.waitingFor, /no list “slaves”/)
  })
})

health('does not wait forever: neither for the first byte, nor for the last, nor when aborted', async () => {
  const version = '/dcos-metadata/dcos-version.json'
  const stalls = [
    (_: ServerResponse) => {},
    (response: ServerResponse) => response.writeHead(200, { 'content-length': '100' }).write('{"version":'),
  ]
  for (const stall of stalls) {
    await withAnswers({ [version]: stall }, async (url) => {
      const found = await checkHealth(dcosAt(url, { timeoutMs: 50 }), EXPECTED)
      assert.match(found.waitingFor, /ETIMEDOUT: it did not answer in time/)
      assert.match(found.failure?.next ?? '', /access\.adminLocation/)

      const abort = new AbortController()
      const reason = new Error('the user said stop')
      setTimeout(() => abort.abort(reason), 20)
      try {
        await checkHealth(dcosAt(url, { timeoutMs, signal: abort.signal }), EXPECTED)
        assert.unreachable()
      } catch (error) {
        assert.is(error, reason)
      }
    })
  }
})

health("a master's own checks: those that fail, none before DC/OS 1.12", async () => {
  const asked = (answer: Answers[string]) =>
    withAnswers({ '/system/checks/v1/node/': answer }, (url) => failingChecks(dcosAt(url, { timeoutMs })))
  const checks = { cockroachdb_replication: { status: 1, output: 'ranges' }, xz: { status: 0, output: '' } }
  assert.equal(await asked({ status: 1, checks }), ['cockroachdb_replication'])
  assert.equal(await asked({ status: 0, checks: {} }), [])
  assert.equal(await asked((response: ServerResponse) => response.writeHead(404).end()), [])
  const down = await asked((response: ServerResponse) => response.writeHead(502).end()).catch(
    (error) => error,
  )
  assert.is(down.code, 'DCOS_UNHEALTHY')
})

health('needs a valid address and an existing certificate authority', async () => {
  assert.is((await failureOf((async () => dcosAt('master.example', { timeoutMs }))())).code, 'CONFIG_INVALID')
  const noFile = dcosAt('https://127.0.0.1:1', { timeoutMs, caCert: '/nowhere/ca.pem' })
  assert.match((await failureOf(noFile.get('/'))).message, '/nowhere/ca.pem')
})

health(
  'over https trusts the authority it is given, and explains a certificate it cannot trust',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'authority-'))
    const caCert = path.join(folder, 'ca.pem')
    await writeFile(caCert, certificate)
    const server = createSecureServer({ key, cert: certificate }, (_, response) =>
      response.end('{"CLUSTER_ID":"abc"}'),
    )
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const named = `https://localhost:${port}`
    assert.equal(await dcosAt(named, { timeoutMs, caCert }).get('/metadata'), { CLUSTER_ID: 'abc' })
    const untrusted = await failureOf(dcosAt(named, { timeoutMs }).get('/metadata'))
    assert.match(untrusted.why ?? '', 'not signed by a known authority')
    assert.match(untrusted.next ?? '', 'auth.caCert')
    const misnamed = await failureOf(
      dcosAt(`https://127.0.0.1:${port}`, { timeoutMs, caCert }).get('/metadata'),
    )
    assert.match(misnamed.why ?? '', 'not valid for this name')
    const plain = await failureOf(dcosAt(`http://localhost:${port}`, { timeoutMs }).get('/metadata'))
    assert.is(plain.code, 'DCOS_UNREACHABLE')
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  },
)

health.run()
