import type { Site, Work } from './build.ts'
import type { ResourceChange } from './changes.ts'
import { seconds } from './durations.ts'
import { capacityOf, GROUP, launchGroup } from './fleet.ts'
import { STACK_TYPE } from './model.ts'
import type { Nested } from './nest.ts'
import type { Happening } from './recorder.ts'
import { type Incarnation, type Machine, standing } from './timeline.ts'

/** Changes a resource in place. A group launches and stops instances until it has as many as it should. */
export function change(
  site: Site,
  { id, type }: Pick<ResourceChange, 'id' | 'type'>,
  startsAt: number,
  phase: 'update' | 'rollback' = 'update',
): Work {
  const { model, recorder } = site
  const properties = model.properties(id)
  const physicalId = model.physicalId(id)
  const evaluated = JSON.stringify(properties)
  const happen = (at: number, status: string, reason?: string): Happening => ({
    at,
    resource: id,
    physicalId,
    type,
    status,
    properties: evaluated,
    ...(reason === undefined ? {} : { reason }),
  })
  const [low, high] = seconds.update(type)
  const within = type === STACK_TYPE ? nested(site, id, startsAt, phase) : undefined
  let endsAt = within?.endsAt ?? startsAt + recorder.span(low, high, id, 'update')
  const happenings = [happen(startsAt, 'UPDATE_IN_PROGRESS')]
  const machines: Machine[] = []
  const stopped: Work['stopped'] = []
  const incarnation = standing(recorder.timeline).find((entry) => entry.physicalId === physicalId)
  if (type === GROUP) {
    const policy = rollingPolicy(site, id)
    const launchChanged = incarnation !== undefined && launchDiffers(incarnation.properties, properties)
    const ever = recorder.timeline.machines.filter((machine) => machine.group === physicalId)
    const running = ever.filter((machine) => machine.terminatedAt === undefined)
    const wanted = capacityOf(properties)
    const leaving = policy && launchChanged ? running : running.slice(wanted)
    const launching = wanted - (running.length - leaving.length)
    if (policy && launchChanged) {
      const text = `Rolling update initiated. Terminating ${leaving.length} obsolete instance(s) in batches of ${policy.batch}, while keeping at least ${policy.least} instance(s) in service.`
      happenings.push(happen(startsAt + recorder.span(1, 2, id, 'rolling'), 'UPDATE_IN_PROGRESS', text))
    }
    machines.push(...launchGroup(model, recorder, id, ever.length, ever.length + launching, endsAt))
    for (const [index, machine] of leaving.entries()) {
      stopped.push({ machine, at: startsAt + recorder.span(5, 60, id, 'stop', index) })
    }
    if (policy?.wait && launchChanged) {
      for (const machine of machines) {
        const text = `Received SUCCESS signal with UniqueId ${machine.id}`
        happenings.push(happen(machine.bootedAt, 'UPDATE_IN_PROGRESS', text))
        endsAt = Math.max(endsAt, machine.bootedAt)
      }
      endsAt += recorder.span(0.5, 2, id, 'settle')
    }
  }
  const told = site.failing.reason(site.failing.find(id, phase))
  const failed = told ?? within?.failed
  const struck = told === undefined ? undefined : phase
  happenings.push({
    ...happen(endsAt, failed === undefined ? 'UPDATE_COMPLETE' : 'UPDATE_FAILED', failed),
    struck,
  })
  const complete = () => {
    if (incarnation) incarnation.properties = properties
  }
  return { endsAt, failed, struck, happenings, machines, stopped, complete, undo: within?.undo }
}

function nested({ nest, model }: Site, id: string, at: number, phase: 'update' | 'rollback'): Nested {
  return phase === 'update' ? nest.update(model, id, at) : nest.takeBack(model.physicalId(id), at)
}

/** Whether new instances would be launched from something other than the old ones were. */
function launchDiffers(before: Incarnation['properties'], after: Incarnation['properties']): boolean {
  const launch = (properties: Incarnation['properties']) =>
    JSON.stringify([
      properties.LaunchConfigurationName,
      properties.LaunchTemplate,
      properties.MixedInstancesPolicy,
    ])
  return launch(before) !== launch(after)
}

function rollingPolicy(site: Site, id: string): { batch: number; least: number; wait: boolean } | undefined {
  const policy = site.model.evaluate(site.model.resources.get(id)?.UpdatePolicy ?? {}) as {
    AutoScalingRollingUpdate?: Record<string, unknown>
  }
  const rolling = policy.AutoScalingRollingUpdate
  if (!rolling) return undefined
  return {
    batch: Number(rolling.MaxBatchSize ?? 1),
    least: Number(rolling.MinInstancesInService ?? 0),
    wait: String(rolling.WaitOnResourceSignals) === 'true',
  }
}
