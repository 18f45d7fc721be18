import { hex } from '../../state/chance.ts'
import type { LooseResource } from '../../state/entries.ts'
import { AwsError } from '../../wire/errors.ts'
import { text, texts } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { passes } from './filters.ts'
import { discard, loose, running } from './inventory.ts'
import { tagSet, tagsFor } from './tags.ts'

/** The root volume of an instance whose template does not set it (AWS: "Amazon EBS root volume"), in GiB. */
const ROOT_SIZE = 8

interface Volume {
  id: string
  zone: string
  size: number
  instance?: string
  createdAt: number
  tags: Record<string, string>
}

export function createVolume(call: Call): Xml {
  const { cloud, fields, region } = call
  const zone = text(fields, 'AvailabilityZone')
  if (!zone) throw new AwsError('MissingParameter', 'The request must contain the parameter zone')
  const size = Number(text(fields, 'Size') ?? ROOT_SIZE)
  const tags = tagsFor(fields, 'volume')
  const id = cloud.log.commit((_, at) => {
    const made = `vol-0${hex(16, 'loose', zone, size, at)}`
    const resource: LooseResource = { id: made, kind: 'volume', region, description: '', zone, size, tags }
    return { change: { type: 'CreateResource', resource }, answer: made }
  })
  return { volumeId: id, size, availabilityZone: zone, status: 'creating', tagSet: tagSet(tags) }
}

export function describeVolumes(call: Call): Xml {
  const { fields } = call
  const ids = texts(fields, 'VolumeId')
  const all = volumesOf(call)
  const missing = ids.find((id) => !all.some((one) => one.id === id))
  if (missing !== undefined) throw notFound(missing)
  const found = all.filter((one) => {
    const values: Record<string, string | undefined> = {
      'volume-id': one.id,
      'availability-zone': one.zone,
      status: one.instance ? 'in-use' : 'available',
      'attachment.instance-id': one.instance,
      size: String(one.size),
    }
    return (ids.length === 0 || ids.includes(one.id)) && passes(fields, (name) => [values[name]], one.tags)
  })
  return {
    volumeSet: found.map((one) => ({
      volumeId: one.id,
      size: one.size,
      availabilityZone: one.zone,
      status: one.instance ? 'in-use' : 'available',
      createTime: new Date(one.createdAt),
      volumeType: 'gp3',
      attachmentSet: one.instance
        ? [{ volumeId: one.id, instanceId: one.instance, device: '/dev/xvda', status: 'attached' }]
        : [],
      tagSet: tagSet(one.tags),
    })),
  }
}

export function deleteVolume(call: Call): Xml {
  const id = text(call.fields, 'VolumeId') ?? ''
  const found = volumesOf(call).find((one) => one.id === id)
  if (!found) throw notFound(id)
  if (found.instance) {
    throw new AwsError('VolumeInUse', `Volume ${id} is currently attached to ${found.instance}`)
  }
  discard(call, id)
  return { return: true }
}

/** The root volumes of running instances, and volumes created outside of stacks. */
function volumesOf(call: Call): Volume[] {
  const own = running(call).map(({ machine }) => ({
    id: `vol-0${hex(16, 'root', machine.id)}`,
    zone: machine.zone,
    size: ROOT_SIZE,
    instance: machine.id,
    createdAt: machine.launchedAt,
    tags: {},
  }))
  const made = loose(call, 'volume').map(({ id, zone = '', size = ROOT_SIZE, tags }) => ({
    id,
    zone,
    size,
    createdAt: call.world.loose.get(id)!.from,
    tags,
  }))
  return [...own, ...made]
}

function notFound(id: string): AwsError {
  return new AwsError('InvalidVolume.NotFound', `The volume '${id}' does not exist.`)
}
