import { describeGroups, type Group } from './aws/scaling.ts'
import { Failure } from './base/failure.ts'
import { jsonText } from './base/terminal-text.ts'
import { knownToken, masterAt } from './cluster/access/token.ts'
import type { Use } from './cluster/context.ts'
import { type ClusterNode, findNodes } from './cluster/nodes.ts'
import { drainAndEnd } from './cluster/stack/shrink.ts'
import { failingChecks } from './dcos/checks.ts'
import { tasksOnAgents } from './dcos/drain.ts'
import { mastersServing } from './dcos/health.ts'
import type { Master } from './dcos/http.ts'
import { consent } from './runner/consent.ts'
import type { Help } from './runner/help/text.ts'
import type { CommandTools } from './runner/taskfile.ts'

/** What `npx task help roll` says. */
export const help: Help = {
  checks: 'which nodes have an older image or instance type than their group launches now',
  runs: 'replaces those, one at a time, after you confirm: agents are drained first; a master is only replaced while all the others are serving. It can be stopped between two nodes and run again',
  undo: 'none; to go back, set the old image in the config and roll again',
  keys: ['cloud', 'region', 'cluster', 'auth', 'aws'],
  options: {
    force: 'replace all nodes',
    yes: 'do not ask',
    'dry-run': 'list the nodes that would be replaced',
  },
  examples: ['roll agents --dry-run', 'roll masters --yes'],
}

const POLL_MS = 5_000
/** So often must masters in succession pass their checks: the load balancer chooses which of them is asked. */
const PASSES = 12
/** How long the load balancer may go on asking a master that is gone, or one that is not ready. */
const SETTLING_MS = 3 * 60_000
/** A node is normally up a quarter of an hour after its launch. */
const DEADLINE_MS = 45 * 60_000
/** With fewer masters, losing one loses ZooKeeper's quorum. */
const LEAST_MASTERS = 3

const roles = { agents: ['agent', 'public'], masters: ['master'] } as const

type What = keyof typeof roles

/** Replaces nodes with an older image or instance type, one at a time; `--force` replaces all. Safe to stop between two nodes. */
export async function execute(use: Use & CommandTools): Promise<number> {
  const what = whatOf(use)
  const { stdout } = use
  // With --json, progress goes to stderr and one document to stdout.
  const say = (text: string) => (use.json ? use.stderr : stdout).write(text)
  const conclude = (document: object) => use.json && stdout.write(`${jsonText(document, 2)}\n`)
  const first = await survey(use, what)
  if (what === 'masters') refuseFewMasters(first.nodes)
  const wanted = use.flags.force ? first.nodes : outdated(first)
  if (wanted.length === 0) {
    conclude({ replaced: [] })
    say(`all ${first.nodes.length} ${what} are up to date; -f replaces them anyway\n`)
    return 0
  }
  const names = wanted.map(({ address, instance }) => `${address} (${instance})`)
  if (use.flags.dryRun) {
    conclude({ wouldReplace: wanted.map(replacedNode) })
    say(`would replace, one at a time:\n${names.map((name) => `  ${name}\n`).join('')}`)
    return 0
  }
  await confirm(
    use,
    `Replace ${wanted.length} of ${first.nodes.length} ${what}, one at a time: ${names.join(', ')}?`,
  )
  // The leading master last, so that there is only one election.
  const order = [...wanted].sort((a, b) => Number(a.leader) - Number(b.leader))
  for (const [index, node] of order.entries()) {
    use.signal.throwIfAborted()
    say(`${index + 1} of ${order.length}: replacing ${node.role} ${node.address}\n`)
    await replace(use, what, node, { count: first.nodes.length, settling: index > 0 })
  }
  say(`replaced ${order.length} ${what}\n`)
  conclude({ replaced: order.map(replacedNode) })
  return 0
}

const replacedNode = ({ address, instance, role }: ClusterNode) => ({
  role,
  address,
  instance: instance ?? null,
})

function whatOf({ words }: CommandTools): What {
  const [word = ''] = words
  if (words.length === 1 && Object.hasOwn(roles, word)) return word as What
  throw new Failure('USAGE', {
    message:
      words.length === 0 ? 'roll needs to know what to replace' : `roll does not know ${words.join(' ')}`,
    cause: 'it replaces agents or masters',
    next: 'npx task roll agents, or npx task roll masters',
  })
}

interface Surveyed {
  nodes: ClusterNode[]
  groups: Group[]
  master: Master
}

/** The nodes of this kind that run on EC2, and what their groups launch now. */
async function survey(use: Use, what: What): Promise<Surveyed> {
  const { nodes, unseen, url } = await findNodes(use)
  if (url === undefined || unseen.length > 0) {
    throw new Failure('NOT_UP', {
      message: 'nodes can only be replaced in a cluster that responds',
      cause: unseen.join('; ') || "the stack has no output with the masters' address",
      next: 'npx task status shows what is missing',
    })
  }
  const own = nodes.filter(
    ({ instance, role }) => instance !== undefined && (roles[what] as readonly string[]).includes(role),
  )
  const groups = await describeGroups(use.aws, [...new Set(own.flatMap(({ group }) => group ?? []))])
  return { nodes: own, groups, master: masterAt(use, url, await knownToken(use)) }
}

function outdated({ groups, nodes }: Surveyed): ClusterNode[] {
  return nodes.filter(({ group, instance }) => {
    const launching = groups.find(({ name }) => name === group)
    const launched = launching?.instances.find(({ id }) => id === instance)
    return launching !== undefined && launched !== undefined && launched.launchedFrom !== launching.launches
  })
}

function refuseFewMasters(masters: readonly ClusterNode[]): void {
  if (masters.length >= LEAST_MASTERS) return
  throw new Failure('STACK_CHANGED', {
    message: `${masters.length === 1 ? 'the only master' : `one of ${masters.length} masters`} cannot be replaced`,
    cause: "its ZooKeeper holds the cluster's state, and the other masters would have no quorum",
    next: 'create another cluster with cluster.name=… and cluster.masters=3, and move to it',
  })
}

async function confirm(use: Use, question: string): Promise<void> {
  if (await consent(question, use)) return
  throw new Failure('CONFIRMATION_NEEDED', {
    message: use.interactive ? 'you said no; nothing was changed' : 'replacing nodes was not confirmed',
    cause: question.replace(/\?$/, ''),
    next: 'run the same command with --yes',
  })
}

/** Terminates one node, and waits until its replacement is serving. `settling`: another one was replaced just before. */
async function replace(
  use: Use & CommandTools,
  what: What,
  node: ClusterNode,
  { count, settling }: { count: number; settling: boolean },
): Promise<void> {
  const look = () => survey(use, what)
  const { master, nodes } = await (settling ? settled(use, look) : look())
  if (what === 'masters') await refuseWithoutQuorum(use, master, count)
  const tasks = node.agentId ? ((await tasksOnAgents(master)).get(node.agentId) ?? []) : []
  const { address, agentId, instance = '' } = node
  if (nodes.some((one) => one.instance === instance))
    await drainAndEnd(
      use,
      master,
      { address, instance, agentId: what === 'agents' ? agentId : undefined, tasks },
      false,
    )
  const withdraw = use.offer({ what: `replacement of ${address}` })
  try {
    await untilReplaced(use, what, node, count)
  } finally {
    withdraw()
  }
}

/** The result, once it can be had: an answer of DC/OS just after a replacement may come from a master that is not ready. */
async function settled<Result>(use: Use, look: () => Promise<Result>): Promise<Result> {
  const end = use.clock.now() + SETTLING_MS
  for (;;) {
    try {
      return await look()
    } catch (error) {
      if (!isUnready(error) || use.clock.now() >= end) throw error
      await use.clock.sleep(POLL_MS, use.signal)
    }
  }
}

const isUnready = (error: unknown) =>
  error instanceof Failure && (error.code === 'NOT_UP' || error.code.startsWith('DCOS_'))

async function untilReplaced(
  use: Use & CommandTools,
  what: What,
  node: ClusterNode,
  count: number,
): Promise<void> {
  const end = use.clock.now() + DEADLINE_MS
  let passed = 0
  for (let said = ''; ; ) {
    const { serving, missing } = await progress(use, what, node, count).catch((error) => {
      if (isUnready(error)) return { serving: 0, missing: '' }
      throw error
    })
    passed = serving >= count && missing === undefined ? passed + 1 : 0
    if (passed > 0 && (what === 'agents' || passed >= PASSES)) return
    if (use.clock.now() >= end) throw notReplaced(what, node)
    const text = `${serving} of ${count} ${what} serving${serving >= count && missing ? `; ${missing}` : ''}`
    if (text !== said) use.stderr.write(`${text}\n`)
    said = text
    await use.clock.sleep(POLL_MS, use.signal)
  }
}

/** How many nodes are in DC/OS without the replaced one, and what masters lack before another can be replaced. */
async function progress(
  use: Use,
  what: What,
  node: ClusterNode,
  count: number,
): Promise<{ serving: number; missing: string | undefined }> {
  const { master, nodes } = await survey(use, what)
  const serving = nodes.filter(
    (one) => one.instance !== node.instance && !one.state.startsWith('not in DC/OS'),
  ).length
  return { serving, missing: what === 'masters' ? await masterLacks(master, count) : undefined }
}

/** Replacing a second master while data of the first is not replicated yet would lose it for good. */
async function masterLacks(master: Master, count: number): Promise<string | undefined> {
  const missing = await mastersServing(master, count)
  if (missing !== undefined) return missing
  const failing = await failingChecks(master)
  return failing.length > 0 ? `not yet: ${failing.join(', ')}` : undefined
}

/** As often as after a replacement: an earlier run may have been interrupted before the last one was complete. */
async function refuseWithoutQuorum(use: Use, master: Master, count: number): Promise<void> {
  let missing: string | undefined
  for (let look = 0; look < PASSES && missing === undefined; look++) {
    if (look > 0) await use.clock.sleep(POLL_MS, use.signal)
    missing = await masterLacks(master, count)
  }
  if (missing === undefined) return
  throw new Failure('DCOS_UNHEALTHY', {
    message: 'no master can be replaced while others are not serving',
    cause: missing,
    next: 'wait until npx task nodes shows all masters serving, then run the same command again',
  })
}

function notReplaced(what: What, { address }: ClusterNode): Failure {
  return new Failure('DCOS_UNHEALTHY', {
    message: `no replacement for ${address} is serving after ${DEADLINE_MS / 60_000} minutes`,
    cause: 'the new instance has not joined DC/OS',
    next: `see npx task nodes and npx task logs; then npx task roll ${what} continues`,
  })
}
