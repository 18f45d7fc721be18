import {
  CreateStackCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refused, rehearse, settled } from './fixture.ts'

const templates = suite('rehearsal: templates and parameters')

const intrinsics = `
AWSTemplateFormatVersion: '2010-09-09'
Description: every function once
Parameters:
  Size: { Type: Number, Default: 3 }
  Zones: { Type: CommaDelimitedList, Default: 'x, y,z' }
  Image: { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /aws/service/ami-latest }
  Secret: { Type: String, NoEcho: true, Default: hidden }
Mappings:
  Images: { eu-west-1: { id: ami-ireland }, us-east-1: { id: ami-virginia } }
Conditions:
  Big: !Not [!Equals [!Ref Size, 3]]
  Small: !Not [!Condition Big]
  Both: !And [!Condition Small, !Or [!Equals [a, b], !Equals [!Ref 'AWS::Region', eu-west-1]]]
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.2.0.0/16 } }
  Never: { Type: AWS::SNS::Topic, Condition: Big }
  Optional:
    Type: AWS::SNS::Topic
    Properties: { TopicName: !If [Big, named, !Ref 'AWS::NoValue'], DisplayName: plain }
  Role:
    Type: AWS::IAM::Role
    Properties: { AssumeRolePolicyDocument: {}, Path: /deep/ }
  Other: { Type: 'Custom::Anything', Properties: { ServiceToken: x } }
Outputs:
  Join: { Value: !Join ['-', [a, !Ref 'AWS::StackName', !Select [1, !Ref Zones]]] }
  Sub: { Value: !Sub ['\${one}/\${Vpc}/\${Role.Arn}/\${!Literal}/\${AWS::Region}', { one: !Ref Size }] }
  Split: { Value: !Select [2, !Split ['|', 'a|b|c']] }
  Map: { Value: !FindInMap [Images, !Ref 'AWS::Region', id] }
  Base64: { Value: !Base64 hello }
  Azs: { Value: !Join [',', !GetAZs ''] }
  Cidr: { Value: !Select [1, !Cidr [10.2.0.0/16, 4, 8]] }
  Image: { Value: !Ref Image }
  Topic: { Value: !GetAtt Optional.TopicName }
  Hidden: { Condition: Big, Value: no }
  Shown: { Condition: Both, Value: !Ref 'AWS::AccountId', Description: an account }
`

templates('the functions, conditions and pseudo parameters mean the same as in AWS', async () => {
  const { cloudFormation, remove } = rehearse()
  await cloudFormation.send(
    new CreateStackCommand({ StackName: 'all', TemplateBody: intrinsics, Capabilities: ['CAPABILITY_IAM'] }),
  )
  const stack = await settled(cloudFormation, 'all')
  assert.is(stack.StackStatus, 'CREATE_COMPLETE')
  const outputs = Object.fromEntries(
    stack.Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue!]),
  )
  const { Sub, Image, Topic, ...rest } = outputs
  assert.equal(rest, {
    Join: 'a-all-y',
    Split: 'c',
    Map: 'ami-ireland',
    Base64: 'aGVsbG8=',
    Azs: 'eu-west-1a,eu-west-1b,eu-west-1c',
    Cidr: '10.2.1.0/24',
    Shown: '123456789012',
  })
  assert.match(
    Sub!,
    /^3\/vpc-[0-9a-f]{17}\/arn:aws:iam::123456789012:role\/deep\/all-Role-[A-Z0-9]{12}\/\$\{Literal\}\/eu-west-1$/,
  )
  assert.match(Image!, /^ami-[0-9a-f]{17}$/)
  assert.match(Topic!, /all-Optional-[A-Z0-9]{12}$/, 'with NoValue AWS chooses the name')
  const parameters = Object.fromEntries(
    stack.Parameters!.map((one) => [one.ParameterKey, one.ResolvedValue ?? one.ParameterValue]),
  )
  assert.equal([parameters.Secret, parameters.Image], ['****', Image])
  assert.is(
    (await cloudFormation.send(new GetTemplateCommand({ StackName: 'all' }))).TemplateBody,
    intrinsics,
  )
  remove()
})

const topic = { Topic: { Type: 'AWS::SNS::Topic' } }
const bad: [string, unknown, RegExp][] = [
  ['no JSON', '{"Resources": {', /^Template format error: JSON not well-formed\. \(line \d+, column \d+\)$/],
  ['no template', 'just words', /^Template format error: unsupported structure\.$/],
  [
    'no resources',
    { Resources: {} },
    /^Template format error: At least one Resources member must be defined\.$/,
  ],
  [
    'a strange section',
    { Resources: topic, Resourcez: {} },
    /^Invalid template property or properties \[Resourcez\]$/,
  ],
  ['no type', { Resources: { X: {} } }, /Every Resources object must contain a Type member\.$/],
  [
    'a strange type',
    { Resources: { X: { Type: 'Topic' } } },
    /^Template format error: Unrecognized resource types: \[Topic\]$/,
  ],
  [
    'a dangling reference',
    {
      Resources: {
        X: {
          Type: 'AWS::SNS::Topic',
          Properties: { DisplayName: { 'Fn::Join': ['', ['a', { Ref: 'Nobody' }]] } },
        },
      },
    },
    /^Template format error: Unresolved resource dependencies \[Nobody\] in the Resources block of the template$/,
  ],
  [
    'a dangling output',
    { Resources: topic, Outputs: { Out: { Value: { 'Fn::GetAtt': ['Gone', 'Arn'] } } } },
    /^Template format error: Unresolved resource dependencies \[Gone\] in the Outputs block of the template$/,
  ],
  [
    'a circle',
    {
      Resources: {
        A: { Type: 'AWS::SNS::Topic', DependsOn: 'B' },
        B: { Type: 'AWS::SNS::Topic', DependsOn: 'A' },
      },
    },
    /^Circular dependency between resources: \[A, B\]$/,
  ],
  [
    'a gap in a map',
    {
      Mappings: { M: { a: { b: 'c' } } },
      Resources: {
        X: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: { 'Fn::FindInMap': ['M', 'a', 'z'] } } },
      },
    },
    /^Template error: Unable to get mapping for M::a::z$/,
  ],
]

for (const [what, body, message] of bad) {
  templates(`refused before anything is accepted: ${what}`, async () => {
    const { cloudFormation, folder, remove } = rehearse()
    const TemplateBody = typeof body === 'string' ? body : JSON.stringify(body)
    const error = await refused(
      cloudFormation.send(new CreateStackCommand({ StackName: 'bad', TemplateBody })),
    )
    assert.equal([error.name, error.$metadata?.httpStatusCode], ['ValidationError', 400])
    assert.match(error.message, message)
    assert.match((await refused(settled(cloudFormation, 'bad'))).message, /does not exist/)
    assert.ok(folder)
    remove()
  })
}

const constrained = JSON.stringify({
  Parameters: {
    Needed: { Type: 'String' },
    Cidr: {
      Type: 'String',
      Default: '10.0.0.0/8',
      AllowedPattern: '([0-9]+\\.){3}[0-9]+\\/[0-9]+',
      ConstraintDescription: 'must be a valid CIDR.',
    },
    Flag: { Type: 'String', Default: 'true', AllowedValues: ['true', 'false'] },
    Count: { Type: 'Number', Default: 1, MinValue: 0, MaxValue: 9 },
    Short: { Type: 'String', Default: 'abc', MinLength: 2, MaxLength: '4' },
  },
  Resources: topic,
})

templates('parameters are validated against their constraints, with the text of CloudFormation', async () => {
  const { cloudFormation, remove } = rehearse()
  const words = async (values: Record<string, string>) => {
    const Parameters = Object.entries(values).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    }))
    return (
      await refused(
        cloudFormation.send(
          new CreateStackCommand({ StackName: 'p', TemplateBody: constrained, Parameters }),
        ),
      )
    ).message
  }
  assert.is(await words({}), 'Parameters: [Needed] must have values')
  assert.is(await words({ Needed: 'x', Strange: 'y' }), 'Parameters: [Strange] do not exist in the template')
  assert.is(
    await words({ Needed: 'x', Cidr: 'everywhere' }),
    'Parameter Cidr failed to satisfy constraint: must be a valid CIDR.',
  )
  assert.match(await words({ Needed: 'x', Flag: 'yes' }), /^Parameter 'Flag' must be one of AllowedValues/)
  assert.is(await words({ Needed: 'x', Count: 'many' }), "Parameter 'Count' must be a number.")
  assert.is(
    await words({ Needed: 'x', Count: '10' }),
    "Parameter 'Count' must be a number not greater than 9",
  )
  assert.is(await words({ Needed: 'x', Short: 'a' }), "Parameter 'Short' must contain at least 2 characters")
  assert.is(
    await words({ Needed: 'x', Short: 'abcde' }),
    "Parameter 'Short' must contain at most 4 characters",
  )
  remove()
})

templates('names, capabilities and sizes are validated', async () => {
  const { cloudFormation, s3, remove } = rehearse()
  const role = (Properties = {}) =>
    JSON.stringify({ Resources: { R: { Type: 'AWS::IAM::Role', Properties } } })
  const create = (input: object) =>
    refused(cloudFormation.send(new CreateStackCommand({ StackName: 's', TemplateBody: role(), ...input })))
  const iam = await create({})
  assert.equal(
    [iam.name, iam.message],
    ['InsufficientCapabilitiesException', 'Requires capabilities : [CAPABILITY_IAM]'],
  )
  const named = await create({ TemplateBody: role({ RoleName: 'me' }), Capabilities: ['CAPABILITY_IAM'] })
  assert.is(named.message, 'Requires capabilities : [CAPABILITY_NAMED_IAM]')
  assert.match((await create({ StackName: '1x' })).message, /at 'stackName' failed to satisfy constraint/)
  assert.match(
    (await create({ TemplateBody: undefined })).message,
    /^Either Template URL or Template Body must be specified\.$/,
  )

  const large = JSON.stringify({ Resources: topic, Description: 'é'.repeat(26_000) })
  assert.match(
    (await create({ TemplateBody: large })).message,
    /at 'templateBody' failed .* less than or equal to 51200$/,
  )
  const Bucket = 'templates-here'
  await s3.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }),
  )
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a/large.json', Body: large }))
  const TemplateURL = `https://${Bucket}.s3.eu-west-1.amazonaws.com/a/large.json`
  assert.match(
    (await create({ TemplateBody: undefined, TemplateURL: `${TemplateURL}x` })).message,
    /^S3 error: Access Denied/,
  )
  await cloudFormation.send(new CreateStackCommand({ StackName: 'large', TemplateURL }))
  assert.is((await settled(cloudFormation, 'large')).StackStatus, 'CREATE_COMPLETE')
  remove()
})

templates('a template is summarised before it is used', async () => {
  const { cloudFormation, remove } = rehearse()
  const validated = await cloudFormation.send(new ValidateTemplateCommand({ TemplateBody: intrinsics }))
  assert.equal(validated.Capabilities, ['CAPABILITY_IAM'])
  assert.equal(validated.Parameters!.find(({ ParameterKey }) => ParameterKey === 'Secret')!.NoEcho, true)
  const summary = await cloudFormation.send(new GetTemplateSummaryCommand({ TemplateBody: intrinsics }))
  assert.ok(summary.ResourceTypes!.includes('Custom::Anything'))
  assert.is(summary.Parameters!.find(({ ParameterKey }) => ParameterKey === 'Size')!.ParameterType, 'Number')
  remove()
})

templates.run()
