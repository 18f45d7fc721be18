import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as cfn from '@aws-sdk/client-cloudformation'
import * as ec2 from '@aws-sdk/client-ec2'
import * as s3 from '@aws-sdk/client-s3'
import * as sts from '@aws-sdk/client-sts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Aws } from '../../tasks/aws/clients.ts'
import { callJson } from '../../tasks/aws/json-call.ts'
import { readObject } from '../../tasks/aws/s3.ts'
import { describeStack, listResources } from '../../tasks/aws/stack/stack.ts'
import { Failure } from '../../tasks/base/failure.ts'

// For every operation that is used: a response that is not from AWS is a failure, and never "there is nothing".

const test = suite('responses that are not from AWS')

type Answer = (response: ServerResponse, operation: string) => void
let answer: Answer = () => {}
let server: Server
let endpoint = ''

test.before(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => answer(response, new URLSearchParams(body).get('Action') ?? ''))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

test.after(() => {
  server.closeAllConnections()
  server.close()
})

function connect(): Aws {
  const aws = new Aws(
    { region: 'eu-west-1', profile: undefined, endpoint, handler: undefined, count: () => {} },
    {
      provider: { accessKeyId: 'AKIA', secretAccessKey: 'x' },
    } as never,
  )
  return aws
}

const StackName = 'dcos'
const Bucket = 'bucket'
type Sdk = { [name: string]: new (input: never) => object }
/** The operations that are used, by service, each with an input that the SDK sends. */
const operations: [string, unknown, Sdk, Record<string, object>][] = [
  [
    'cloudformation',
    cfn.CloudFormationClient,
    cfn as unknown as Sdk,
    {
      CancelUpdateStack: { StackName },
      ContinueUpdateRollback: { StackName },
      CreateChangeSet: { StackName, ChangeSetName: 'c' },
      CreateStack: { StackName },
      DeleteChangeSet: { ChangeSetName: 'c', StackName },
      DeleteStack: { StackName },
      DescribeChangeSet: { ChangeSetName: 'c', StackName },
      DescribeEvents: { StackName },
      DescribeStackEvents: { StackName },
      DescribeStacks: { StackName },
      ExecuteChangeSet: { ChangeSetName: 'c', StackName },
      GetTemplate: { StackName },
      ListStackResources: { StackName },
      RollbackStack: { StackName },
      UpdateTerminationProtection: { StackName, EnableTerminationProtection: false },
      ValidateTemplate: { TemplateBody: '{}' },
    },
  ],
  [
    'ec2',
    ec2.EC2Client,
    ec2 as unknown as Sdk,
    {
      CreateTags: { Resources: ['key-1'], Tags: [] },
      DeleteKeyPair: { KeyName: 'dcos' },
      DescribeAvailabilityZones: {},
      DescribeImages: {},
      DescribeInstanceTypeOfferings: {},
      DescribeInstanceTypes: {},
      DescribeInstances: {},
      DescribeKeyPairs: {},
      DescribeNetworkInterfaces: {},
      DescribeRegions: {},
      DescribeSecurityGroups: {},
      DescribeTags: {},
      DescribeVolumes: {},
      ImportKeyPair: { KeyName: 'dcos', PublicKeyMaterial: Buffer.from('key') },
    },
  ],
  [
    's3',
    s3.S3Client,
    s3 as unknown as Sdk,
    {
      DeleteObjects: { Bucket, Delete: { Objects: [{ Key: 'a' }] } },
      GetBucketTagging: { Bucket },
      ListBuckets: {},
      ListObjectVersions: { Bucket },
    },
  ],
  [
    'sts',
    sts.STSClient,
    sts as unknown as Sdk,
    { DecodeAuthorizationMessage: { EncodedMessage: 'x' }, GetCallerIdentity: {} },
  ],
]
const json: [string, string, string][] = [
  ['ssm', 'AmazonSSM', 'GetParameters'],
  ['servicequotas', 'ServiceQuotasV20190624', 'GetServiceQuota'],
  ['tagging', 'ResourceGroupsTaggingAPI_20170126', 'GetResources'],
]

/** Calls every operation once, and returns the result or error of each. */
async function askAll(): Promise<[string, unknown][]> {
  const aws = connect()
  const calls = operations.flatMap(([service, Client, sdk, inputs]) => {
    const client = aws.client(
      service,
      (configuration) => new (Client as new (c: unknown) => never)(configuration),
    ) as {
      send(command: object): Promise<unknown>
    }
    return Object.entries(inputs).map(([name, input]): [string, Promise<unknown>] => [
      `${service}:${name}`,
      client.send(new sdk[`${name}Command`]!(input as never)),
    ])
  })
  for (const [name, target, operation] of json)
    calls.push([`${name}:${operation}`, callJson(aws, { name, target }, operation, {})])
  const ends = await Promise.all(
    calls.map(async ([name, call]): Promise<[string, unknown]> => [name, await call.catch((error) => error)]),
  )
  aws.close()
  return ends
}

const send =
  (status: number, type: string, body: string): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': type })
    response.end(body)
  }
const query =
  (body: (operation: string) => string): Answer =>
  (response, operation) => {
    response.writeHead(200, { 'content-type': 'text/xml' })
    response.end(body(operation))
  }

const kinds: Record<string, { answer: Answer; code: string; except?: RegExp }> = {
  'nothing at all': { answer: send(200, 'text/xml', ''), code: 'ENDPOINT_UNREACHABLE' },
  'a web page': {
    answer: send(200, 'text/html', '<!DOCTYPE html><html><body>Log in</body></html>'),
    code: 'ENDPOINT_UNREACHABLE',
  },
  'well-formed HTML': {
    answer: send(200, 'text/html', '<html><body>Log in</body></html>'),
    code: 'ENDPOINT_UNREACHABLE',
  },
  'JSON of another service': {
    answer: send(200, 'application/json', '{"ok":true}'),
    code: 'ENDPOINT_UNREACHABLE',
  },
  'an empty JSON object': {
    answer: send(200, 'application/x-amz-json-1.1', '{}'),
    code: 'ENDPOINT_UNREACHABLE',
  },
  null: { answer: send(200, 'application/json', 'null'), code: 'ENDPOINT_UNREACHABLE' },
  'XML of another operation': {
    answer: send(200, 'text/xml', '<OtherResponse><OtherResult/></OtherResponse>'),
    code: 'ENDPOINT_UNREACHABLE',
  },
  'an error with status 200': {
    answer: send(200, 'text/xml', '<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>'),
    code: 'ENDPOINT_UNREACHABLE',
  },
  'a truncated response': {
    answer: query((operation) => `<${operation}Response><${operation}Result><Stacks><member><StackName>d`),
    code: 'ENDPOINT_UNREACHABLE',
  },
  'a name that only begins the same': {
    answer: query((operation) => `<${operation}ResponseX></${operation}ResponseX>`),
    code: 'ENDPOINT_UNREACHABLE',
  },
  binary: {
    answer: (response) => response.end(Buffer.from([0, 255, 1, 2, 254])),
    code: 'ENDPOINT_UNREACHABLE',
  },
  'an endless response': {
    answer: (response) => {
      response.writeHead(200, { 'content-type': 'text/xml' })
      const chunk = Buffer.alloc(1_000_000, '<a>')
      const more = () => {
        while (!response.destroyed && response.write(chunk)) {}
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    },
    code: 'ENDPOINT_UNREACHABLE',
  },
  'a refusal without a message': { answer: send(403, 'text/html', ''), code: 'ACCESS_DENIED' },
  'a page that refuses': { answer: send(403, 'text/html', '<html>Forbidden</html>'), code: 'ACCESS_DENIED' },
  'a bad request without a message': {
    answer: send(400, 'text/html', '<html>Bad request</html>'),
    code: 'ENDPOINT_UNREACHABLE',
  },
}

for (const [kind, { answer: kindOf, code }] of Object.entries(kinds)) {
  test(`${kind}: ${code}`, async () => {
    answer = kindOf
    for (const [call, end] of await askAll()) {
      const what = `${call}: ${end instanceof Error ? `${end.name} ${end.message}` : JSON.stringify(end)}`
      assert.instance(end, Failure, what)
      assert.is((end as Failure).code, code, what)
      assert.match(
        `${(end as Failure).message}`,
        code === 'ACCESS_DENIED' ? /not allowed/ : /does not answer \S+ as AWS/,
        what,
      )
    }
  })
}

test('a result without its required elements is a failure, for each operation that has any', async () => {
  answer = query((operation) => `<${operation}Response><${operation}Result/></${operation}Response>`)
  // These have no required elements.
  const silent =
    /Cancel|Continue|DeleteChange|DeleteStack|Execute|Rollback|Termination|Validate|CreateTags|DeleteKeyPair/
  for (const [call, end] of await askAll()) {
    if (silent.test(call)) assert.not.instance(end, Error, call)
    else assert.is((end as Failure).code, 'ENDPOINT_UNREACHABLE', call)
  }
})

test('a status of 429 without a message is throttling', async () => {
  answer = send(429, 'text/plain', '')
  const aws = connect()
  const error = await describeStack(aws, 'dcos').catch((thrown) => thrown)
  aws.close()
  assert.is(error.code, 'THROTTLED', String(error))
})

test('a stack without name, id or status is not from AWS, nor is an empty list instead of an error', async () => {
  for (const stack of [
    '',
    '<member><StackName>dcos</StackName><StackStatus>CREATE_COMPLETE</StackStatus></member>',
    '<member><StackName>dcos</StackName><StackId>arn:1</StackId></member>',
    '<member><StackId>arn:1</StackId><StackStatus>CREATE_COMPLETE</StackStatus></member>',
  ]) {
    answer = query(
      () =>
        `<DescribeStacksResponse><DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    )
    const aws = connect()
    const error = await describeStack(aws, 'dcos').catch((thrown) => thrown)
    aws.close()
    assert.is(error?.code, 'ENDPOINT_UNREACHABLE', stack)
  }
})

test('an endless list is stopped, with a token that repeats or one that is always new', async () => {
  for (const [token, most] of [
    [() => 'same', 3],
    [(page: number) => `token-${page}`, 1_002],
  ] as const) {
    let pages = 0
    answer = query(() => {
      pages++
      return `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries/><NextToken>${token(pages)}</NextToken></ListStackResourcesResult></ListStackResourcesResponse>`
    })
    const aws = connect()
    const error = await listResources(aws, 'dcos').catch((thrown) => thrown)
    aws.close()
    assert.is(error.code, 'ENDPOINT_UNREACHABLE')
    assert.ok(pages <= most, `${pages} pages`)
  }
})

test('an object larger than the limit is not read to its end', async () => {
  let written = 0
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    const chunk = Buffer.alloc(100_000)
    const more = () => {
      while (!response.destroyed && written < 1e9) {
        written += chunk.length
        if (!response.write(chunk)) break
      }
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  }
  const aws = connect()
  assert.is(await readObject(aws, Bucket, 'key', 1_000_000, new AbortController().signal), undefined)
  aws.close()
  assert.ok(written < 20_000_000, `${written} bytes`)
})

test.run()
