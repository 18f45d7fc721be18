import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Failure } from '../../../tasks/base/failure.ts'
import { adminLocation } from '../../../tasks/cluster/checks/access.ts'
import { examine } from '../../../tasks/cluster/checks/examine.ts'
import { disk, dns } from '../../../tasks/cluster/checks/here.ts'
import { images } from '../../../tasks/cluster/checks/images.ts'
import { preflight } from '../../../tasks/cluster/checks/preflight.ts'
import { Survey } from '../../../tasks/cluster/checks/survey.ts'
import { launchConfigurationsAllowed, template } from '../../../tasks/cluster/checks/template.ts'
import { done } from '../../../tasks/cluster/checks/verdict.ts'
import { ec2Error, examined } from './survey.ts'

const test = suite('doctor: the template, this machine, the preflight')

const words = [
  'template=test/cluster/checks/template.yaml',
  'parameters.ImageId=ami-0123456789abcdef0',
  'access.adminLocation=203.0.113.7/32',
]

test('a template whose image is named by an SSM parameter is judged by what that holds', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'doctor-'))
  const file = path.join(folder, 'template.yaml')
  writeFileSync(
    file,
    `Parameters: { Image: { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /images/centos } }
Resources:
  Master: { Type: AWS::EC2::Instance, Properties: { ImageId: !Ref Image, InstanceType: t3.large } }
  Agent: { Type: AWS::EC2::Instance, Properties: { ImageId: 'resolve:ssm:/images/flatcar:2', InstanceType: t3.large } }
Outputs: { DnsAddress: { Value: !GetAtt Master.PublicDnsName } }`,
  )
  const parameters = [
    { Name: '/images/centos', Value: 'ami-00000000000000001' },
    { Name: '/images/flatcar', Selector: ':2', Value: 'ami-00000000000000002' },
  ]
  const look = async (Parameters: object[]) => {
    const { calls, close, survey } = await examined(
      [`template=${file}`, 'agents.private=5', 'access.adminLocation=auto'],
      { GetParameters: JSON.stringify({ Parameters }) },
    )
    const found = await images(survey)
    close()
    return { ...found, calls }
  }
  const found = await look(parameters)
  assert.is(found.message, 'ami-00000000000000001, ami-00000000000000002 exist in eu-west-1')
  assert.equal(found.calls, ['eu-west-1 GetParameters', 'eu-west-1 DescribeImages'])
  const missing = await look(parameters.slice(0, 1))
  assert.is(missing.state, 'fail')
  assert.match(missing.message, 'there is no SSM parameter /images/flatcar:2 in eu-west-1')
  rmSync(folder, { recursive: true })
})

test("CloudFormation's refusal of a template fails on AWS and warns at an emulator", async () => {
  const refusal = ec2Error('ValidationError', 'Template format error: something')
  const wrapped = {
    ...(refusal as object),
    body: '<ErrorResponse><Error><Code>ValidationError</Code><Message>Template format error: something</Message></Error></ErrorResponse>',
  } as never
  const aws = await examined(words, { ValidateTemplate: wrapped })
  const found = await template(aws.survey)
  assert.equal(
    [found.state, (found as { cause?: string }).cause],
    ['fail', 'Template format error: something'],
  )
  aws.close()
  const emulator = await examined([...words, 'aws.endpoint=http://127.0.0.1:1'], {
    ValidateTemplate: wrapped,
  })
  assert.is((await template(emulator.survey)).state, 'warn')
  emulator.close()
})

test('launch configurations are a warning: only trying shows it', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'doctor-'))
  const file = path.join(folder, 'template.yaml')
  writeFileSync(
    file,
    `Resources:
  Launch: { Type: AWS::AutoScaling::LaunchConfiguration, Properties: { ImageId: ami-1, InstanceType: m5.large } }
Outputs: { DnsAddress: { Value: nowhere } }`,
  )
  const { close, survey } = await examined([`template=${file}`])
  const found = await launchConfigurationsAllowed(survey)
  assert.is(found.state, 'warn')
  assert.match(
    found.message,
    'Launch, which accounts opened since October 2024 cannot; only an attempt shows whether yours can',
  )
  close()
  rmSync(folder, { recursive: true })
})

test('who may administer the cluster: a range is well, the world a warning', async () => {
  for (const [place, state] of [
    ['203.0.113.7/32', 'done'],
    ['10.0.0.0/8', 'done'],
    ['0.0.0.0/0', 'warn'],
    ['128.0.0.0/1', 'warn'],
  ]) {
    const { close, survey } = await examined([...words, `access.adminLocation=${place}`])
    assert.is((await adminLocation(survey)).state, state, place)
    close()
  }
})

test('a name that does not resolve fails; an address needs no resolving', async () => {
  const named = await examined(['aws.endpoint=http://no-such-host.invalid:5000'])
  const found = await dns(named.survey)
  assert.is(found.state, 'fail')
  assert.match(found.message, 'no-such-host.invalid cannot be resolved')
  named.close()
  for (const address of ['127.0.0.1', '[::1]']) {
    const plain = await examined([`aws.endpoint=http://${address}:5000`])
    assert.is((await dns(plain.survey)).state, 'done')
    plain.close()
  }
})

test('a folder that cannot be written fails', async () => {
  const { close, survey } = await examined([])
  assert.is((await disk(survey)).state, 'done')
  const folders = survey.use.folders
  const stateAt = (state: string) => new Survey({ ...survey.use, folders: { ...folders, state } })
  assert.is((await disk(stateAt('/proc/1/.task'))).state, 'fail')
  assert.is((await disk(stateAt(path.join(folders.root, 'package.json', '.task')))).state, 'fail')
  close()
})

test('our own bug in one check is told as such, and keeps no other from its answer', async () => {
  const { close, survey } = await examined([])
  const broken = async () => {
    throw new TypeError('nothing is there')
  }
  const [first, second] = examine({ broken, well: async () => done('well') }, survey)
  const found = await first!.verdict
  assert.equal([found.state, (found as { code?: string }).code], ['fail', 'INTERNAL'])
  assert.is((await second!.verdict).state, 'done')
  close()
})

test('an interruption ends every check at once', async () => {
  const { close, survey } = await examined([])
  const controller = new AbortController()
  const [hanging] = examine(
    { hanging: () => new Promise(() => {}) },
    new Survey({ ...survey.use, signal: controller.signal }),
  )
  const reason = new Failure('INTERRUPTED', { message: 'interrupted' })
  controller.abort(reason)
  assert.is(await hanging!.verdict.catch((error) => error), reason)
  close()
})

test('the preflight throws all that is wrong as one failure, and logs what it could not check', async () => {
  const { close, logged, survey } = await examined(
    [...words, 'agents.private=400', 'agents.instanceType=m6g.large'],
    { DescribeRegions: ec2Error('UnauthorizedOperation', 'You are not authorized', 403) },
  )
  const use = { ...survey.use, log: (message: string) => logged.push(message) }
  const failure: Failure = await preflight(use).then(
    () => assert.unreachable(),
    (error) => error,
  )
  assert.is(failure.code, 'PARAMETER_INVALID')
  assert.is(failure.message, '2 problems found')
  assert.match(failure.why!, /^m6g.large \(arm64\) does not run ami-/)
  assert.match(failure.why!, /^402 instances with 804 vCPUs are more than the quota/m)
  assert.match(logged.join('\n'), 'account 123456789012, as arn')
  assert.match(logged.join('\n'), 'region: could not be checked: not allowed to ec2:DescribeRegions')
  close()
})

test.run()
