import { expect } from '../../aws/stack/estimate.ts'
import { usual } from '../../aws/stack/usual.ts'
import type { Clock } from '../../base/clock.ts'
import { duration } from '../../runner/present/words.ts'
import { existingResources } from '../../template/groups.ts'
import { machinesOf } from '../../template/machines.ts'
import type { StackPlan } from '../plan/plan.ts'
import { nodesOf } from './duration-history.ts'

/** What costs most besides instances, by its type. */
const DEAR: Record<string, string> = {
  'AWS::EC2::NatGateway': 'NAT gateway',
  'AWS::ElasticLoadBalancing::LoadBalancer': 'load balancer',
  'AWS::ElasticLoadBalancingV2::LoadBalancer': 'load balancer',
}

/** `59 resources: 8 × m5.large, 1 NAT gateway, 3 load balancers; about 10 min`; in a rehearsal `about 7 s (on AWS 10 min)`. */
export function creationText(plan: StackPlan, clock: Clock): string {
  const { all, loaded } = plan
  const resources = existingResources(loaded.template, all)
  const things = new Map<string, number>()
  const add = (what: string, by: number) => things.set(what, (things.get(what) ?? 0) + by)
  for (const { count, instanceType } of machinesOf(loaded.template, all))
    add(`× ${instanceType ?? 'an instance of a type that AWS decides'}`, count ?? 1)
  for (const [, { Type }] of resources) if (Object.hasOwn(DEAR, Type)) add(DEAR[Type]!, 1)
  const list = [...things].map(
    ([what, count]) => `${count} ${what}${count > 1 && !what.startsWith('×') ? 's' : ''}`,
  )
  const ms = expect(nodesOf(plan), usual, new Map(), new Set())?.left
  return `${resources.length} resources: ${list.join(', ')}${ms === undefined ? '' : `; ${timeText(ms, clock)}`}`
}

function timeText(ms: number, clock: Clock): string {
  const onAws = duration(Math.ceil(ms / 60_000) * 60_000)
  const real = clock.real(ms)
  return real === ms ? `about ${onAws}` : `about ${duration(Math.ceil(real / 1000) * 1000)} (on AWS ${onAws})`
}
