import { describeGroups, terminateInstance } from '../../aws/scaling.ts'
import type { Stack } from '../../aws/stack/stack.ts'
import { Failure } from '../../base/failure.ts'
import { drainAgent, tasksOnAgents } from '../../dcos/drain.ts'
import type { Master } from '../../dcos/http.ts'
import { knownToken, masterAt } from '../access/token.ts'
import type { Use } from '../context.ts'
import { type ClusterNode, findNodes } from '../nodes.ts'
import { POOL_AGENTS } from '../plan/expand.ts'
import type { StackPlan } from '../plan/plan.ts'
import { parameterFor } from '../plan/settings.ts'

/** An agent to be terminated, and what runs on it. */
export interface Leaving {
  address: string
  /** EC2's instance id. */
  instance: string
  /** Mesos's agent id; undefined if DC/OS does not know the agent, or cannot be asked. */
  agentId: string | undefined
  tasks: string[]
}

/** What an update that makes a cluster smaller removes. */
export interface Shrinking {
  leaving: Leaving[]
  /** Why Auto Scaling chooses the agents, and their tasks are not moved. */
  blind: string | undefined
}

const SETTINGS = { agent: 'privateAgents', public: 'publicAgents' } as const

/** By how many agents of each role the plan is smaller than the stack. */
export function fewer(stack: Stack, plan: StackPlan): { role: keyof typeof SETTINGS; by: number }[] {
  return (Object.keys(SETTINGS) as (keyof typeof SETTINGS)[]).flatMap((role) => {
    const name = parameterFor(SETTINGS[role], (one) => one in plan.all)
    const by = name === undefined ? 0 : Number(stack.parameters[name]) - Number(plan.all[name])
    return by > 0 ? [{ role, by }] : []
  })
}

/** The agents that an update terminates: those that do not run, then those with the fewest tasks. Undefined if there are none. */
export async function planShrink(use: Use, stack: Stack, plan: StackPlan): Promise<Shrinking | undefined> {
  const less = fewer(stack, plan)
  // How many agents each pool has is in the template, not in its parameters.
  const pooled = stack.outputs[POOL_AGENTS] !== undefined && stack.templateDigest !== plan.loaded.digest
  if (less.length === 0 && !pooled) return undefined
  try {
    const { nodes, unseen, url } = await findNodes(use)
    const smaller = smallerPools(nodes, use.config.agents.pools)
    if (less.length === 0 && smaller.length === 0) return undefined
    if (url === undefined || unseen.length > 0)
      return { leaving: [], blind: unseen.join('; ') || 'DC/OS does not answer' }
    const tasks = await tasksOnAgents(masterAt(use, url, await knownToken(use)))
    const ofParameters = less.flatMap(({ by, role }) =>
      choose(
        nodes.filter((node) => node.role === role && node.instance !== undefined && node.pool === undefined),
        tasks,
        by,
      ),
    )
    const leaving = [...ofParameters, ...smaller.flatMap(({ by, members }) => choose(members, tasks, by))]
    const groups = await describeGroups(use.aws, [...new Set(nodes.flatMap(({ group }) => group ?? []))])
    const fixed = groups.find(
      ({ desired, instances, least }) =>
        least >= desired && instances.some(({ id }) => leaving.some(({ instance }) => instance === id)),
    )
    if (!fixed) return { leaving, blind: undefined }
    return {
      leaving: [],
      blind: `${fixed.name} may not have fewer than ${fixed.least} instances before the update`,
    }
  } catch (error) {
    use.signal.throwIfAborted()
    const { message } = error as Error
    return { leaving: [], blind: message }
  }
}

/** The pools that have more agents than the config wants, those that it no longer has with all of theirs. */
export function smallerPools(
  nodes: readonly ClusterNode[],
  wanted: readonly { name: string; count: number }[],
): { members: ClusterNode[]; by: number }[] {
  const names = new Set(nodes.flatMap(({ pool }) => pool ?? []))
  return [...names].flatMap((name) => {
    const members = nodes.filter(({ instance, pool }) => pool === name && instance !== undefined)
    const by = members.length - (wanted.find((pool) => pool.name === name)?.count ?? 0)
    return by > 0 ? [{ members, by }] : []
  })
}

/**
 * First those that do not run, then those with the fewest tasks; always from the fullest zone, or Auto Scaling would terminate others to
 * balance the zones (Auto Scaling User Guide, "Availability Zone rebalancing").
 */
export function choose(
  nodes: readonly ClusterNode[],
  tasks: ReadonlyMap<string, string[]>,
  by: number,
): Leaving[] {
  const left = [...nodes]
  const leaving: Leaving[] = []
  while (leaving.length < by && left.length > 0) {
    const size = (zone: string | undefined) => left.filter((node) => node.zone === zone).length
    const most = Math.max(...left.map(({ zone }) => size(zone)))
    const [first] = inOrder(
      left.filter(({ zone }) => size(zone) === most),
      tasks,
    )
    leaving.push(first!)
    left.splice(
      left.findIndex(({ instance }) => instance === first!.instance),
      1,
    )
  }
  return leaving
}

function inOrder(nodes: readonly ClusterNode[], tasks: ReadonlyMap<string, string[]>): Leaving[] {
  return nodes
    .map(({ address, agentId, instance = '' }) => ({
      address,
      instance,
      agentId,
      tasks: (agentId && tasks.get(agentId)) || [],
    }))
    .sort(
      (a, b) =>
        Number(a.agentId !== undefined) - Number(b.agentId !== undefined) || a.tasks.length - b.tasks.length,
    )
}

/** What is lost, one line per agent, shown before the question. */
export function shrinkText({ blind, leaving }: Shrinking): string[] {
  if (blind !== undefined)
    return [`Auto Scaling chooses which agents end, and what runs on them is not moved first (${blind})`]
  return leaving.map(({ address, instance, tasks }) => {
    const moved = tasks.length === 0 ? 'nothing runs on it' : `its tasks are moved first: ${listed(tasks)}`
    return `agent ${address} (${instance}) is terminated; ${moved}`
  })
}

function listed(names: string[]): string {
  const more = names.length - 5
  return `${names.slice(0, 5).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** Drains the agents, one after the other, and terminates their instances. */
export async function shrink(use: Use, { outputs }: Stack, { leaving }: Shrinking): Promise<void> {
  if (leaving.length === 0) return
  const { urlOf } = await import('../health.ts')
  const url = urlOf(use, outputs)
  await use.cloud.reach(url, 'steady')
  const master = masterAt(use, url, await knownToken(use))
  for (const agent of leaving) {
    use.signal.throwIfAborted()
    await drainAndEnd(use, master, agent, true)
  }
}

/** Moves what runs on an agent elsewhere, then terminates its instance; `fewer`: without a replacement. */
export async function drainAndEnd(use: Use, master: Master, agent: Leaving, fewer: boolean): Promise<void> {
  const { address, agentId, instance, tasks } = agent
  if (agentId !== undefined) {
    use.log(`draining ${address} (${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'})`)
    await drainAgent(master, { id: agentId, address }, use)
  }
  await terminateInstance(use.aws, instance, { fewer }).catch((error: Error) => {
    // It is already terminated.
    if (!/not found|No managed instance/i.test(error.message)) throw endFailure(error, agent)
  })
  use.log(`${address} (${instance}) terminated`)
}

function endFailure(error: Error, { instance }: Leaving): Error {
  if (error instanceof Failure) return error
  return new Failure('STACK_FAILED', {
    message: `instance ${instance} cannot be terminated`,
    cause: error.message,
    next: 'allow autoscaling:TerminateInstanceInAutoScalingGroup, then run the same command again',
  })
}
