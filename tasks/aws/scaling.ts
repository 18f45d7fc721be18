import {
  AutoScalingClient,
  DescribeScalingActivitiesCommand,
  type LaunchTemplateSpecification,
  paginateDescribeAutoScalingGroups,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling'
import type { Aws } from './clients.ts'

const autoScaling = (aws: Aws) =>
  aws.client('autoscaling', (configuration) => new AutoScalingClient(configuration))

/** An Auto Scaling group and what it has launched. */
export interface Group {
  name: string
  least: number
  desired: number
  /** What it launches new instances from: the version of its launch template, or a launch configuration's name. */
  launches: string
  instances: { id: string; launchedFrom: string; state: string }[]
}

/** The groups with these names that exist. */
export async function describeGroups(aws: Aws, AutoScalingGroupNames: string[]): Promise<Group[]> {
  if (AutoScalingGroupNames.length === 0) return []
  const found: Group[] = []
  const pages = paginateDescribeAutoScalingGroups({ client: autoScaling(aws) }, { AutoScalingGroupNames })
  for await (const { AutoScalingGroups = [] } of pages)
    for (const group of AutoScalingGroups)
      found.push({
        name: group.AutoScalingGroupName ?? '',
        least: group.MinSize ?? 0,
        desired: group.DesiredCapacity ?? 0,
        launches: sourceOf(
          group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification,
          group.LaunchConfigurationName,
        ),
        instances: (group.Instances ?? []).map((one) => ({
          id: one.InstanceId ?? '',
          launchedFrom: sourceOf(one.LaunchTemplate, one.LaunchConfigurationName),
          state: one.LifecycleState ?? '',
        })),
      })
  return found
}

function sourceOf(template: LaunchTemplateSpecification | undefined, configuration: string | undefined) {
  return configuration ?? `${template?.LaunchTemplateId ?? ''} ${template?.Version ?? ''}`.trim()
}

/** Terminates an instance of a group; with `fewer` the group does not launch a replacement. */
export async function terminateInstance(aws: Aws, InstanceId: string, { fewer = false } = {}): Promise<void> {
  await autoScaling(aws).send(
    new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity: fewer }),
  )
}

/** A failed scaling activity of an Auto Scaling group. */
export interface FailedActivity {
  id: string
  at: Date
  /** AWS's own words: why no instance was launched. */
  reason: string
}

/** Activities older than a group's newest few add nothing. */
const NEWEST = 20

/**
 * What a group failed to do, newest first: no capacity, no quota, no subscription. Auto Scaling knows within seconds what CloudFormation
 * reports as missing signals only after the whole timeout (Auto Scaling API reference, "DescribeScalingActivities").
 */
export async function failedActivities(aws: Aws, group: string): Promise<FailedActivity[]> {
  const { Activities = [] } = await autoScaling(aws).send(
    new DescribeScalingActivitiesCommand({ AutoScalingGroupName: group, MaxRecords: NEWEST }),
  )
  return Activities.filter(({ StatusCode }) => StatusCode === 'Failed').map(
    ({ ActivityId, StartTime, StatusMessage }) => ({
      id: ActivityId ?? '',
      at: StartTime ?? new Date(0),
      reason: StatusMessage ?? 'Auto Scaling gives no reason',
    }),
  )
}
