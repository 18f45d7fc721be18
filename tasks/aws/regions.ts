import { DescribeAvailabilityZonesCommand, DescribeRegionsCommand } from '@aws-sdk/client-ec2'
import type { Aws } from './clients.ts'
import { ec2 } from './ec2.ts'

/** Whether the account can use a region; undefined if AWS has no such region. */
export async function regionState(aws: Aws, region: string): Promise<'enabled' | 'not-enabled' | undefined> {
  try {
    const answer = await ec2(aws).send(
      new DescribeRegionsCommand({ RegionNames: [region], AllRegions: true }),
    )
    const found = answer.Regions?.find(({ RegionName }) => RegionName === region)
    return found && (found.OptInStatus === 'not-opted-in' ? 'not-enabled' : 'enabled')
  } catch (error) {
    // "Invalid region provided"
    if ((error as Error).name === 'InvalidParameterValue') return undefined
    throw error
  }
}

/** The regions that are enabled in the account, in alphabetical order. */
export async function enabledRegions(aws: Aws): Promise<string[]> {
  const { Regions = [] } = await ec2(aws).send(new DescribeRegionsCommand({}))
  return Regions.map(({ RegionName = '' }) => RegionName).sort()
}

/** The region's availability zones in the order of Fn::GetAZs, without local and wavelength zones. */
export async function availabilityZones(aws: Aws): Promise<string[]> {
  const { AvailabilityZones = [] } = await ec2(aws).send(new DescribeAvailabilityZonesCommand({}))
  // Filtered here: an emulator may not know the filters.
  return AvailabilityZones.filter(
    ({ State = 'available', ZoneType = 'availability-zone' }) =>
      State === 'available' && ZoneType === 'availability-zone',
  )
    .map(({ ZoneName = '' }) => ZoneName)
    .sort()
}
