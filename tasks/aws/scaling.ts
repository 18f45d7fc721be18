import { AutoScalingClient, DescribeScalingActivitiesCommand } from '@aws-sdk/client-auto-scaling'
import type { Aws } from './clients.ts'

/** An attempt of an Auto Scaling group that failed. */
export interface FailedActivity {
  id: string
  at: Date
  /** AWS's own words: why no instance was launched. */
  reason: string
}

/** More than the newest few of a group say nothing more. */
const NEWEST = 20

/**
 * What a group tried and could not do, newest first: no capacity, no quota, no subscription. Auto Scaling knows within seconds what CloudFormation only
 * calls missing signals after the whole time-out (Auto Scaling API reference, "DescribeScalingActivities").
 */
export async function failedActivities(aws: Aws, group: string): Promise<FailedActivity[]> {
  const client = aws.client('autoscaling', (configuration) => new AutoScalingClient(configuration))
  const { Activities = [] } = await client.send(
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
