import { zonesOf } from '../../stack/attributes.ts'
import { hex } from '../../state/chance.ts'
import { AwsError } from '../../wire/errors.ts'
import { flag, texts } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { passes } from './filters.ts'

/** Regions that need no opt-in (AWS: "Regions and Availability Zones"). */
const always = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
]

/** In addition, a region with resources in it is enabled for the account. */
export function describeRegions({ fields, world }: Call): Xml {
  const wanted = texts(fields, 'RegionName')
  const regions = [...new Set([...always, ...[...world.stacks.values()].map(({ region }) => region)])].sort()
  const unknown = wanted.filter((name) => !regions.includes(name))
  if (unknown.length > 0)
    throw new AwsError('InvalidParameterValue', `Invalid region provided: ${unknown.join(', ')}`)
  const found = regions.filter((name) => wanted.length === 0 || wanted.includes(name))
  return {
    regionInfo: found
      .filter((name) => passes(fields, (filter) => [filter === 'region-name' ? name : undefined], {}))
      .map((name) => ({
        regionName: name,
        regionEndpoint: `ec2.${name}.amazonaws.com`,
        optInStatus: 'opt-in-not-required',
      })),
  }
}

export function describeAvailabilityZones({ fields, region }: Call): Xml {
  const zones = zonesOf(region).filter((name) =>
    passes(
      fields,
      (filter) => [{ 'zone-name': name, state: 'available', 'region-name': region }[filter]],
      {},
    ),
  )
  return {
    availabilityZoneInfo: zones.map((name, index) => ({
      zoneName: name,
      zoneState: 'available',
      regionName: region,
      zoneId: `${region.replace(/^(..)-(.).*-(\d)$/, '$1$2$3')}-az${index + 1}`,
      zoneType: 'availability-zone',
      optInStatus: 'opt-in-not-required',
    })),
  }
}

const CENTOS = '125523088429'

/** Every image exists that is requested by a well-formed id; of CentOS's own account the newest of CentOS 7. */
export function describeImages({ fields, region }: Call): Xml {
  const wanted = texts(fields, 'ImageId')
  for (const id of wanted) {
    if (!/^ami-[0-9a-f]{8}([0-9a-f]{9})?$/.test(id)) {
      throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${id}"`)
    }
  }
  const centos = `ami-0${hex(16, 'centos', region)}`
  // Deprecated images are returned only on request.
  const listed = texts(fields, 'Owner').includes(CENTOS) && flag(fields, 'IncludeDeprecated') ? [centos] : []
  return {
    imagesSet: [...wanted, ...listed].map((id) => ({
      imageId: id,
      imageLocation: `rehearsal/${id}`,
      imageState: 'available',
      imageOwnerId: CENTOS,
      isPublic: true,
      architecture: 'x86_64',
      imageType: 'machine',
      name: id === centos ? 'CentOS Linux 7 x86_64 - 2211' : `rehearsal-${hex(8, id)}`,
      rootDeviceType: 'ebs',
      rootDeviceName: '/dev/sda1',
      blockDeviceMapping: [{ deviceName: '/dev/sda1', ebs: { volumeSize: 8, volumeType: 'gp2' } }],
      virtualizationType: 'hvm',
      creationDate: '2021-01-01T00:00:00.000Z',
    })),
  }
}
