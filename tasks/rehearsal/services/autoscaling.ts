import { capacityOf, GROUP, templateOf } from '../stack/fleet.ts'
import { type Machine, standing } from '../stack/timeline.ts'
import { uuid } from '../state/chance.ts'
import type { ResourceFault } from '../state/entries.ts'
import type { StackRecord } from '../state/world.ts'
import { AwsError } from '../wire/errors.ts'
import { flag, text, texts } from '../wire/query.ts'
import type { Xml } from '../wire/xml.ts'
import type { Call } from './call.ts'

export const NAMESPACE = 'http://autoscaling.amazonaws.com/doc/2011-01-01/'

/** How long an attempt to launch takes, in rehearsed milliseconds. */
const ATTEMPT_MS = 8_000

export function autoScaling(action: string, call: Call): Xml {
  if (action === 'DescribeAutoScalingGroups') return { AutoScalingGroups: groups(call) }
  if (action === 'TerminateInstanceInAutoScalingGroup') return terminate(call)
  if (action !== 'DescribeScalingActivities')
    throw new AwsError('InvalidAction', `Could not find operation ${action} for version 2011-01-01`)
  const name = text(call.fields, 'AutoScalingGroupName')
  const most = Number(text(call.fields, 'MaxRecords') ?? 100)
  return { Activities: activities(call, name).reverse().slice(0, most) }
}

interface Found {
  record: StackRecord
  properties: Record<string, unknown>
  name: string
  running: Machine[]
}

function groupsOf({ cloud, now, region, world }: Call): Found[] {
  return cloud
    .records(world)
    .filter((one) => one.region === region)
    .flatMap((record) => {
      const timeline = cloud.timeline(world, record)
      return standing(timeline, now)
        .filter(({ type }) => type === GROUP)
        .map(({ physicalId: name, properties }) => ({
          record,
          properties,
          name,
          running: timeline.machines.filter(
            ({ group, launchedAt, terminatedAt }) =>
              group === name && launchedAt <= now && (terminatedAt ?? Number.POSITIVE_INFINITY) > now,
          ),
        }))
    })
}

function groups(call: Call): Xml[] {
  const names = texts(call.fields, 'AutoScalingGroupNames.member')
  return groupsOf(call)
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map(({ name, properties, running }) => ({
      AutoScalingGroupName: name,
      MinSize: Number(properties.MinSize ?? 0),
      MaxSize: Number(properties.MaxSize ?? 0),
      DesiredCapacity: Math.min(capacityOf(properties), running.length),
      LaunchTemplate: templateOf(properties),
      LaunchConfigurationName: properties.LaunchConfigurationName as string | undefined,
      Instances: running.map(({ id, launchedFrom, zone }) => ({
        InstanceId: id,
        AvailabilityZone: zone,
        LifecycleState: 'InService',
        HealthStatus: 'Healthy',
        LaunchTemplate: launchedFrom,
      })),
    }))
}

function terminate(call: Call): Xml {
  const instance = text(call.fields, 'InstanceId') ?? ''
  const fewer = flag(call.fields, 'ShouldDecrementDesiredCapacity')
  const group = groupsOf(call).find(({ running }) => running.some(({ id }) => id === instance))
  if (!group)
    throw new AwsError(
      'ValidationError',
      `Instance Id not found - No managed instance found for instance ID: ${instance}`,
    )
  const { properties, record, running } = group
  const least = Number(properties.MinSize ?? 0)
  if (fewer && running.length <= least) {
    throw new AwsError(
      'ValidationError',
      `Currently, desiredSize equals minSize (${least}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
    )
  }
  const { id, parent } = record
  call.cloud.log.commit(() => ({
    change: {
      type: 'TerminateInstance',
      stack: parent?.root ?? id,
      ...(parent ? { nested: id } : {}),
      instance,
      replaced: !fewer,
    },
    answer: undefined,
  }))
  return { Activity: { ActivityId: uuid('activity', instance), StatusCode: 'InProgress', Progress: 0 } }
}

/** A launch per instance; one that is to fail by its signals, with a reason, could not be launched for that reason. */
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

/** A reason that counts signals comes from CloudFormation, not Auto Scaling. */
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
