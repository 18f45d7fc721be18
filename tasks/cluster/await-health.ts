import { BlockList } from 'node:net'
import { Failure } from '../base/failure.ts'
import type { Health } from '../dcos/health.ts'
import { isLasting, isNoName } from '../dcos/unreachable.ts'
import { trustAuthority } from './access/authority.ts'
import { logInIfConfigured } from './access/token.ts'
import type { Use } from './context.ts'
import { describeDcos, look, type Size, type WaitValue } from './health.ts'
import { findOwnAddress } from './plan/own-address.ts'
import { parameterFor } from './plan/settings.ts'

const POLL_MS = 5_000
/** A load balancer's name resolves some minutes after its creation; after this long something else is wrong. */
const NAME_DEADLINE_MS = 10 * 60_000
/** A server that returns web pages instead of DC/OS's JSON for this long is not a starting DC/OS. */
const STRANGER_DEADLINE_MS = 5 * 60_000

/** Waits until DC/OS is healthy, at most until `end` on the pipeline's clock, and shows the progress. Throws DCOS_…, AUTH_NEEDED. */
export async function awaitHealth(use: Use, url: string, stack: Size, end: number): Promise<WaitValue> {
  const { clock, signal } = use
  const started = clock.now()
  let loggedIn = false
  for (let said = ''; ; ) {
    const health = await look(use, url, stack)
    if (health.ready && health.checked !== 'all' && !loggedIn) {
      // Only after a login can everything be checked.
      loggedIn = (await logInIfConfigured(use, url)) !== undefined
      if (loggedIn) continue
    }
    if (health.ready) return describeDcos(url, health)
    if (health.failure && isLasting(health.failure)) {
      if (await trustAuthority(use, url, health.failure)) continue
      throw health.failure
    }
    const waited = clock.now() - started
    const hopeless = health.failure && whyHopeless(health.failure, waited)
    if (hopeless) throw hopeless
    const text = progressText(health)
    if (text !== said) use.progress({ message: text, ...counts(health) })
    said = text
    if (clock.now() >= end) throw await diagnosed(use, url, stack, health)
    await clock.sleep(POLL_MS, signal)
  }
}

/** `2 of 3 masters serving · 4 of 6 agents · waiting for …`, as far as known. */
export function progressText({ agents, exhibitor, waitingFor }: Health): string {
  return [
    exhibitor && `${exhibitor.serving} of ${exhibitor.total} masters serving`,
    agents && `${agents.seen} of ${agents.expected} agents`,
    `DC/OS: waiting for ${waitingFor}`,
  ]
    .filter(Boolean)
    .join(' · ')
}

function counts({ agents, exhibitor, unhealthy }: Health) {
  return {
    ...(exhibitor ? { masters: { serving: exhibitor.serving, expected: exhibitor.total } } : {}),
    ...(agents ? { agents } : {}),
    ...(unhealthy.length > 0 ? { unhealthy } : {}),
  }
}

/** The failure if waiting longer cannot help. */
function whyHopeless(failure: Failure, waited: number): Failure | undefined {
  const minutes = Math.floor(waited / 60_000)
  if (isNoName(failure) && waited > NAME_DEADLINE_MS) {
    return new Failure(
      'DCOS_UNREACHABLE',
      {
        message: `${failure.message}: its name has not resolved for ${minutes} minutes`,
        cause: failure.why ?? failure.message,
        next: 'check the DNS of this machine, and cluster.url if you set it; then npx task wait',
      },
      failure,
    )
  }
  const stranger = /does not answer as DC\/OS does$/.test(failure.message)
  return stranger && waited > STRANGER_DEADLINE_MS ? failure : undefined
}

/** Why DC/OS is not healthy when the wait ends. */
async function diagnosed(use: Use, url: string, stack: Size, health: Health): Promise<Failure> {
  const { deadline } = use.config.cluster
  const message = `DC/OS at ${url} is not healthy after ${deadline} minutes`
  const later = 'npx task wait continues to wait; cluster.deadline=MINUTES sets how long'
  const { exhibitor, failure, version, waitingFor } = health
  if (failure?.code === 'DCOS_UNREACHABLE' && !version) {
    const outside = await outsideOf(use, stack.parameters)
    return new Failure('DCOS_UNREACHABLE', {
      message,
      cause: outside ?? `${failure.why ?? failure.message}; nothing has responded there`,
      next: outside
        ? 'npx task stack access.adminLocation=YOUR-ADDRESS/32, then npx task wait'
        : `${failure.next ?? 'npx task status'}; ${later}`,
    })
  }
  if (exhibitor && exhibitor.serving > 0 && exhibitor.leader === undefined) {
    return new Failure('DCOS_UNHEALTHY', {
      message,
      cause: `the masters have no leader: ${exhibitor.serving} of ${exhibitor.total} serve, but a majority must`,
      next: `npx task logs leader dcos-exhibitor, or npx task ssh master; ${later}`,
    })
  }
  return new Failure('DCOS_UNHEALTHY', {
    message,
    cause: `${componentOf(failure)}still waiting for ${waitingFor}`,
    next: `npx task nodes shows which nodes are unhealthy, npx task logs their logs; ${later}`,
  })
}

/** The component of DC/OS that serves a path. */
const components: [RegExp, string][] = [
  [/\/service\/marathon\//, 'Marathon'],
  [/\/mesos\//, 'the leading Mesos master'],
  [/\/exhibitor\//, 'Exhibitor'],
  [/\/system\/health\//, 'dcos-diagnostics'],
  [/\/dcos-metadata\/|\/metadata/, 'Admin Router'],
]

function componentOf(failure: Failure | undefined): string {
  const text = failure?.message ?? ''
  if (!/ answers 50[0-9]/.test(text)) return ''
  const found = components.find(([path]) => path.test(text))
  return found ? `${found[1]} does not answer (${text}); ` : ''
}

/** Says so if the stack does not admit this machine's address; undefined if it does, or if that is not known. */
async function outsideOf(use: Use, parameters: Record<string, string>): Promise<string | undefined> {
  const admitted = parameters[parameterFor('adminLocation', (name) => name in parameters) ?? '']
  const [network, bits] = (admitted ?? '').split('/')
  const own = (await findOwnAddress(use).catch(() => undefined))?.split('/')[0]
  if (!network || !own || use.cloud.onThisMachine) return undefined
  const list = new BlockList()
  try {
    list.addSubnet(network, Number(bits ?? 32))
  } catch {
    return undefined
  }
  if (list.check(own)) return undefined
  return `the stack admits only ${admitted} (access.adminLocation), but this machine is ${own}`
}
