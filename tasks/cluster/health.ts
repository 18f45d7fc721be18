import { readTemplate } from '../aws/stack/stack.ts'
import { entryOf, isTerminal, underWay } from '../aws/stack/status.ts'
import { Failure } from '../base/failure.ts'
import { checkHealth, type Health } from '../dcos/health.ts'
import { type Check, done, todo } from '../runner/task.ts'
import { masterCount } from '../template/groups.ts'
import { parseTemplate } from '../template/parse.ts'
import { knownToken, masterAt } from './access/token.ts'
import type { Use } from './context.ts'
import { POOL_AGENTS } from './plan/expand.ts'
import { parameterFor } from './plan/settings.ts'
import { masterUrl } from './plan/stack-plan.ts'

export interface WaitValue {
  url: string
  version: string
  /** DC/OS's own id of the cluster; undefined if it is not available without a token. */
  clusterId: string | undefined
}

/** What is needed of the stack. */
interface Deployed {
  name: string
  status: string
  parameters: Record<string, string>
  outputs: Record<string, string>
}

/** What determines how many nodes a stack has. */
export type Size = Pick<Deployed, 'parameters' | 'outputs'>

/** Done when the stack is up and DC/OS reports that it is healthy. */
export async function checkCluster(use: Use, { stack }: { stack?: Deployed }): Promise<Check<WaitValue>> {
  if (!stack) return todo('there is no stack to wait for')
  if (!isTerminal(stack.status)) return todo(`stack ${stack.name} ${underWay(stack.status)}`)
  if (entryOf(stack.status) !== 'compare') return todo(`stack ${stack.name} is ${stack.status}`)
  const url = urlOf(use, stack.outputs)
  const { servedByUs } = await use.cloud.reach(url)
  use.report.url = url
  const health = await look(use, url, stack)
  if (!health.ready) return todo(`DC/OS at ${url} is not ready: waiting for ${health.waitingFor}`)
  const note = servedByUs && use.entry.kind === 'status' ? ' (rehearsed: npx task dashboard serves it)' : ''
  return done(describeDcos(url, health), `${healthText(health)} at ${url}${note}`)
}

/** The health of DC/OS now, checked with the known token. */
export async function look(use: Use, url: string, stack: Size): Promise<Health> {
  const expected = await expectedNodes(use, stack)
  try {
    return await checkHealth(masterAt(use, url, await knownToken(use)), expected)
  } catch (error) {
    // The token has expired: what can be checked without one decides here, and cli-config asks for a new one.
    if (!(error instanceof Failure) || error.code !== 'AUTH_NEEDED') throw error
    return checkHealth(masterAt(use, url, undefined), expected)
  }
}

/** How many nodes the deployed stack should have: the config may have changed since. */
async function expectedNodes(
  use: Use,
  { outputs, parameters }: Size,
): Promise<{ masters: number; agents: number }> {
  // Without the config's template the deployed one decides.
  const template = await use.plan().then(
    ({ loaded }) => loaded.template,
    async () => parseTemplate(await readTemplate(use.aws, use.config.cluster.name)),
  )
  const declared = (name: string) => name in parameters
  const count = (name: string | undefined) => (name === undefined ? 0 : Number(parameters[name]))
  const agents =
    count(parameterFor('privateAgents', declared)) +
    count(parameterFor('publicAgents', declared)) +
    Number(outputs[POOL_AGENTS] ?? 0)
  return { masters: masterCount(template, parameters) ?? 1, agents }
}

/** The cluster's address: `cluster.url`, else the address of the masters' load balancer among the stack's outputs. */
export function urlOf(use: Use, outputs: Record<string, string>): string {
  const { url } = use.config.cluster
  if (url !== 'auto') return url.replace(/\/$/, '')
  const address = masterUrl(outputs)
  if (!address) {
    throw new Failure('DCOS_UNREACHABLE', {
      message: 'the stack does not say where its masters can be reached',
      cause: `it has no output DnsAddress; its outputs are ${Object.keys(outputs).join(', ') || 'none'}`,
      next: 'set cluster.url=http://…',
    })
  }
  if (!URL.canParse(address)) {
    throw new Failure('DCOS_UNREACHABLE', {
      message: 'the stack does not say where its masters can be reached',
      cause: `its output says ${JSON.stringify(address.replace(/^http:\/\//, ''))}, which is not an address`,
      next: 'set cluster.url=http://…, or correct the output DnsAddress of the template',
    })
  }
  return address
}

/** What other tasks get about DC/OS. */
export function describeDcos(url: string, health: Health): WaitValue {
  return { url, version: health.version ?? '', clusterId: health.clusterId }
}

function healthText(health: Health): string {
  const partly =
    health.checked === 'all' ? 'is healthy' : 'responds (not everything can be checked without a token)'
  return `DC/OS ${health.version} ${partly}`
}
