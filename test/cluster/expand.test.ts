import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Config, defaults } from '../../config/schema.ts'
import { Faults } from '../../tasks/base/faults.ts'
import { expand, POOL_AGENTS } from '../../tasks/cluster/plan/expand.ts'
import { parametersOf as parameters } from '../../tasks/cluster/plan/settings.ts'
import { signalGroups } from '../../tasks/template/groups.ts'
import { loadTemplate } from '../../tasks/template/load.ts'
import { machinesOf } from '../../tasks/template/machines.ts'
import { resolveParameters } from '../../tasks/template/parameters.ts'
import { parseTemplate, type Template } from '../../tasks/template/parse.ts'
import { faultsIn } from '../../tasks/template/validate.ts'
import { userData } from '../templates/first-boot.ts'

const test = suite('what the config wants of the template')

const loaded = await loadTemplate('templates/dcos.yaml', { root: '.' })
/** The parameters, or what cannot be honoured. */
const parametersOf = (config: Config, template: Template) => {
  const faults = new Faults()
  const found = parameters(config, template, faults)
  faults.throwAny()
  return found
}
const configOf = (change: Partial<Config>): Config => ({ ...defaults, ...change })
const required = { KeyName: 'dcos', AdminLocation: '203.0.113.7/32' }

test('without pools and tags the template is sent as it is written', () => {
  assert.is(expand(loaded, configOf({})), loaded)
})

test('a pool is a group of its own: size, type, disk, attributes, spot', () => {
  const pools = [
    { name: 'gpu', count: 2, instanceType: 'p3.2xlarge', volume: 200, spot: true, attributes: 'gpu:v100' },
    { name: 'edge', count: 1, public: true },
    { name: 'none', count: 0 },
  ]
  const { body, needsBucket, template } = expand(loaded, configOf({ agents: { ...defaults.agents, pools } }))
  assert.is(needsBucket, false)
  assert.equal(parseTemplate(body), template)
  assert.equal(faultsIn(template), [])
  const { all } = resolveParameters(template, required, 'it')
  assert.equal(
    signalGroups(template, all).map(({ expected, logicalId }) => [logicalId, expected]),
    [
      ['BootstrapServerGroup', 1],
      ['MasterServerGroup', 1],
      ['SlaveServerGroup', 5],
      ['PublicSlaveServerGroup', 1],
      ['GpuSlaveServerGroup', 2],
      ['EdgePublicSlaveServerGroup', 1],
    ],
  )
  const gpu = machinesOf(template, all).find(({ logicalId }) => logicalId === 'GpuSlaveServerGroup')!
  assert.equal([gpu.count, gpu.instanceType, gpu.disk], [2, 'p3.2xlarge', 200])
  const group = template.Resources.GpuSlaveServerGroup!.Properties as Record<string, Record<string, unknown>>
  assert.is(group.LaunchTemplate, undefined)
  assert.is(
    (group.MixedInstancesPolicy!.InstancesDistribution as Record<string, unknown>).SpotAllocationStrategy,
    'capacity-optimized',
  )
  const values = Object.fromEntries(
    [...body.matchAll(/\$\{([\w:.]+)\}/g)].map(([, key]) => [key!, `<${key}>`]),
  )
  assert.match(
    userData(template, 'GpuSlaveLaunchTemplate', values),
    "GROUP='GpuSlaveServerGroup' ROLE='slave' ATTRIBUTES='pool:gpu;gpu:v100'",
  )
  assert.match(
    userData(template, 'EdgePublicSlaveLaunchTemplate', values),
    "GROUP='EdgePublicSlaveServerGroup' ROLE='slave_public' ATTRIBUTES='pool:edge'",
  )
  assert.equal(template.Outputs?.[POOL_AGENTS]?.Value, '3')
})

test('public pools bring what stands before public agents, also where there are no others', () => {
  const pools = [{ name: 'edge', count: 1, public: true }]
  const { template } = expand(loaded, configOf({ agents: { ...defaults.agents, public: 0, pools } }))
  const { all } = resolveParameters(template, { ...required, PublicSlaveInstanceCount: '0' }, 'it')
  const groups = signalGroups(template, all).map(({ logicalId }) => logicalId)
  assert.ok(groups.includes('EdgePublicSlaveServerGroup') && !groups.includes('PublicSlaveServerGroup'))
})

test('the tags of the user are on disks, too', () => {
  const { template } = expand(loaded, configOf({ tags: { team: 'data' } }))
  for (const id of ['Master', 'Slave', 'PublicSlave', 'Bootstrap']) {
    const { LaunchTemplateData } = template.Resources[`${id}LaunchTemplate`]!.Properties as {
      LaunchTemplateData: { TagSpecifications: { Tags: unknown[] }[] }
    }
    assert.equal(LaunchTemplateData.TagSpecifications[0]!.Tags.at(-1), { Key: 'team', Value: 'data' }, id)
  }
})

test('another template has no pools', () => {
  const template = parseTemplate('{"Resources":{"A":{"Type":"AWS::SNS::Topic"}}}')
  const pools = [{ name: 'gpu', count: 1 }]
  assert.throws(
    () => expand({ ...loaded, template }, configOf({ agents: { ...defaults.agents, pools } })),
    /cannot honour agents.pools/,
  )
})

test('where the installer is from decides what is known before a creation', () => {
  const { template } = loaded
  const settled = (installer: Config['installer'], more: Partial<Config> = {}) => {
    const { automatic, given } = parametersOf(configOf({ installer, ...more }), template)
    const names = ['InstallerUrl', 'InstallerArn', 'InstallerSha256']
    return names.map((name) => given[name] ?? automatic[name])
  }
  assert.equal(settled({}), ['unset', 'unset', 'unset'])
  assert.equal(settled({ from: 'https://host/i.sh', sha256: 'ab' }), ['https://host/i.sh', undefined, 'ab'])
  assert.equal(settled({ from: 's3://b/k.sh' }), ['s3://b/k.sh', 'arn:aws:s3:::b/k.sh', undefined])
  assert.equal(settled({ from: 's3://b/k' }, { region: 'cn-north-1' })[1], 'arn:aws-cn:s3:::b/k')
  assert.equal(settled({ from: '/a/i.sh' }), ['installerUrl', 'installerArn', 'installerSha256'])
  assert.equal(settled({ from: '/a/i.sh', sha256: 'cd' })[2], 'cd')
})

test('the image: found out, or named; its root device follows', () => {
  const { template } = loaded
  const auto = parametersOf(configOf({}), template)
  assert.equal([auto.automatic.ImageId, auto.automatic.RootDeviceName], ['image', 'rootDevice'])
  const named = parametersOf(configOf({ image: 'ami-01234567' }), template)
  assert.equal([named.given.ImageId, named.automatic.RootDeviceName], ['ami-01234567', 'rootDevice'])
  const by = parametersOf(configOf({ image: 'ssm:/a/b' }), template)
  assert.is(by.automatic.ImageId, 'image')
  // A template with an image of its own keeps it, unless one is named.
  const text =
    '{"Parameters":{"ImageId":{"Type":"String","Default":"ami-9"}},"Resources":{"A":{"Type":"AWS::SNS::Topic"}}}'
  const other = parseTemplate(text)
  assert.equal(parametersOf(configOf({ agents: { ...defaults.agents } }), other).automatic, {})
  assert.equal(parametersOf(configOf({ image: 'ssm:/a/b' }), other).automatic, { ImageId: 'image' })
  const none = parseTemplate('{"Resources":{"A":{"Type":"AWS::SNS::Topic"}}}')
  assert.throws(() => parametersOf(configOf({ image: 'ami-01234567' }), none), /cannot honour image/)
})

test('a network that exists: its subnets, those for private agents the same if not said', () => {
  const network = { ...defaults.network, vpc: 'vpc-01234567', subnets: 'subnet-0123456a,subnet-0123456b' }
  const { given } = parametersOf(configOf({ network }), loaded.template)
  assert.equal(
    [given.VpcId, given.PublicSubnetIds, given.PrivateSubnetIds],
    ['vpc-01234567', network.subnets, network.subnets],
  )
  assert.is(parametersOf(configOf({}), loaded.template).given.VpcId, undefined)
})

test.run()
