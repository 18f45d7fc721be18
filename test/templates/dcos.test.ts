import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { $ } from 'zx/core'
import { Failure } from '../../tasks/base/failure.ts'
import { requiredCapabilities } from '../../tasks/template/capabilities.ts'
import { conditionHolds } from '../../tasks/template/evaluate.ts'
import { masterCount, signalGroups } from '../../tasks/template/groups.ts'
import { loadTemplate } from '../../tasks/template/load.ts'
import { resolveParameters, unmetNeeds } from '../../tasks/template/parameters.ts'
import { isObject, parseTemplate } from '../../tasks/template/parse.ts'
import { referencesIn, referencesOf } from '../../tasks/template/references.ts'
import { faultsIn } from '../../tasks/template/validate.ts'
import { optional } from '../optional.ts'
import { userData } from './first-boot.ts'

const dcos = suite('our own template')

interface LaunchData {
  MetadataOptions: { HttpPutResponseHopLimit: number }
  BlockDeviceMappings: { Ebs: { Encrypted: boolean } }[]
}

const source = 'templates/dcos.yaml'
const text = readFileSync(source, 'utf8')
const template = parseTemplate(text)
const required = { KeyName: 'dcos', AdminLocation: '203.0.113.7/32' }

dcos('fits into a request and has no error that can be found without AWS', async () => {
  assert.is((await loadTemplate(source, { root: '.' })).needsBucket, false)
  assert.equal(faultsIn(template), [])
  assert.equal(requiredCapabilities(template), ['CAPABILITY_IAM'])
})

dcos('keeps the names that the old templates had, and requires what must not be guessed', () => {
  const parameters = template.Parameters ?? {}
  for (const name of [
    'KeyName',
    'AdminLocation',
    'SlaveInstanceCount',
    'PublicSlaveInstanceCount',
    'OAuthEnabled',
    'DefaultInstanceType',
  ]) {
    assert.ok(parameters[name], name)
  }
  const withoutDefault = Object.keys(parameters).filter((name) => parameters[name]?.Default === undefined)
  assert.equal(withoutDefault, ['KeyName', 'AdminLocation'])
  assert.equal(Object.keys(template.Outputs ?? {}), [
    'DnsAddress',
    'PublicSlaveDnsAddress',
    'ExhibitorS3Bucket',
  ])
  for (const id of [
    'MasterServerGroup',
    'SlaveServerGroup',
    'PublicSlaveServerGroup',
    'ElasticLoadBalancer',
    'ExhibitorS3Bucket',
  ]) {
    assert.ok(template.Resources[id], id)
  }
})

dcos('launches from launch templates, and every group waits for its signals', () => {
  const types = Object.values(template.Resources).map(({ Type }) => Type)
  assert.not(types.includes('AWS::AutoScaling::LaunchConfiguration'))
  assert.not.match(text, /\bami-[0-9a-f]{8}\b|LaunchConfiguration/)
  const groups = Object.entries(template.Resources).filter(
    ([, { Type }]) => Type === 'AWS::AutoScaling::AutoScalingGroup',
  )
  assert.is(groups.length, 4)
  for (const [id, { Properties, CreationPolicy }] of groups) {
    assert.ok(Properties?.LaunchTemplate, id)
    assert.is(CreationPolicy?.ResourceSignal?.Timeout, 'PT88M')
    assert.equal(CreationPolicy?.ResourceSignal?.Count, Properties?.DesiredCapacity)
    const { LaunchTemplateData } = template.Resources[id.replace('ServerGroup', 'LaunchTemplate')]!
      .Properties as { LaunchTemplateData: LaunchData }
    assert.equal(LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit, 1)
    assert.is(LaunchTemplateData.BlockDeviceMappings[0]!.Ebs.Encrypted, true)
  }
})

dcos('retains the bucket, private and encrypted', () => {
  const bucket = template.Resources.ExhibitorS3Bucket
  assert.equal([bucket?.DeletionPolicy, bucket?.UpdateReplacePolicy], ['Retain', 'Retain'])
  assert.equal(Object.values(bucket?.Properties?.PublicAccessBlockConfiguration as object), [
    true,
    true,
    true,
    true,
  ])
  assert.ok(bucket?.Properties?.BucketEncryption)
})

dcos('lets administrators in from their own addresses only', () => {
  const open = Object.entries(template.Resources).flatMap(([id, { Properties }]) =>
    ((Properties?.SecurityGroupIngress ?? []) as { FromPort?: number; CidrIp: unknown }[])
      .filter(({ CidrIp }) => CidrIp === '0.0.0.0/0')
      .map(({ FromPort }) => `${id} ${FromPort}`),
  )
  assert.equal(open, ['PublicSlaveSecurityGroup 80', 'PublicSlaveSecurityGroup 443'])
})

// What the units and checks of one node need of another (DC/OS 2.2, packages/ in its sources), beyond its list of ports.
dcos('lets the nodes reach each other as DC/OS needs it', () => {
  const needed: [group: string, protocol: string, port: number, by: string][] = [
    [
      'MasterSecurityGroup',
      'icmp',
      8,
      'ping leader.mesos, before adminrouter-agent, telegraf and others start',
    ],
    ['MasterSecurityGroup', 'tcp', 26257, 'CockroachDB of the other masters'],
    ['MasterSecurityGroup', 'tcp', 61053, 'Mesos DNS, from dcos-net'],
    ['SlaveSecurityGroup', 'tcp', 5051, 'the leading Mesos master'],
    ['SlaveSecurityGroup', 'tcp', 61_001, 'its Admin Router, from that of a master'],
    ['SlaveSecurityGroup', 'tcp', 40_000, 'a scheduler on an ephemeral port, from the Mesos master'],
  ]
  for (const [group, protocol, port, by] of needed) {
    const rules = template.Resources[group]?.Properties?.SecurityGroupIngress as Record<string, unknown>[]
    const open = rules.some(
      ({ FromPort, IpProtocol, SourceSecurityGroupId, ToPort }) =>
        IpProtocol === protocol &&
        (SourceSecurityGroupId as { Ref?: string } | undefined)?.Ref === 'ClusterSecurityGroup' &&
        Number(FromPort) <= port &&
        (protocol === 'icmp' || port <= Number(ToPort)),
    )
    assert.ok(open, `${group} ${protocol} ${port}: ${by}`)
  }
})

dcos('needs an installer and an image before it can bring anything up', () => {
  assert.equal(unmetNeeds(template, required), ['InstallerUrl', 'ImageId'])
  assert.equal(
    unmetNeeds(template, { InstallerUrl: 'https://host/i.sh', ImageId: 'ami-0123456789abcdef0' }),
    [],
  )
})

dcos('validates its parameters', () => {
  const accepts = (wanted: Record<string, string>) => {
    try {
      return Boolean(resolveParameters(template, { ...required, ...wanted }, source))
    } catch (error) {
      assert.instance(error, Failure)
      return false
    }
  }
  assert.ok(accepts({}))
  const cases: [string, string[], string[]][] = [
    ['MasterInstanceCount', ['1', '3', '5'], ['0', '2', '7', '']],
    ['SlaveInstanceCount', ['0', '1000'], ['-1', '1001', 'many']],
    ['PublicSlaveInstanceCount', ['0', '1000'], ['-1', '1001']],
    ['AdminLocation', ['0.0.0.0/0'], ['', 'auto', '203.0.113.7']],
    ['OAuthEnabled', ['true', 'false'], ['yes', '']],
    [
      'DefaultInstanceType',
      ['m5.large', 'u-6tb1.metal', 'm7i-flex.large'],
      ['', 'large', 'm5.large; reboot'],
    ],
    [
      'InstallerUrl',
      ['', 'https://host/a/b.sh?x=1', 's3://bucket/key'],
      ['/a/b.sh', "https://host/'; reboot #", 'https://a b'],
    ],
    ['InstallerSha256', ['', 'a'.repeat(64)], ['a'.repeat(63), 'A'.repeat(64)]],
    ['Zone', ['', 'eu-west-1b', 'us-gov-west-1a'], ['eu-west-1']],
  ]
  for (const [name, good, bad] of cases) {
    for (const value of good) assert.ok(accepts({ [name]: value }), `${name}=${value}`)
    for (const value of bad) assert.not(accepts({ [name]: value }), `${name}=${value}`)
  }
})

/** The same with the branches of Fn::If that are taken. */
function chosen(value: unknown, all: Record<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => chosen(item, all))
  if (!isObject(value)) return value
  const branches = value['Fn::If']
  if (Array.isArray(branches))
    return chosen(branches[conditionHolds(String(branches[0]), template, all) ? 1 : 2], all)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, chosen(item, all)]))
}

dcos('a group of zero is left out, with all that belongs to it', () => {
  const network = {
    VpcId: 'vpc-01234567',
    PublicSubnetIds: 'subnet-01234567',
    PrivateSubnetIds: 'subnet-01234567',
  }
  for (const [agents, publicAgents, others] of [
    [5, 1, {}],
    [0, 1, { ZoneCount: '1' }],
    [5, 0, { ZoneCount: '3', NatGateways: '0' }],
    [0, 0, { Zone: 'eu-west-1b' }],
    [1000, 1000, network],
  ] as const) {
    const { all } = resolveParameters(
      template,
      {
        ...required,
        SlaveInstanceCount: String(agents),
        PublicSlaveInstanceCount: String(publicAgents),
        MasterInstanceCount: '3',
        ...others,
      },
      source,
    )
    assert.is(masterCount(template, all), 3)
    assert.equal(
      signalGroups(template, all).map(({ logicalId, expected }) => [logicalId, expected]),
      [
        ['BootstrapServerGroup', 1],
        ['MasterServerGroup', 3],
        ...(agents ? [['SlaveServerGroup', agents]] : []),
        ...(publicAgents ? [['PublicSlaveServerGroup', publicAgents]] : []),
      ],
    )
    // What exists must not use what does not.
    const there = ({ Condition }: { Condition?: string }) =>
      !Condition || conditionHolds(Condition, template, all)
    const used = [
      ...Object.entries(template.Resources)
        .filter(([, one]) => there(one))
        .flatMap(([id, one]) => [...referencesOf(id, chosen(one, all) as typeof one)]),
      ...Object.values(template.Outputs ?? {})
        .filter(there)
        .flatMap((one) => [...referencesIn(one, [])]),
    ]
    for (const { name } of used) {
      const resource = template.Resources[name]
      assert.ok(!resource || there(resource), `${name} is used, but does not exist`)
    }
  }
})

dcos('each group has the scripts of its role, with its values before them, and space for more', () => {
  const values = Object.fromEntries(
    [...text.matchAll(/\$\{([\w:.]+)\}/g)].map(([, key]) => [key!, `<${key}>`]),
  )
  const first = ['packages', 'machine', 'signed', 'step']
  const cases: [group: string, role: string, has: string[], lacks: string[]][] = [
    ['Bootstrap', 'bootstrap', [...first, 'installer', 'generate', 'serve'], ['healthy']],
    ['Master', 'master', [...first, 'found_bootstrap', 'install', 'healthy'], ['generate']],
    ['Slave', 'slave', [...first, 'found_bootstrap', 'install', 'healthy'], ['generate']],
    ['PublicSlave', 'slave_public', [...first, 'found_bootstrap', 'install', 'healthy'], ['generate']],
  ]
  for (const [group, role, has, lacks] of cases) {
    const script = userData(template, `${group}LaunchTemplate`, values)
    // EC2: user data may have 16 KB before encoding.
    assert.ok(Buffer.byteLength(script) < 16_384, `${group}: ${Buffer.byteLength(script)} bytes`)
    assert.ok(script.startsWith("#!/bin/bash\nSTACK='<AWS::StackName>' REGION='<AWS::Region>'"), group)
    assert.ok(script.includes(`\nGROUP='${group}ServerGroup' ROLE='${role}'`), group)
    const unpacked = script.replace(/eval "\$\(base64 -d <<<(\S+) \| gunzip\)"/g, (_, blob) =>
      gunzipSync(Buffer.from(blob, 'base64')).toString(),
    )
    for (const name of has) assert.match(unpacked, new RegExp(`^${name}\\(\\) \\{`, 'm'))
    for (const name of lacks) assert.not.match(unpacked, new RegExp(`^${name}\\(\\) \\{`, 'm'))
  }
})

const linter =
  process.env.CFN_LINT ??
  (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'cfn-lint'))
    .find(existsSync) ??
  'cfn-lint'
optional(dcos, [linter], 'cfn-lint has nothing to say', async () => {
  const { stdout, exitCode } = await $({ nothrow: true, quiet: true })`${linter} -- ${source}`
  assert.is(stdout, '')
  assert.is(exitCode, 0)
})

dcos.run()
