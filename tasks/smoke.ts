import { realClock } from './base/clock.ts'
import { Failure } from './base/failure.ts'
import { jsonText } from './base/terminal-text.ts'
import { knownToken, masterAt } from './cluster/access/token.ts'
import type { Use } from './cluster/context.ts'
import type { WaitValue } from './cluster/health.ts'
import { putApplication, removeApplication, waitForApplication } from './dcos/applications.ts'
import type { Master } from './dcos/http.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help smoke` says. */
export const help: Help = {
  runs: 'starts a web server as a Marathon application, sends it a request through Admin Router, and removes it, also after Ctrl-C',
  keys: ['cloud', 'region', 'cluster', 'auth', 'aws'],
  examples: ['smoke', 'smoke cluster.name=dcos-test'],
}

const NAME = 'dcos-bootstrap-smoke'
const DEADLINE_MS = 5 * 60_000
/** Admin Router discovers a service some seconds after it starts. */
const ANSWER_DEADLINE_MS = 60_000
const POLL_MS = 1_000

/** A web server that every node can run without pulling an image. Admin Router routes to it by these labels (DC/OS documentation, "Admin Router"). */
const application = {
  id: `/${NAME}`,
  cmd: 'PATH=$PATH:/opt/mesosphere/bin; exec python3 -m http.server $PORT0',
  cpus: 0.1,
  mem: 32,
  instances: 1,
  portDefinitions: [{ port: 0, protocol: 'tcp', name: 'http' }],
  labels: { DCOS_SERVICE_NAME: NAME, DCOS_SERVICE_SCHEME: 'http', DCOS_SERVICE_PORT_INDEX: '0' },
}

/** Runs a small application on the cluster, requests it over HTTP, and always removes it again. */
export async function execute(use: Use & CommandTools, { wait }: { wait: WaitValue }): Promise<number> {
  const { json, signal, stderr, stdout } = use
  await use.cloud.reach(wait.url, 'steady')
  const token = await knownToken(use)
  const master = masterAt(use, wait.url, token)
  const started = performance.now()
  try {
    await putApplication(master, application)
    const progress = (message: string) => stderr.write(`${message}\n`)
    await waitForApplication(master, application.id, {
      clock: realClock,
      signal,
      deadline: DEADLINE_MS,
      progress,
    })
    await waitForAnswer(use, master)
  } finally {
    // An interruption aborts this run's requests: the removal needs a signal of its own.
    const over = masterAt({ ...use, signal: new AbortController().signal }, wait.url, token)
    await removeApplication(over, application.id)
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10
  const url = `${wait.url}/service/${NAME}/`
  stdout.write(
    json
      ? `${jsonText({ ok: true, url, seconds })}\n`
      : `ok: an application ran, responded at ${url}, and was removed (${seconds} s)\n`,
  )
  return 0
}

async function waitForAnswer({ signal }: Use, master: Master): Promise<void> {
  const path = `/service/${NAME}/`
  const end = realClock.now() + ANSWER_DEADLINE_MS
  for (;;) {
    const { line, status } = await master.ask('GET', path, undefined, 'text/html')
    if (status === 200) return
    if (realClock.now() >= end) {
      throw new Failure('DCOS_UNHEALTHY', {
        message: `the application runs, but ${master.url}${path} returns ${line}`,
        cause: 'Admin Router cannot reach the agents',
        next: 'npx task nodes shows which nodes are unhealthy; see also npx task logs leader dcos-adminrouter',
      })
    }
    await realClock.sleep(POLL_MS, signal)
  }
}
