import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { launchConfigurations, machinesOf } from '../../tasks/template/machines.ts'
import { parseTemplate } from '../../tasks/template/parse.ts'

const test = suite('machines of a template')

const parse = (resources: string, more = '') => parseTemplate(`${more}\nResources:\n${resources}`)

const configured = `
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: { AvailabilityZone: eu-west-1b }
  Launch:
    Type: AWS::AutoScaling::LaunchConfiguration
    Properties: { ImageId: !FindInMap [Images, !Ref 'AWS::Region', stable], InstanceType: !Ref Type }
  Masters:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: { MinSize: '3', LaunchConfigurationName: !Ref Launch, AvailabilityZones: [!GetAtt Subnet.AvailabilityZone] }`
const mapping = 'Mappings: { Images: { eu-west-1: { stable: ami-1 } } }'

test('follows a group to its launch configuration, mapping and subnet', () => {
  const template = parse(configured, mapping)
  assert.equal(machinesOf(template, { 'AWS::Region': 'eu-west-1', Type: 'm5.large' }), [
    {
      logicalId: 'Masters',
      count: 3,
      image: 'ami-1',
      unmapped: false,
      instanceType: 'm5.large',
      spot: false,
      places: [{ zone: 'eu-west-1b' }],
      disk: undefined,
    },
  ])
  assert.equal(launchConfigurations(template, {}), ['Launch'])
})

test('reports that the mapping of images lacks the region', () => {
  const [masters] = machinesOf(parse(configured, mapping), { 'AWS::Region': 'ap-south-1', Type: 'm5.large' })
  assert.equal([masters?.image, masters?.unmapped], [undefined, true])
})

test('reads launch templates by id and by name, and leaves the types of a mixed group open', () => {
  const template = parse(`
  Nodes:
    Type: AWS::EC2::LaunchTemplate
    Properties: { LaunchTemplateName: !Ref Name, LaunchTemplateData: { ImageId: ami-2, InstanceType: c5.large } }
  ById:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: { DesiredCapacity: 2, LaunchTemplate: { LaunchTemplateId: !Ref Nodes } }
  Mixed:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: 1
      MixedInstancesPolicy:
        LaunchTemplate:
          LaunchTemplateSpecification: { LaunchTemplateId: !Ref Nodes }
          Overrides: [{ InstanceType: m5.large }]
  Foreign:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: { MinSize: 1, LaunchTemplate: { LaunchTemplateId: lt-0123 } }`)
  const found = machinesOf(template, {})
  assert.equal(
    found.map(({ count, image, instanceType, logicalId }) => [logicalId, count, image, instanceType]),
    [
      ['ById', 2, 'ami-2', 'c5.large'],
      ['Mixed', 1, 'ami-2', undefined],
      ['Foreign', 1, undefined, undefined],
    ],
  )
})

test('recognises spot instances, and when that is undecided', () => {
  const spot = (launch: string, group: string) =>
    machinesOf(
      parse(
        `
  Launch: { Type: 'AWS::AutoScaling::LaunchConfiguration', Properties: { InstanceType: m5.large, ${launch} } }
  Nodes: { Type: 'AWS::EC2::LaunchTemplate', Properties: { LaunchTemplateData: { ${launch} } } }
  Group: { Type: 'AWS::AutoScaling::AutoScalingGroup', Properties: { ${group} } }`,
        `Conditions: { Cheap: !Equals [!Ref Price, cheap], Far: !Equals [!Ref 'AWS::AccountId', x] }`,
      ),
      { Price: 'dear' },
    )[0]?.spot
  const configured = 'LaunchConfigurationName: !Ref Launch'
  const made = 'LaunchTemplate: { LaunchTemplateId: !Ref Nodes }'
  const mixed = (more: string) =>
    `MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateId: !Ref Nodes } } ${more} }`
  assert.is(spot('ImageId: ami-1', configured), false)
  assert.is(spot("SpotPrice: '0.1'", configured), true)
  assert.is(spot('SpotPrice: !Ref Unknown', configured), true)
  assert.is(spot("SpotPrice: !If [Cheap, '0.1', !Ref 'AWS::NoValue']", configured), false)
  assert.is(spot("SpotPrice: !If [Far, '0.1', !Ref 'AWS::NoValue']", configured), undefined)
  assert.is(spot('InstanceMarketOptions: { MarketType: spot }', made), true)
  assert.is(spot('ImageId: ami-1', mixed('')), false)
  const share = (percent: number) =>
    `, InstancesDistribution: { OnDemandPercentageAboveBaseCapacity: ${percent} }`
  assert.is(spot('ImageId: ami-1', mixed(share(100))), false)
  assert.is(spot('ImageId: ami-1', mixed(share(50))), undefined)
  assert.is(spot('ImageId: ami-1', 'LaunchTemplate: { LaunchTemplateId: lt-1 }'), undefined)
})

test('places instances by zone, by its index in the region, by subnet, or not at all', () => {
  const zones = (properties: string) =>
    machinesOf(
      parse(`
  Free: { Type: 'AWS::EC2::Subnet', Properties: { CidrBlock: 10.0.0.0/24 } }
  Second: { Type: 'AWS::EC2::Subnet', Properties: { AvailabilityZone: !Select [1, !GetAZs ''] } }
  Instance: { Type: 'AWS::EC2::Instance', Properties: { ${properties} } }`),
      {},
    )[0]?.places
  assert.equal(zones('AvailabilityZone: eu-west-1c'), [{ zone: 'eu-west-1c' }])
  assert.equal(zones('SubnetId: !Ref Second'), [{ index: 1 }])
  assert.equal(zones('NetworkInterfaces: [{ SubnetId: !Ref Second }]'), [{ index: 1 }])
  assert.equal(zones('AvailabilityZone: !GetAtt Second.AvailabilityZone'), [{ index: 1 }])
  assert.equal(zones('SubnetId: !Ref Free'), [undefined])
  assert.equal(zones('SubnetId: subnet-0123'), [undefined])
  assert.equal(zones("ImageId: ''"), [undefined])
})

test('leaves out what a condition excludes', () => {
  const template = parse(
    `
  Bastion: { Type: 'AWS::EC2::Instance', Condition: StackPlan, Properties: { ImageId: ami-3 } }`,
    "Parameters: { With: { Type: String } }\nConditions: { StackPlan: !Equals [!Ref With, 'yes'] }",
  )
  assert.equal(machinesOf(template, { With: 'no' }), [])
  assert.is(machinesOf(template, { With: 'yes' })[0]?.image, 'ami-3')
})

test('the size of the first disk, if the template sets it; a list without what a condition leaves out', () => {
  const template = parseTemplate(
    JSON.stringify({
      Parameters: { Size: { Type: 'Number', Default: 60 } },
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: {
        S: { Type: 'AWS::EC2::Subnet', Properties: { AvailabilityZone: 'eu-west-1a' } },
        L: {
          Type: 'AWS::EC2::LaunchTemplate',
          Properties: {
            LaunchTemplateData: { BlockDeviceMappings: [{ Ebs: { VolumeSize: { Ref: 'Size' } } }] },
          },
        },
        G: {
          Type: 'AWS::AutoScaling::AutoScalingGroup',
          Properties: {
            MinSize: 1,
            LaunchTemplate: { LaunchTemplateId: { Ref: 'L' } },
            VPCZoneIdentifier: [{ Ref: 'S' }, { 'Fn::If': ['Never', { Ref: 'S' }, { Ref: 'AWS::NoValue' }] }],
          },
        },
      },
    }),
  )
  const [group] = machinesOf(template, { Size: '80' })
  assert.equal([group?.disk, group?.places], [80, [{ zone: 'eu-west-1a' }]])
})

test.run()
