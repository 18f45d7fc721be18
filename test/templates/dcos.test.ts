import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { $ } from 'zx/core'
import { Failure } from '../../tasks/base/failure.ts'
import { requiredCapabilities } from '../../tasks/template/capabilities.ts'
import { conditionHolds } from '../../tasks/template/evaluate.ts'
import { masterCount, signalGroups } from '../../tasks/template/groups.ts'
import { loadTemplate } from '../../tasks/template/load.ts'
import { resolveParameters, unmetNeeds } from '../../tasks/template/parameters.ts'
import { parseTemplate } from '../../tasks/template/parse.ts'
import { referencesIn, referencesOf } from '../../tasks/template/references.ts'
import { faultsIn } from '../../tasks/template/validate.ts'
import { optional } from '../optional.ts'
import { instanceWorld, userData } from './first-boot.ts'

const dcos = suite('our own template')

const source = 'templates/dcos.yaml'
const text = readFileSync(source, 'utf8')
const template = parseTemplate(text)
const required = { KeyName: 'dcos', AdminLocation: '203.0.113.7/32' }

dcos('fits into a request and has no fault that can be seen without AWS', async () => {
  assert.is((await loadTemplate(source, { root: '.' })).needsBucket, false)
  assert.equal(faultsIn(template), [])
  assert.equal(requiredCapabilities(template), ['CAPABILITY_IAM'])
})

dcos('keeps the names that the old templates had, and asks for what must not be guessed', () => {
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
  assert.is(groups.length, 3)
  for (const [id, { Properties, CreationPolicy }] of groups) {
    assert.ok(Properties?.LaunchTemplate, id)
    assert.is(CreationPolicy?.ResourceSignal?.Timeout, 'PT45M')
    assert.equal(CreationPolicy?.ResourceSignal?.Count, Properties?.DesiredCapacity)
  }
})

dcos('keeps the bucket, closed and encrypted', () => {
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

dcos('lets administrators in from their place only', () => {
  const open = Object.entries(template.Resources).flatMap(([id, { Properties }]) =>
    ((Properties?.SecurityGroupIngress ?? []) as { FromPort?: number; CidrIp: unknown }[])
      .filter(({ CidrIp }) => CidrIp === '0.0.0.0/0')
      .map(({ FromPort }) => `${id} ${FromPort}`),
  )
  assert.equal(open, ['PublicSlaveSecurityGroup 80', 'PublicSlaveSecurityGroup 443'])
})

dcos('needs an installer and an image before it can bring anything up', () => {
  assert.equal(unmetNeeds(template, required), ['InstallerUrl', 'ImageId'])
  assert.equal(
    unmetNeeds(template, { InstallerUrl: 'https://host/i.sh', ImageId: 'ami-0123456789abcdef0' }),
    [],
  )
})

dcos('judges its parameters', () => {
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

dcos('a group of none is left out, with all that belongs to it', () => {
  for (const [agents, publicAgents] of [
    [5, 1],
    [0, 1],
    [5, 0],
    [0, 0],
    [1000, 1000],
  ]) {
    const { all } = resolveParameters(
      template,
      {
        ...required,
        SlaveInstanceCount: String(agents),
        PublicSlaveInstanceCount: String(publicAgents),
        MasterInstanceCount: '3',
      },
      source,
    )
    assert.is(masterCount(template, all), 3)
    assert.equal(
      signalGroups(template, all).map(({ logicalId, expected }) => [logicalId, expected]),
      [
        ['MasterServerGroup', 3],
        ...(agents ? [['SlaveServerGroup', agents]] : []),
        ...(publicAgents ? [['PublicSlaveServerGroup', publicAgents]] : []),
      ],
    )
    // What is there must not use what is not.
    const there = ({ Condition }: { Condition?: string }) =>
      !Condition || conditionHolds(Condition, template, all)
    const used = [
      ...Object.entries(template.Resources)
        .filter(([, one]) => there(one))
        .flatMap(([id, one]) => [...referencesOf(id, one)]),
      ...Object.values(template.Outputs ?? {})
        .filter(there)
        .flatMap((one) => [...referencesIn(one, [])]),
    ]
    for (const { name } of used) {
      const resource = template.Resources[name]
      assert.ok(!resource || there(resource), `${name} is used, but not there`)
    }
  }
})

dcos('the user data of each group differs in nothing but the group and its role', () => {
  const values = Object.fromEntries(
    [...text.matchAll(/\$\{([\w:.]+)\}/g)].map(([, key]) => [key!, key === 'InstallerUrl' ? '' : `<${key}>`]),
  )
  const [master, agent, publicAgent] = ['Master', 'Slave', 'PublicSlave'].map((name) =>
    userData(template, `${name}LaunchTemplate`, values),
  )
  assert.match(master!, /^#!\/bin\/bash\nSTACK='<AWS::StackName>' REGION='<AWS::Region>'\n/)
  assert.is(
    agent,
    master!.replace("GROUP='MasterServerGroup' ROLE='master'", "GROUP='SlaveServerGroup' ROLE='slave'"),
  )
  assert.is(
    publicAgent,
    agent!.replace(
      "GROUP='SlaveServerGroup' ROLE='slave'",
      "GROUP='PublicSlaveServerGroup' ROLE='slave_public'",
    ),
  )
  // EC2: user data has at most 16 KB before it is encoded.
  assert.ok(Buffer.byteLength(master!) < 16_384)
})

const tools = ['/bin/bash', '/usr/bin/curl', '/usr/bin/openssl']
optional(
  dcos,
  tools,
  'an instance without an installer says so and signals failure, signed as AWS wants it',
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'first-boot-'))
    const world = await instanceWorld(2)
    try {
      for (const [installer, reason] of [
        ['', /no installer configured: set the parameter InstallerUrl/],
        [
          'https://host/installer.sh',
          /does not install DC\/OS yet: https:\/\/host\/installer\.sh is not used/,
        ],
      ] as const) {
        const script = userData(template, 'MasterLaunchTemplate', {
          'AWS::StackName': 'dcos-test',
          'AWS::Region': 'eu-west-1',
          'AWS::URLSuffix': 'amazonaws.com',
          MasterInstanceCount: '1',
          OAuthEnabled: 'false',
          ExhibitorS3Bucket: 'bucket',
          'InternalLoadBalancer.DNSName': 'internal.example.org',
          InstallerUrl: installer,
          InstallerSha256: '',
        })
        assert.match(script, "ENDPOINT='https://cloudformation.eu-west-1.amazonaws.com'")
        const here = script
          .replace('https://cloudformation.eu-west-1.amazonaws.com', world.address)
          .replace('http://169.254.169.254', world.address)
        const file = path.join(folder, 'user-data')
        const console = path.join(folder, 'console')
        writeFileSync(file, here)
        world.signals.length = 0
        const { exitCode } = await $({
          env: { PATH: process.env.PATH, PAUSE: '0', CONSOLE: console },
          nothrow: true,
          quiet: true,
        })`/bin/bash ${file}`
        assert.is(exitCode, 1)
        assert.equal(world.faults, [])
        assert.equal(world.signals, [
          {
            Action: 'SignalResource',
            Version: '2010-05-15',
            StackName: 'dcos-test',
            LogicalResourceId: 'MasterServerGroup',
            UniqueId: 'i-0123456789abcdef0',
            Status: 'FAILURE',
          },
        ])
        // The console is a device that takes every line; here it is a file that keeps the last.
        assert.match(readFileSync(console, 'utf8'), 'signalled FAILURE for MasterServerGroup')
        const { stdout } = await $({
          env: { PATH: process.env.PATH, PAUSE: '0', CONSOLE: '/nowhere/x' },
          nothrow: true,
          quiet: true,
        })`/bin/bash ${file}`
        assert.match(stdout, reason)
      }
    } finally {
      await world.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)

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
