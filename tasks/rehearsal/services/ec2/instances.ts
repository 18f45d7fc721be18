import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { ACCOUNT } from '../../stack/model.ts'
import type { Machine } from '../../stack/timeline.ts'
import { hex } from '../../state/chance.ts'
import type { StackRecord } from '../../state/world.ts'
import { AwsError } from '../../wire/errors.ts'
import { text, texts } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { passes } from './filters.ts'
import { tagSet } from './tags.ts'

/** How long a launched instance is pending, in rehearsed milliseconds. */
const PENDING_MS = 12_000
/** EC2 shows a terminated instance for about an hour. */
const SHOWN_AFTER_END_MS = 3_600_000

const states = { pending: 0, running: 16, terminated: 48 } as const

export function describeInstances(call: Call): Xml {
  const { world, fields, now } = call
  const wanted = texts(fields, 'InstanceId')
  const all = machines(call)
  for (const id of wanted) {
    if (!all.some(({ machine }) => machine.id === id)) {
      throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`)
    }
  }
  const reservations: Xml[] = []
  for (const { machine, record } of all) {
    if (wanted.length > 0 && !wanted.includes(machine.id)) continue
    const state = stateOf(machine, now, speedOf(record))
    const tags = { ...machine.tags, ...world.tags.get(machine.id) }
    const values: Record<string, string | undefined> = {
      'instance-id': machine.id,
      'instance-state-name': state,
      'instance-state-code': String(states[state]),
      'instance-type': machine.instanceType,
      'image-id': machine.image,
      'key-name': machine.keyName,
      'subnet-id': machine.subnet,
      'availability-zone': machine.zone,
      'private-ip-address': machine.privateIp,
      'ip-address': machine.publicIp,
    }
    if (!passes(fields, (name) => [values[name]], tags)) continue
    reservations.push({
      reservationId: `r-0${hex(16, 'reservation', machine.id)}`,
      ownerId: ACCOUNT,
      instancesSet: [tell(machine, state, call.region, tags)],
    })
  }
  return { reservationSet: reservations }
}

/** The user data of an instance. */
export function describeInstanceAttribute(call: Call): Xml {
  const { machine } = find(call)
  const attribute = text(call.fields, 'Attribute')
  if (attribute !== 'userData')
    throw new AwsError('InvalidParameterValue', `${attribute} is not part of a rehearsal`)
  return { instanceId: machine.id, userData: { value: machine.userData } }
}

function find(call: Call) {
  const id = text(call.fields, 'InstanceId') ?? ''
  const found = machines(call).find(({ machine }) => machine.id === id)
  if (!found) throw new AwsError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`)
  return found
}

/** The console of a rehearsed instance, unless a file sets it; the last instance of a group that is to fail shows why. */
export function getConsoleOutput(call: Call): Xml {
  const { machine, record } = find(call)
  const { id: instanceId } = machine
  const said = path.join(call.cloud.folder, 'consoles', instanceId)
  if (existsSync(said))
    return { instanceId, timestamp: new Date(call.now), output: readFileSync(said).toString('base64') }
  const entry = record.entries.findLast((one) => 'faults' in one)
  const fault = (entry && 'faults' in entry ? entry.faults : []).find(
    (one) => one.resource === machine.resource,
  )
  const lines = [
    '[    0.000000] Linux version 3.10.0 (a rehearsed instance)',
    `dcos-bootstrap: first boot of ${machine.resource} on ${machine.privateIp}`,
    ...(fault
      ? [
          'dcos-bootstrap: FAILED: install DC/OS (exit status 1)',
          `dcos-bootstrap:   ${fault.reason ?? 'a rehearsed failure'}`,
        ]
      : ['dcos-bootstrap: done']),
  ]
  const output = Buffer.from(`${lines.join('\r\n')}\r\n`).toString('base64')
  return { instanceId, timestamp: new Date(call.now), output }
}

function machines(call: Call): { machine: Machine; record: StackRecord }[] {
  const { cloud, world, region, now } = call
  const found: { machine: Machine; record: StackRecord }[] = []
  for (const record of cloud.records(world)) {
    if (record.region !== region) continue
    for (const machine of cloud.timeline(world, record).machines) {
      const gone =
        machine.terminatedAt !== undefined &&
        machine.terminatedAt + SHOWN_AFTER_END_MS / speedOf(record) < now
      if (machine.launchedAt <= now && !gone) found.push({ machine, record })
    }
  }
  return found
}

function speedOf(record: StackRecord): number {
  const entry = record.entries.findLast((one) => 'speed' in one)
  return entry && 'speed' in entry ? entry.speed : 1
}

function stateOf(machine: Machine, now: number, speed: number): keyof typeof states {
  if (machine.terminatedAt !== undefined && machine.terminatedAt <= now) return 'terminated'
  return machine.launchedAt + PENDING_MS / speed > now ? 'pending' : 'running'
}

function tell(
  machine: Machine,
  state: keyof typeof states,
  region: string,
  tags: Record<string, string>,
): Xml {
  const alive = state !== 'terminated'
  const { publicIp, privateIp } = machine
  return {
    instanceId: machine.id,
    imageId: machine.image,
    instanceState: { code: states[state], name: state },
    privateDnsName: alive ? `ip-${privateIp.replaceAll('.', '-')}.${region}.compute.internal` : '',
    dnsName: alive && publicIp ? `ec2-${publicIp.replaceAll('.', '-')}.${region}.compute.amazonaws.com` : '',
    keyName: machine.keyName,
    amiLaunchIndex: 0,
    instanceType: machine.instanceType,
    launchTime: new Date(machine.launchedAt),
    placement: { availabilityZone: machine.zone, tenancy: 'default' },
    subnetId: alive ? machine.subnet || undefined : undefined,
    privateIpAddress: alive ? privateIp : undefined,
    ipAddress: alive ? publicIp : undefined,
    architecture: 'x86_64',
    tagSet: tagSet(tags),
  }
}
