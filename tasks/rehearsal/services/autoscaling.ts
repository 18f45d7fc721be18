import { standing } from '../stack/timeline.ts'
import { uuid } from '../state/chance.ts'
import type { ResourceFault } from '../state/entries.ts'
import type { StackRecord } from '../state/world.ts'
import { AwsError } from '../wire/errors.ts'
import { text } from '../wire/query.ts'
import type { Xml } from '../wire/xml.ts'
import type { Call } from './call.ts'

export const NAMESPACE = 'http://autoscaling.amazonaws.com/doc/2011-01-01/'

/** An attempt to launch takes so long, in rehearsed milliseconds. */
const ATTEMPT_MS = 8_000

export function autoScaling(action: string, call: Call): Xml {
  if (action !== 'DescribeScalingActivities')
    throw new AwsError('InvalidAction', `Could not find operation ${action} for version 2011-01-01`)
  const name = text(call.fields, 'AutoScalingGroupName')
  const most = Number(text(call.fields, 'MaxRecords') ?? 100)
  return { Activities: activities(call, name).reverse().slice(0, most) }
}

/** A launch for each instance; one that is told to fail by its signals, with a reason, could not be launched for that reason. */
function activities({ cloud, now, region, world }: Call, name: string | undefined): Xml[] {
  const found: Xml[] = []
  for (const record of cloud.records(world).filter((one) => one.region === region)) {
    const timeline = cloud.timeline(world, record)
    const group = standing(timeline, now).find(({ physicalId }) => physicalId === name)
    if (!group) continue
    const fault = launchFault(record, group.resource)
    const machines = timeline.machines.filter(
      (machine) => machine.group === name && machine.launchedAt <= now,
    )
    for (const [index, { id, launchedAt }] of machines.entries()) {
      const failed = fault && index >= (fault.signals ?? 0)
      if (failed && launchedAt + ATTEMPT_MS / speedOf(record) > now) continue
      found.push({
        ActivityId: uuid('activity', id),
        AutoScalingGroupName: name,
        Cause:
          'At an unspecified time an instance was started in response to a difference between desired and actual capacity.',
        Description: failed ? 'Launching a new EC2 instance' : `Launching a new EC2 instance: ${id}`,
        StartTime: new Date(launchedAt),
        StatusCode: failed ? 'Failed' : 'Successful',
        ...(failed ? { StatusMessage: fault.reason } : {}),
        Progress: '100',
      })
    }
  }
  return found
}

/** A reason that counts signals is CloudFormation's, not Auto Scaling's. */
export function launchFault(record: StackRecord, resource: string): ResourceFault | undefined {
  const entry = record.entries.findLast((one) => 'faults' in one)
  const faults = entry && 'faults' in entry ? entry.faults : []
  return faults.find(
    (fault) =>
      fault.resource === resource &&
      fault.signals !== undefined &&
      fault.reason &&
      !/signal/i.test(fault.reason),
  )
}

function speedOf(record: StackRecord): number {
  const entry = record.entries.findLast((one) => 'speed' in one)
  return entry && 'speed' in entry ? entry.speed : 1
}
