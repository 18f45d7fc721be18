import { readFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requiredCapabilities } from '../../tasks/template/capabilities.ts'
import { existingResources, masterCount, signalGroups } from '../../tasks/template/groups.ts'
import { parseTemplate } from '../../tasks/template/parse.ts'
import { optional, shared } from '../optional.ts'

const groups = suite('signal groups and capabilities')

groups('counts the signals that the parameters decide', () => {
  const template = parseTemplate(`
Parameters:
  Agents: { Type: Number, Default: 5 }
Mappings:
  Sizes: { three: { count: 3 } }
Conditions:
  Any: !Not [!Equals [!Ref Agents, 0]]
  Many: !And [!Condition Any, !Or [!Equals [!Ref Agents, 5], !Equals [!Ref Agents, 6]]]
  Here: !Equals [!Ref 'AWS::Region', eu-west-1]
  Self: !Not [!Condition Self]
Resources:
  Plain: { Type: X::Y, CreationPolicy: { ResourceSignal: { Count: '2' } } }
  One: { Type: X::Y, CreationPolicy: { ResourceSignal: { Timeout: PT5M } } }
  ByRef: { Type: X::Y, Condition: Any, CreationPolicy: { ResourceSignal: { Count: !Ref Agents } } }
  ByMap: { Type: X::Y, CreationPolicy: { ResourceSignal: { Count: !FindInMap [Sizes, three, count] } } }
  ByIf: { Type: X::Y, CreationPolicy: { ResourceSignal: { Count: !If [Many, 7, !If [Any, 1, 0]] } } }
  Unknown: { Type: X::Y, Condition: Here, CreationPolicy: { ResourceSignal: { Count: !If [Here, 1, 2] } } }
  Circular: { Type: X::Y, Condition: Self, CreationPolicy: { ResourceSignal: { Count: !GetAtt Plain.Size } } }
  Other: { Type: X::Y, CreationPolicy: { StartFleet: { Type: true } } }
  None: { Type: X::Y }
`)
  const counts = (agents: string) =>
    Object.fromEntries(
      signalGroups(template, { Agents: agents }).map(({ logicalId, expected }) => [logicalId, expected]),
    )
  const always = { Plain: 2, One: 1, ByMap: 3, Unknown: undefined, Circular: undefined }
  assert.equal(counts('5'), { ...always, ByRef: 5, ByIf: 7 })
  assert.equal(counts('1'), { ...always, ByRef: 1, ByIf: 1 })
  assert.equal(counts('0'), { ...always, ByIf: 0 })
  assert.is(existingResources(template, { Agents: '1' }).length, 9)
  assert.is(existingResources(template, { Agents: '0' }).length, 8)
})

groups('counts the masters by the group with "master" in its name', () => {
  const of = (properties: string) =>
    masterCount(
      parseTemplate(
        `Parameters: { N: { Type: Number } }\nResources:\n  MasterRole: { Type: AWS::IAM::Role }\n` +
          `  DcosMasters: { Type: AWS::AutoScaling::AutoScalingGroup, Properties: ${properties} }\n`,
      ),
      { N: '3' },
    )
  assert.is(of('{ DesiredCapacity: !Ref N, MinSize: 1 }'), 3)
  assert.is(of("{ MinSize: '5' }"), 5)
  assert.is(of('{ MinSize: !GetAtt A.B }'), undefined)
  assert.is(of('{}'), undefined)
  assert.is(masterCount(parseTemplate('Resources: { A: { Type: X::Y } }'), {}), undefined)
})

groups('requires the capabilities that a template needs and no others', () => {
  const of = (...resources: string[]) =>
    requiredCapabilities(
      parseTemplate(`Resources:\n${resources.map((text, n) => `  R${n}: ${text}\n`).join('')}`),
    )
  assert.equal(of('{ Type: AWS::EC2::VPC, Properties: { RoleName: x } }'), [])
  for (const type of [
    'AccessKey',
    'Group',
    'InstanceProfile',
    'ManagedPolicy',
    'Policy',
    'Role',
    'User',
    'UserToGroupAddition',
  ]) {
    assert.equal(of(`{ Type: AWS::IAM::${type} }`), ['CAPABILITY_IAM'])
  }
  assert.equal(of('{ Type: AWS::IAM::Policy, Properties: { PolicyName: x } }'), ['CAPABILITY_IAM'])
  assert.equal(of('{ Type: AWS::IAM::AccessKey, Properties: { UserName: x } }'), ['CAPABILITY_IAM'])
  assert.equal(of('{ Type: AWS::IAM::Role, Properties: { RoleName: !Ref AWS::NoValue } }'), [
    'CAPABILITY_IAM',
  ])
  assert.equal(of('{ Type: AWS::IAM::Role, Properties: { RoleName: !Ref AWS::StackName } }'), [
    'CAPABILITY_NAMED_IAM',
  ])
  assert.equal(of('{ Type: AWS::IAM::User }', '{ Type: AWS::IAM::User, Properties: { UserName: x } }'), [
    'CAPABILITY_NAMED_IAM',
  ])
  assert.equal(of("{ Type: X::Y, Properties: { 'Fn::Transform': { Name: M } } }"), ['CAPABILITY_AUTO_EXPAND'])
  assert.equal(of('{ Type: AWS::CloudFormation::Stack }'), ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'])
  const transformed = 'Transform: AWS::Include\nResources: { A: { Type: X::Y } }'
  assert.equal(requiredCapabilities(parseTemplate(transformed)), ['CAPABILITY_AUTO_EXPAND'])
})

const official = ['official-2015-single-master.json', 'official-2021-single-master.json'].map((name) =>
  path.join(shared, 'real', name),
)
optional(groups, official, 'knows the groups, masters and capabilities of the official templates', () => {
  for (const file of official) {
    const template = parseTemplate(readFileSync(file, 'utf8'))
    const all = { SlaveInstanceCount: '12', PublicSlaveInstanceCount: '0' }
    const found = signalGroups(template, all).map(({ logicalId, expected }) => `${logicalId} ${expected}`)
    assert.equal(found.sort(), ['MasterServerGroup 1', 'PublicSlaveServerGroup 0', 'SlaveServerGroup 12'])
    assert.is(masterCount(template, all), 1)
    assert.equal(requiredCapabilities(template), ['CAPABILITY_IAM'])
  }
})

groups.run()
