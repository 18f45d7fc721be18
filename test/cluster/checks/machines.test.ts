import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { images } from '../../../tasks/cluster/checks/images.ts'
import { instanceTypes } from '../../../tasks/cluster/checks/instance-types.ts'
import { quota } from '../../../tasks/cluster/checks/quota.ts'
import type { Verdict } from '../../../tasks/cluster/checks/verdict.ts'
import { verdictOf } from '../../../tasks/cluster/checks/verdict.ts'
import { type Answer, ec2Error, ec2List, examined } from './survey.ts'

const test = suite('doctor: images, instance types, quota')

const IMAGE = 'ami-0123456789abcdef0'
const words = [
  'template=test/cluster/checks/template.yaml',
  `parameters.ImageId=${IMAGE}`,
  'access.adminLocation=203.0.113.7/32',
]

async function look(
  check: (survey: Awaited<ReturnType<typeof examined>>['survey']) => Promise<Verdict>,
  more: string[],
  answers: Record<string, Answer> = {},
): Promise<Verdict & { next?: string | null; calls: string[] }> {
  const { calls, close, survey } = await examined([...words, ...more], answers)
  try {
    return { ...(await check(survey).catch(verdictOf)), calls }
  } finally {
    close()
  }
}

const image = (state: string, architecture = 'x86_64') =>
  ec2List('DescribeImages', 'imagesSet', [
    `<imageId>${IMAGE}</imageId><imageState>${state}</imageState><architecture>${architecture}</architecture>`,
  ])

const offerings = (zones: string[]) =>
  ec2List(
    'DescribeInstanceTypeOfferings',
    'instanceTypeOfferingSet',
    zones.map((zone) => `<instanceType>m5.large</instanceType><location>${zone}</location>`),
  )

const quotaOf = (Value: number) => JSON.stringify({ Quota: { Value } })

test('an image that exists is well', async () => {
  const found = await look(images, [])
  assert.is(found.state, 'done')
  assert.match(found.message, IMAGE)
})

test('an image that is gone fails with what to do, in the words of a not found and of a malformed id', async () => {
  for (const code of ['InvalidAMIID.NotFound', 'InvalidAMIID.Malformed', 'InvalidAMIID.Unavailable']) {
    const found = await look(images, [], {
      DescribeImages: ec2Error(code, `The image id '[${IMAGE}]' does not exist`),
    })
    assert.is(found.state, 'fail')
    assert.match(found.message, `${IMAGE} does not exist in eu-west-1`)
    assert.match(found.next!, 'image of this region')
  }
  const empty = await look(images, [], { DescribeImages: ec2List('DescribeImages', 'imagesSet', []) })
  assert.is(empty.state, 'fail')
})

test('an emulator has no images of its own, which only warns', async () => {
  const found = await look(images, ['aws.endpoint=http://127.0.0.1:1'], {
    DescribeImages: ec2Error('InvalidAMIID.NotFound', `The image id '[${IMAGE}]' does not exist`),
  })
  assert.is(found.state, 'warn')
})

test('an image that is not available fails', async () => {
  const found = await look(images, [], { DescribeImages: image('deregistered') })
  assert.is(found.state, 'fail')
  assert.match(found.message, 'deregistered')
})

const detailed = (details: string) =>
  ec2List('DescribeImages', 'imagesSet', [
    `<imageId>${IMAGE}</imageId><imageState>available</imageState><architecture>x86_64</architecture><rootDeviceName>/dev/sda1</rootDeviceName>${details}`,
  ])
const ours = ['template=templates/dcos.yaml', 'installer.from=https://host.example/dcos_generate_config.sh']

test('an image that needs a larger disk than it gets fails with whose disk it is', async () => {
  const size = (gigabytes: number) =>
    detailed(
      `<blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><volumeSize>${gigabytes}</volumeSize></ebs></item></blockDeviceMapping>`,
    )
  const found = await look(images, ours, { DescribeImages: size(100) })
  assert.is(found.state, 'fail')
  assert.match(found.message, `the disk of BootstrapServerGroup has 60 GiB, and ${IMAGE} needs 100`)
  assert.is((await look(images, ours, { DescribeImages: size(60) })).state, 'done')
})

test("an image of the Marketplace is tried dry: without a subscription it fails in AWS's words", async () => {
  const sold = detailed(
    '<productCodes><item><productCode>x</productCode><type>marketplace</type></item></productCodes>',
  )
  const refusal = 'In order to use this AWS Marketplace product you need to accept terms and subscribe.'
  const found = await look(images, ours, {
    DescribeImages: sold,
    RunInstances: ec2Error('OptInRequired', refusal, 401),
  })
  assert.is(found.state, 'fail')
  assert.match(found.message, `this account may not launch ${IMAGE}`)
  for (const allowed of [
    ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412),
    ec2Error('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403),
  ]) {
    const well = await look(images, ours, { DescribeImages: sold, RunInstances: allowed })
    assert.is(well.state, 'done', JSON.stringify(well))
  }
  // No other image is tried.
  assert.not((await look(images, ours)).calls.some((call) => call.endsWith('RunInstances')))
})

test('an image that is left to us is looked up; where there is none, and in no SSM parameter, that fails', async () => {
  const auto = ['template=templates/dcos.yaml', ours[1]!]
  const without = words.filter((word) => !word.startsWith('parameters.') && !word.startsWith('template'))
  const lookUp = async (more: string[], answers: Record<string, Answer> = {}) => {
    const { close, survey } = await examined([...without, ...auto, ...more], answers)
    try {
      return await images(survey).catch(verdictOf)
    } finally {
      close()
    }
  }
  const found = await lookUp([])
  assert.is(found.state, 'done', JSON.stringify(found))
  const none = await lookUp([], { DescribeImages: ec2List('DescribeImages', 'imagesSet', []) })
  assert.is(none.state, 'fail')
  assert.match(none.message, 'CentOS has no image of CentOS 7 in eu-west-1')
  const empty = JSON.stringify({ Parameters: [], InvalidParameters: ['/no/image'] })
  const missing = await lookUp(['image=ssm:/no/image'], { GetParameters: empty })
  assert.match(missing.message, 'there is no SSM parameter /no/image in eu-west-1')
})

test('a permission that is missing, and an operation that an emulator lacks, warn what could not be checked', async () => {
  const denied = await look(images, [], {
    DescribeImages: ec2Error(
      'UnauthorizedOperation',
      'You are not authorized to perform this operation. User: u is not authorized to perform: ec2:DescribeImages',
      403,
    ),
  })
  assert.is(denied.state, 'warn')
  assert.match(denied.message, 'could not be checked: not allowed to ec2:DescribeImages')
  assert.match(denied.next!, 'ask for permission to ec2:DescribeImages')
  for (const answer of [
    ec2Error('InvalidAction', 'The action DescribeImages is not valid for this web service.'),
    { status: 404, body: '<html>no such page</html>' },
    { status: 501, body: '' },
    { status: 200, body: 'not even XML' },
  ]) {
    const lacking = await look(images, [], { DescribeImages: answer })
    assert.is(lacking.state, 'warn', JSON.stringify([answer, lacking]))
    assert.match(lacking.message, 'could not be checked')
  }
})

test('an instance type that does not exist, or is offered nowhere, fails', async () => {
  const unknown = await look(instanceTypes, ['agents.instanceType=m5.huge'])
  assert.is(unknown.state, 'fail')
  assert.match(unknown.message, 'EC2 has no instance type m5.huge')
  assert.match(unknown.next!, 'agents.instanceType')
  const nowhere = await look(instanceTypes, [], { DescribeInstanceTypeOfferings: offerings([]) })
  assert.is(nowhere.state, 'fail')
  assert.match(nowhere.message, 'm5.large is not offered in eu-west-1')
})

test('a type that is not offered in the zone of the template fails; where the zone is only likely, it warns', async () => {
  const elsewhere = { DescribeInstanceTypeOfferings: offerings(['eu-west-1b', 'eu-west-1c']) }
  const named = await look(instanceTypes, ['parameters.Zone=eu-west-1a'], elsewhere)
  assert.is(named.state, 'fail')
  assert.match(named.message, 'm5.large is not offered in eu-west-1a, where MasterServerGroup would be')
  assert.match(named.next!, 'eu-west-1b or eu-west-1c')
  // The first of those that have a default subnet, which need not be the first of all.
  const first = await look(instanceTypes, [], elsewhere)
  assert.is(first.state, 'warn')
  assert.match(first.message, 'in eu-west-1a, where MasterServerGroup would be if')
  assert.match(first.next!, 'eu-west-1b or eu-west-1c')
  assert.is((await look(instanceTypes, ['parameters.Zone=eu-west-1c'], elsewhere)).state, 'done')
})

test('a type that does not run the image fails', async () => {
  const found = await look(instanceTypes, ['agents.instanceType=m6g.large'])
  assert.is(found.state, 'fail')
  assert.match(found.message, `m6g.large (arm64) does not run ${IMAGE} (x86_64)`)
  const fits = await look(instanceTypes, ['agents.instanceType=m6g.large'], {
    DescribeImages: image('available', 'arm64'),
  })
  assert.is(fits.state, 'done')
})

test('masters and agents are counted against the quota', async () => {
  const fits = await look(quota, ['cluster.masters=3', 'agents.private=10', 'agents.public=2'])
  assert.is(fits.message, '15 instances with 30 vCPUs fit into the quota of 512')
  const exactly = await look(quota, [], { GetServiceQuota: quotaOf(14) })
  assert.is(exactly.state, 'done')
  const toomany = await look(quota, [], { GetServiceQuota: quotaOf(13) })
  assert.is(toomany.state, 'fail')
  assert.match(toomany.message, '7 instances with 14 vCPUs are more than the quota of 13 vCPUs')
  assert.match(toomany.next!, '--quota-code L-1216C47A --desired-value 14 --region eu-west-1')
})

test('what is bought on the spot market has a quota of its own, and does not count against the standard one', async () => {
  const full = { GetServiceQuota: quotaOf(4) }
  const template = readFileSync('test/cluster/checks/template.yaml', 'utf8')
  const marketed = (properties: string) =>
    template.replace('LaunchTemplateData: {', `LaunchTemplateData: { ${properties},`)
  const folder = mkdtempSync(path.join(tmpdir(), 'spot-'))
  const file = path.join(folder, 'template.yaml')
  try {
    for (const [market, state, said] of [
      ['InstanceMarketOptions: { MarketType: spot }', 'warn', 'm5.large on the spot market'],
      [
        'InstanceMarketOptions: !If [ZoneIsChosen, { MarketType: spot }, !Ref AWS::NoValue]',
        'fail',
        'more than',
      ],
      ['InstanceMarketOptions: !If [Nobody, { MarketType: spot }, !Ref AWS::NoValue]', 'warn', 'ServerGroup'],
    ] as const) {
      const undecided = "Conditions:\n  Nobody: !Equals [!Ref 'AWS::AccountId', '1']\n"
      writeFileSync(file, marketed(market).replace('Conditions:\n', undecided))
      const found = await look(quota, [`template=${file}`], full)
      assert.is(found.state, state, `${market}: ${found.message}`)
      assert.match(found.message, said)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what runs already counts, but for spot instances, the cluster itself and other families', async () => {
  const instance = (type: string, more = '') => `<instanceType>${type}</instanceType>${more}`
  const own = '<key>aws:cloudformation:stack-name</key><value>dcos</value>'
  const running = (instances: string[]) =>
    ec2List(
      'DescribeInstances',
      'reservationSet',
      instances.map((one) => `<instancesSet><item>${one}</item></instancesSet>`),
    )
  const some = [
    instance('c5.2xlarge'),
    instance('t3.nano'),
    instance('m5.4xlarge', '<instanceLifecycle>spot</instanceLifecycle>'),
    instance('m5.4xlarge', `<tagSet><item>${own}</item></tagSet>`),
    instance('p3.16xlarge'),
  ]
  const found = await look(quota, [], { DescribeInstances: running(some), GetServiceQuota: quotaOf(24) })
  assert.is(found.message, '7 instances with 14 vCPUs fit into the quota of 24, 10 of them in use')
  const full = await look(quota, [], { DescribeInstances: running(some), GetServiceQuota: quotaOf(23) })
  assert.is(full.state, 'fail')
  const blind = await look(quota, [], {
    DescribeInstances: ec2Error('UnauthorizedOperation', 'You are not authorized', 403),
    GetServiceQuota: quotaOf(14),
  })
  assert.is(blind.state, 'warn')
  assert.match(blind.message, 'fit into the quota of 14 vCPUs if little else runs: not allowed')
})

test('a quota that nobody tells warns', async () => {
  const refusals: Answer[] = [
    { status: 400, body: JSON.stringify({ __type: 'com.amazonaws.servicequotas#NoSuchResourceException' }) },
    { status: 400, body: JSON.stringify({ __type: 'AccessDeniedException', Message: 'no' }) },
    { status: 404, body: '<html>' },
    { status: 200, body: '' },
  ]
  for (const refusal of refusals) {
    const found = await look(quota, [], { GetServiceQuota: refusal })
    assert.is(found.state, 'warn', JSON.stringify([refusal, found]))
    assert.match(found.message, 'could not be checked')
  }
})

test('families with a quota of their own are not compared with the standard one', async () => {
  for (const type of ['g4dn.xlarge', 'inf1.xlarge', 'trn1.2xlarge', 'x1.16xlarge']) {
    const found = await look(quota, [`agents.instanceType=${type}`])
    assert.is(found.state, 'warn')
    assert.match(found.message, `${type}, which has a quota of its own`)
  }
  for (const type of ['im4gn.large', 'is4gen.large', 'z1d.large', 't3a.large'])
    assert.is((await look(quota, [`agents.instanceType=${type}`])).state, 'done')
})

test.run()
