import { DescribeStacksCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import { CreateBucketCommand, HeadBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { type Cloud, error, one, type Row, topic } from './cloud.ts'

const CREATE = 'CloudFormation API Reference, CreateStack'
const SEEN = 'seen in public reports of CreateStack'

const withParameters = (Parameters: object) => ({ ...one, Parameters })
const given = (...pairs: [string, string][]) => ({
  Parameters: pairs.map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
})
const refused =
  (template: object | string, over = {}) =>
  (cloud: Cloud) =>
    error(cloud.begin(template, over))
const big = JSON.stringify({ ...one, Description: 'x', Metadata: { Padding: 'x'.repeat(51_200) } })
const role = (Properties = {}) => ({ Resources: { Role: { Type: 'AWS::IAM::Role', Properties } } })

export const creation: Row[] = [
  {
    question: 'a name with other characters is refused',
    source: 'codenize-tools/kumogata, its specs',
    documented:
      "ValidationError: 1 validation error detected: Value '0My' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
    ask: refused(one, { StackName: '0My' }),
  },
  {
    question: 'a name of more than 128 characters is refused',
    source: CREATE,
    documented: /^ValidationError: .* Member must have length less than or equal to 128$/,
    ask: refused(one, { StackName: 'a'.repeat(129) }),
  },
  {
    question: 'a name in use is refused',
    source: CREATE,
    documented: /^AlreadyExistsException: Stack \[n\d+\] already exists$/,
    ask: async (cloud) => error(cloud.begin(one, { StackName: (await cloud.begin(one)).name })),
  },
  {
    question: 'the same request token returns the same stack',
    source: `${CREATE}, ClientRequestToken`,
    documented: 'the same stack, the same operation',
    ask: async (cloud) => {
      const first = await cloud.begin(one, { ClientRequestToken: 'a' })
      const again = await cloud.begin(one, { StackName: first.name, ClientRequestToken: 'a' })
      const same = first.StackId === again.StackId && first.OperationId === again.OperationId
      return same ? 'the same stack, the same operation' : 'another'
    },
  },
  {
    question: 'another token for a name in use is refused',
    source: `${CREATE}, ClientRequestToken`,
    documented: /^AlreadyExistsException/,
    ask: async (cloud) => {
      const { name } = await cloud.begin(one, { ClientRequestToken: 'a' })
      return error(cloud.begin(one, { StackName: name, ClientRequestToken: 'b' }))
    },
  },
  {
    question: 'the answer names the operation',
    source: `${CREATE}, OperationId`,
    documented: /^[0-9a-f-]{36}$/,
    ask: async (cloud) => (await cloud.begin(one)).OperationId,
  },
  {
    question: 'a parameter that the template does not have is refused',
    source: 'deep-security/cloudformation issue 29',
    documented: 'ValidationError: Parameters: [Strange] do not exist in the template',
    ask: refused(one, given(['Strange', 'x'])),
  },
  {
    question: 'a parameter without a value and a default is refused',
    source: SEEN,
    documented: 'ValidationError: Parameters: [A] must have values',
    ask: refused(withParameters({ A: { Type: 'String' } })),
  },
  {
    question: 'a value outside AllowedValues is refused',
    source: SEEN,
    documented: "ValidationError: Parameter 'A' must be one of AllowedValues",
    ask: refused(withParameters({ A: { Type: 'String', AllowedValues: ['x', 'y'] } }), given(['A', 'z'])),
  },
  {
    question: 'if the template describes the constraint, its text is returned',
    source: 'CloudFormation User Guide, "Parameters", ConstraintDescription',
    documented: 'ValidationError: Parameter A failed to satisfy constraint: must be small',
    ask: refused(
      withParameters({ A: { Type: 'Number', MaxValue: 3, ConstraintDescription: 'must be small' } }),
      given(['A', '4']),
    ),
  },
  {
    question: 'AllowedPattern has to match the whole value',
    source: 'CloudFormation User Guide, "Parameters", AllowedPattern',
    documented: "ValidationError: Parameter 'A' must match pattern [a-z]+",
    ask: refused(withParameters({ A: { Type: 'String', AllowedPattern: '[a-z]+' } }), given(['A', 'ab1'])),
  },
  {
    question: 'a NoEcho parameter is returned as asterisks',
    source: 'CloudFormation User Guide, "Parameters", NoEcho',
    documented: '****',
    ask: async (cloud) => {
      const { name } = await cloud.begin(
        withParameters({ A: { Type: 'String', NoEcho: true } }),
        given(['A', 's']),
      )
      const { Stacks } = await cloud.cloudFormation.send(new DescribeStacksCommand({ StackName: name }))
      return Stacks![0]!.Parameters![0]!.ParameterValue
    },
  },
  {
    question: 'a key pair that does not exist is noticed only once the stack exists',
    source: 'aws/amazon-ecs-cli issue 236',
    documented:
      'CREATE_IN_PROGRESS User Initiated · ROLLBACK_IN_PROGRESS Parameter validation failed: parameter value gone for parameter name KeyName does not exist. Rollback requested by user. · ROLLBACK_COMPLETE',
    ask: async (cloud) => {
      const { StackName, StackId } = await cloud.create(
        withParameters({ KeyName: { Type: 'AWS::EC2::KeyPair::KeyName' } }),
        given(['KeyName', 'gone']),
      )
      return (await cloud.told(StackId, StackName!)).join(' · ')
    },
  },
  {
    question: 'identities need a capability',
    source: `${CREATE}, Capabilities`,
    documented: 'InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_IAM]',
    ask: refused(role()),
  },
  {
    question: 'identities with custom names need another one',
    source: `${CREATE}, Capabilities`,
    documented: 'InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]',
    ask: refused(role({ RoleName: 'mine' }), { Capabilities: ['CAPABILITY_IAM'] }),
  },
  {
    question: 'anything but JSON is refused',
    source: SEEN,
    documented: /^ValidationError: Template format error: JSON not well-formed\. \(line \d+, column \d+\)$/,
    ask: refused('{"Resources": '),
  },
  {
    question: 'a template without resources is refused',
    source: SEEN,
    documented: 'ValidationError: Template format error: At least one Resources member must be defined.',
    ask: refused({ Resources: {} }),
  },
  {
    question: 'a dangling reference is refused',
    source: 'aditmalik-synechron/serverless-nested-stack issue 7',
    documented:
      'ValidationError: Template format error: Unresolved resource dependencies [Gone] in the Resources block of the template',
    ask: refused({ Resources: { Topic: topic({ Properties: { DisplayName: { Ref: 'Gone' } } }) } }),
  },
  {
    question: 'circular dependencies are refused',
    source: SEEN,
    documented: /^ValidationError: Circular dependency between resources: \[/,
    ask: refused({ Resources: { A: topic({ DependsOn: 'B' }), B: topic({ DependsOn: 'A' }) } }),
  },
  {
    question: 'a resource with a malformed type is refused',
    source: SEEN,
    documented: 'ValidationError: Template format error: Unrecognized resource types: [Strange]',
    ask: refused({ Resources: { A: { Type: 'Strange' } } }),
  },
  {
    question: 'a template over 51,200 bytes is refused in the request',
    source: 'CloudFormation User Guide, "Understand CloudFormation quotas"',
    documented:
      /^ValidationError: 1 validation error detected: Value '.*' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200$/s,
    ask: refused(big),
  },
  {
    question: 'the same template is accepted from S3, as it was written',
    source: `${CREATE}, TemplateURL`,
    documented: 'CREATE_COMPLETE true',
    ask: async (cloud) => {
      const Bucket = cloud.name()
      await cloud.s3.send(new CreateBucketCommand({ Bucket }))
      await cloud.s3.send(new PutObjectCommand({ Bucket, Key: 't.json', Body: big }))
      const TemplateURL = `https://${Bucket}.s3.eu-west-1.amazonaws.com/t.json`
      const stack = await cloud.create('', { TemplateURL, TemplateBody: undefined })
      const { TemplateBody } = await cloud.cloudFormation.send(
        new GetTemplateCommand({ StackName: stack.StackId }),
      )
      return `${stack.StackStatus} ${TemplateBody === big}`
    },
  },
  {
    question: 'OnFailure and DisableRollback exclude each other',
    source: `${CREATE}, OnFailure`,
    documented: 'ValidationError: Either DisableRollback or OnFailure can be specified, not both.',
    ask: refused(one, { OnFailure: 'DELETE', DisableRollback: true }),
  },
  {
    question: 'OnFailure decides what happens to a failed creation',
    source: `${CREATE}, OnFailure`,
    documented: 'ROLLBACK_COMPLETE CREATE_FAILED DELETE_COMPLETE',
    ask: async (cloud) => {
      const failing = await cloud.clients([{ resource: 'Topic' }])
      const ends = (['ROLLBACK', 'DO_NOTHING', 'DELETE'] as const).map((OnFailure) =>
        cloud.create(one, { OnFailure }, failing),
      )
      return (await Promise.all(ends)).map(({ StackStatus }) => StackStatus).join(' ')
    },
  },
  {
    question: 'a failed creation keeps retained resources, unless RetainExceptOnCreate says otherwise',
    source: `${CREATE}, RetainExceptOnCreate`,
    documented: 'kept gone',
    ask: async (cloud) => {
      const failing = await cloud.clients([{ resource: 'Topic' }])
      const template = {
        Resources: {
          Kept: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' },
          Topic: topic({ DependsOn: 'Kept' }),
        },
      }
      const ends = [false, true].map(async (RetainExceptOnCreate) => {
        const { StackId } = await cloud.create(template, { RetainExceptOnCreate }, failing)
        const Bucket = await cloud.physicalId(StackId, 'Kept')
        return (await error(cloud.s3.send(new HeadBucketCommand({ Bucket })))) === 'accepted'
          ? 'kept'
          : 'gone'
      })
      return (await Promise.all(ends)).join(' ')
    },
  },
]
