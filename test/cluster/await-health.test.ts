import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { $ } from 'zx/core'
import { defaults } from '../../config/schema.ts'
import { clockAt } from '../../tasks/base/clock.ts'
import { Failure } from '../../tasks/base/failure.ts'
import { authorityOf, forgetAuthority } from '../../tasks/cluster/access/authority.ts'
import { loginToken } from '../../tasks/cluster/access/service-account.ts'
import { knownToken, logInIfConfigured } from '../../tasks/cluster/access/token.ts'
import { awaitHealth, progressText } from '../../tasks/cluster/await-health.ts'
import type { Use } from '../../tasks/cluster/context.ts'
import { newReport } from '../../tasks/runner/taskfile.ts'
import { parseTemplate } from '../../tasks/template/parse.ts'
import { optional } from '../optional.ts'
import { node, withMaster } from '../rehearsal/master-cluster.ts'

const test = suite('wait for DC/OS, and log in')
const folder = mkdtempSync(path.join(tmpdir(), 'await-health-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

const template = parseTemplate(readFileSync('templates/dcos.yaml', 'utf8'))
const parameters = { MasterInstanceCount: '1', SlaveInstanceCount: '2', PublicSlaveInstanceCount: '1' }
const MINUTE = 60_000

interface Over {
  auth?: Partial<Use['config']['auth']>
  environment?: Record<string, string>
  answers?: string[]
}

/** A minute passes in 6 ms. */
function useOf({ answers, auth, environment = {} }: Over = {}) {
  const said: string[] = []
  const asked: string[] = []
  const use = {
    config: { ...defaults, auth: { ...defaults.auth, ...auth } },
    clock: clockAt(10_000),
    cloud: { costsMoney: true, onThisMachine: true, patienceMs: 0 },
    folders: {
      root: folder,
      home: folder,
      state: folder,
      cluster: mkdtempSync(path.join(folder, 'cluster-')),
    },
    environment,
    signal: new AbortController().signal,
    report: newReport(),
    interactive: answers !== undefined,
    yes: false,
    log: (text: string) => said.push(text),
    progress: ({ message }: { message: string }) => said.push(message),
    ask: async (question: string) => {
      asked.push(question)
      return answers?.shift()
    },
    plan: async () => ({ loaded: { template } }),
  } as unknown as Use
  return { use, said, asked }
}

async function failing(what: Promise<unknown>): Promise<Failure> {
  try {
    await what
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('it did not fail')
}

test('what is known of the nodes is shown as it goes', async () => {
  const base = { ready: false, checked: 'all' as const, unhealthy: [] }
  assert.is(progressText({ ...base, waitingFor: 'x' }), 'DC/OS: waiting for x')
  assert.is(
    progressText({
      ...base,
      waitingFor: 'agents 4/6',
      exhibitor: { serving: 2, total: 3 },
      agents: { seen: 4, expected: 6 },
    }),
    '2 of 3 masters serving · 4 of 6 agents · DC/OS: waiting for agents 4/6',
  )
  await withMaster({ agents: [node('agent', 6)] }, async ({ cluster, url }) => {
    const { said, use } = useOf()
    const waiting = awaitHealth(use, url, { parameters, outputs: {} }, use.clock.now() + 30_000 * MINUTE)
    while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    cluster.agents.push(node('agent', 7), node('agent_public', 8))
    assert.is((await waiting).version, '2.2.1')
    assert.match(said[0]!, /^1 of 1 masters serving · 1 of 3 agents · DC\/OS: waiting for agents 1\/3$/)
  })
})

test('at the deadline it says what is missing, and where to look', async () => {
  await withMaster({ agents: [] }, async ({ url }) => {
    const { use } = useOf()
    const failure = await failing(
      awaitHealth(use, url, { parameters, outputs: {} }, use.clock.now() + MINUTE),
    )
    assert.is(failure.code, 'DCOS_UNHEALTHY')
    assert.match(failure.message, 'is not healthy after 90 minutes')
    assert.match(failure.why!, 'still waiting for agents 0/3')
    assert.match(failure.next!, 'npx task nodes')
  })
  await withMaster({ masters: [node('master', 5)] }, async ({ cluster, url }) => {
    cluster.up = false
    const { use } = useOf()
    const failure = await failing(
      awaitHealth(use, url, { parameters, outputs: {} }, use.clock.now() + MINUTE),
    )
    assert.match(failure.why!, /^Admin Router does not answer \(.* answers 502 Bad Gateway\)/)
  })
})

test('where nothing answers, the address that the stack admits is compared with our own', async () => {
  const { use } = useOf()
  const failure = await failing(
    awaitHealth(
      use,
      'http://127.0.0.1:9',
      { parameters: { ...parameters, AdminLocation: '10.0.0.0/8' }, outputs: {} },
      use.clock.now(),
    ),
  )
  assert.is(failure.code, 'DCOS_UNREACHABLE')
  assert.match(failure.why!, /^ECONNREFUSED: nothing listens there; nothing has responded there/)
})

test('a page in place of DC/OS ends the wait before its deadline, and so does a name that does not resolve', async () => {
  const server = createServer((_, response) => response.end('<html><title>Welcome to nginx</title></html>'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const { use } = useOf()
    const failure = await failing(
      awaitHealth(use, url, { parameters, outputs: {} }, use.clock.now() + 1e6 * MINUTE),
    )
    assert.is(failure.code, 'DCOS_UNHEALTHY')
    assert.match(failure.why!, 'Welcome to nginx')
  } finally {
    server.close()
    server.closeAllConnections()
  }
  const { use } = useOf()
  const nowhere = await failing(
    awaitHealth(use, 'http://nowhere.invalid', { parameters, outputs: {} }, use.clock.now() + 1e6 * MINUTE),
  )
  // Where there is no name service at all, that is what is said at the end.
  assert.is(nowhere.code, 'DCOS_UNREACHABLE')
})

const rsa = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

test('a service account logs in with its key', async () => {
  const privateKeyFile = path.join(folder, 'service.pem')
  writeFileSync(privateKeyFile, rsa.privateKey, { mode: 0o600 })
  await withMaster({ oauth: true }, async ({ cluster, url }) => {
    const { use } = useOf({ auth: { username: 'ci', privateKeyFile } })
    const login = await logInIfConfigured(use, url)
    assert.is(login?.clusterId, cluster.id)
    assert.is(await knownToken(use), login?.token)
    const kept = path.join(use.folders.cluster, 'home/kept.json')
    assert.is(statSync(kept).mode & 0o077, 0, 'nobody else may read the token')
    const expired = { uid: 'ci', token: loginToken('ci', rsa.privateKey, Date.now() - 3_600_000) }
    const answer = await fetch(`${url}/acs/api/v1/auth/login`, {
      method: 'POST',
      headers: { connection: 'close' },
      body: JSON.stringify(expired),
    })
    assert.is(answer.status, 401)
  })
})

test('a token comes from the environment, unless a password is wanted', async () => {
  const environment = { DCOS_ACS_TOKEN: 'from-the-environment' }
  assert.is(await knownToken(useOf({ environment }).use), 'from-the-environment')
  assert.is(await knownToken(useOf({ environment, auth: { method: 'password' } }).use), undefined)
})

optional(
  test,
  ['/usr/bin/openssl'],
  "the cluster's own authority is trusted after a yes, and kept; without one nothing is",
  async () => {
    const shell = $({ cwd: folder, quiet: true })
    await shell`openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.crt -subj /CN=rehearsed-ca -addext basicConstraints=critical,CA:TRUE`
    await shell`openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1`
    await shell`openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy -out server.crt`
    const authority = readFileSync(path.join(folder, 'ca.crt'), 'utf8')
    await withMaster({}, async ({ url }) => {
      const front = createSecureServer(
        {
          key: readFileSync(path.join(folder, 'server.key')),
          cert: readFileSync(path.join(folder, 'server.crt')),
        },
        async (request, response) => {
          if (request.url === '/ca/dcos-ca.crt') return response.end(authority)
          const answer = await fetch(url + request.url, { headers: { connection: 'close' } })
          response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
          return response.end(await answer.text())
        },
      )
      await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
      const secure = `https://127.0.0.1:${(front.address() as AddressInfo).port}`
      try {
        const until = (use: Use) => use.clock.now() + 1_000 * MINUTE
        const silent = useOf()
        const refused = await failing(
          awaitHealth(silent.use, secure, { parameters, outputs: {} }, until(silent.use)),
        )
        assert.match(refused.why!, "the master's certificate is not signed by a known authority")
        assert.is(authorityOf(silent.use), undefined)
        const no = useOf({ answers: ['n'] })
        await failing(awaitHealth(no.use, secure, { parameters, outputs: {} }, until(no.use)))
        assert.is(authorityOf(no.use), undefined)
        const yes = useOf({ answers: ['y'] })
        assert.is(
          (await awaitHealth(yes.use, secure, { parameters, outputs: {} }, until(yes.use))).version,
          '2.2.1',
        )
        assert.match(yes.said.join('\n'), /rehearsed-ca[\s\S]*SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}/)
        assert.ok(existsSync(path.join(yes.use.folders.cluster, 'ca.crt')))
        await forgetAuthority(yes.use.folders.cluster)
        assert.is(authorityOf(yes.use), undefined, 'another cluster of the name has another one')
      } finally {
        front.close()
        front.closeAllConnections()
      }
    })
  },
)

test.run()
