import { type Config, defaults } from '../../../config/schema.ts'
import { partition } from '../../aws/partition.ts'
import { Failure } from '../../base/failure.ts'
import type { Faults } from '../../base/faults.ts'
import { masterCount } from '../../template/groups.ts'
import { declares } from '../../template/parameters.ts'
import type { Template } from '../../template/parse.ts'
import { isLocal } from './installer-file.ts'

/** The DC/OS templates use different names for the same parameter. The first that a template declares is used. */
const names = {
  adminLocation: ['AdminLocation'],
  oauth: ['OAuthEnabled'],
  masters: ['MasterInstanceCount'],
  privateAgents: ['SlaveInstanceCount', 'PrivateAgentInstanceCount'],
  publicAgents: ['PublicSlaveInstanceCount', 'PublicAgentInstanceCount'],
  instanceType: ['DefaultInstanceType'],
  keyName: ['KeyName'],
  image: ['ImageId'],
  rootDevice: ['RootDeviceName'],
  installerUrl: ['InstallerUrl'],
  installerArn: ['InstallerArn'],
  installerSha256: ['InstallerSha256'],
  vpc: ['VpcId'],
  subnets: ['PublicSubnetIds'],
  privateSubnets: ['PrivateSubnetIds'],
  zones: ['ZoneCount'],
  nat: ['NatGateways'],
  permissionsBoundary: ['PermissionsBoundary'],
} as const

export type Setting = keyof typeof names

/** The keys of the config that decide them; the root device follows the image. */
const keys: Record<Setting, string> = {
  adminLocation: 'access.adminLocation',
  oauth: 'access.oauth',
  masters: 'cluster.masters',
  privateAgents: 'agents.private',
  publicAgents: 'agents.public',
  instanceType: 'agents.instanceType',
  keyName: 'cluster.name',
  image: 'image',
  rootDevice: 'image',
  installerUrl: 'installer.from',
  installerArn: 'installer.from',
  installerSha256: 'installer.sha256',
  vpc: 'network.vpc',
  subnets: 'network.subnets',
  privateSubnets: 'network.privateSubnets',
  zones: 'network.zones',
  nat: 'network.nat',
  permissionsBoundary: 'aws.permissionsBoundary',
}

/** How the config calls a parameter of the template: by its own key, or under `parameters`. */
export function keyFor(parameter: string): string {
  const setting = (Object.keys(names) as Setting[]).find((one) =>
    (names[one] as readonly string[]).includes(parameter),
  )
  return setting === undefined ? `parameters.${parameter}` : keys[setting]
}

/** The parameter a template uses for one of our settings; undefined when it has none for it. */
export function parameterFor(setting: Setting, declared: (name: string) => boolean): string | undefined {
  return names[setting].find(declared)
}

/** What is determined at creation, with a placeholder, so that everything else can be validated before. */
export const placeholders = {
  adminLocation: '127.0.0.1/32',
  image: 'ami-00000000',
  rootDevice: '/dev/sda1',
  installerUrl: 's3://bucket/installer',
  installerArn: 'arn:aws:s3:::bucket/installer',
  installerSha256: '0'.repeat(64),
  /** Not set in the config: a stack keeps what it has. */
  unset: '',
} as const

export type Automatic = keyof typeof placeholders

interface Row {
  /** The key of the config. */
  key: string
  setting: Setting
  /** Undefined: not set. `found`: determined at creation. */
  value: string | { found: Automatic } | undefined
  /** A template need not honour it: it is the default. */
  standard: boolean
}

/** The template's parameters that the config decides, and those determined at creation; `faults` gets what cannot be honoured. */
export function parametersOf(
  config: Config,
  template: Template,
  faults: Faults,
): { given: Record<string, string>; automatic: Record<string, Automatic> } {
  const declared = (name: string) => declares(template, name)
  const given: Record<string, string> = {}
  const automatic: Record<string, Automatic> = {}
  for (const { key, setting, standard, value } of rowsOf(config)) {
    const name = parameterFor(setting, declared)
    if (value === undefined) continue
    if (name === undefined) {
      if (!standard && !fits(setting, String(value), template))
        faults.add(cannotHonour(key, typeof value === 'string' ? value : '', names[setting], template))
    } else if (typeof value === 'string') given[name] = value
    else if (isOpen(template.Parameters?.[name]?.Default, value.found, standard))
      automatic[name] = value.found
  }
  const image = parameterFor('image', declared)
  const rootDevice = parameterFor('rootDevice', declared)
  if (rootDevice && image && (image in given || image in automatic)) automatic[rootDevice] = 'rootDevice'
  for (const [name, value] of Object.entries(config.parameters)) {
    given[name] = value
    delete automatic[name]
  }
  return { given, automatic }
}

/** Whether a template needs a value from us: one with its own image or installer needs none. */
function isOpen(fallback: unknown, found: Automatic, standard: boolean): boolean {
  if (found === 'unset') return fallback === ''
  return !(found === 'image' && standard && fallback)
}

function rowsOf(config: Config): Row[] {
  const { access, agents, aws, cluster, image, network } = config
  const row = (key: string, setting: Setting, wanted: unknown, standard: unknown): Row => ({
    key,
    setting,
    value: wanted === undefined ? undefined : String(wanted),
    standard: wanted === standard,
  })
  const found = (key: string, setting: 'adminLocation' | 'image', standard = false): Row => ({
    key,
    setting,
    value: { found: setting },
    standard,
  })
  const places = network.vpc === undefined ? undefined : (network.privateSubnets ?? network.subnets)
  return [
    // Every template has its own parameter name for the key pair.
    row('cluster.name', 'keyName', cluster.name, cluster.name),
    row('agents.private', 'privateAgents', agents.private, defaults.agents.private),
    row('agents.public', 'publicAgents', agents.public, defaults.agents.public),
    row('agents.instanceType', 'instanceType', agents.instanceType, defaults.agents.instanceType),
    row('access.oauth', 'oauth', access.oauth, defaults.access.oauth),
    access.adminLocation === 'auto'
      ? found('access.adminLocation', 'adminLocation', true)
      : row('access.adminLocation', 'adminLocation', access.adminLocation, undefined),
    ...(cluster.masters === 'auto' ? [] : [row('cluster.masters', 'masters', cluster.masters, undefined)]),
    image.startsWith('ami-')
      ? row('image', 'image', image, undefined)
      : found('image', 'image', image === defaults.image),
    ...installerRows(config),
    row('network.vpc', 'vpc', network.vpc, undefined),
    row('network.subnets', 'subnets', network.subnets, undefined),
    row('network.privateSubnets', 'privateSubnets', places, undefined),
    row('network.zones', 'zones', network.zones, defaults.network.zones),
    { ...row('network.nat', 'nat', network.nat === 'none' ? 0 : 1, 1) },
    row('aws.permissionsBoundary', 'permissionsBoundary', aws.permissionsBoundary, undefined),
  ]
}

/** A local file is uploaded at creation; its URL is not known before. */
function installerRows({ installer, region }: Config): Row[] {
  const { from, sha256 } = installer
  const row = (setting: Setting, value: string | { found: Automatic } | undefined): Row => ({
    key: 'installer.from',
    setting,
    value,
    standard: setting !== 'installerUrl',
  })
  // It matters only while nodes are installed, and need not be set again.
  if (from === undefined)
    return (['installerUrl', 'installerArn', 'installerSha256'] as const).map((setting) => ({
      ...row(setting, { found: 'unset' }),
      standard: true,
    }))
  const s3 = /^s3:\/\/(.+)$/.exec(from)?.[1]
  if (s3) {
    const arn = `arn:${partition(region)}:s3:::${s3}`
    return [row('installerUrl', from), row('installerArn', arn), row('installerSha256', sha256)]
  }
  if (!isLocal(from)) return [row('installerUrl', from), row('installerSha256', sha256)]
  return [
    row('installerUrl', { found: 'installerUrl' }),
    row('installerArn', { found: 'installerArn' }),
    row('installerSha256', sha256 ?? { found: 'installerSha256' }),
  ]
}

/** A template without a parameter for the masters has a fixed number, which may be the wanted one. */
function fits(setting: Setting, value: string, template: Template): boolean {
  return setting === 'masters' && String(masterCount(template, {})) === value
}

function cannotHonour(key: string, value: string, sought: readonly string[], template: Template): Failure {
  const masters =
    key === 'cluster.masters'
      ? `; it always has ${masterCount(template, {}) ?? 'its own number of'} masters`
      : ''
  return new Failure('PARAMETER_INVALID', {
    message: `this template cannot honour ${key}${value === '' ? '' : `=${value}`}`,
    cause: `it declares no parameter ${sought.join(' or ')}${masters}`,
    next: `leave ${key} at its default, or use another template`,
  })
}
