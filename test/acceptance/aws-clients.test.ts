import { spawn, spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional } from '../optional.ts'
import { Live } from './live.ts'
import { Project } from './project.ts'

const clients = suite("AWS's own clients against the rehearsal")

/** Fast enough that their waiters, which poll every half minute, succeed at the first poll. */
const SPEED = 10_000

const folders = [
  ...(process.env.CI_TOOLS ? [path.join(process.env.CI_TOOLS, 'bin')] : []),
  ...(process.env.PATH ?? '').split(path.delimiter),
]
const find = (name: string, fits = (_file: string) => true) =>
  folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file) && fits(file)) ?? name

const aws = find('aws')
const python = find('python3', (file) => spawnSync(file, ['-c', 'import boto3']).status === 0)

const ED25519 =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3e2oGxgcR4q0b1P8mYq7c1o2XyWkqVb9J5nV0c2n1T someone@example'

const topics = (count: number, text = 'x') =>
  JSON.stringify({
    Resources: {
      ...Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `Topic${index}`,
          { Type: 'AWS::SNS::Topic', Properties: { DisplayName: text } },
        ]),
      ),
      Bucket: { Type: 'AWS::S3::Bucket' },
    },
    Outputs: { Bucket: { Value: { Ref: 'Bucket' } } },
  })

interface Said {
  code: number | null
  out: string
  err: string
}

/** Runs `body` while `task rehearsal` runs, with a way to run other programs against it. */
async function beside(
  body: (
    run: (file: string, words: string[], more?: Record<string, string>) => Promise<Said>,
    project: Project,
  ) => Promise<void>,
): Promise<void> {
  const project = new Project()
  const live = new Live(project.start(['rehearsal', '0', `rehearsal.speed=${SPEED}`]))
  try {
    const [, endpoint = ''] = await live.says(/AWS endpoint (http:\S+)/)
    const environment = {
      PATH: process.env.PATH!,
      HOME: project.home,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
      AWS_MAX_ATTEMPTS: '1',
    }
    await body(
      (file, words, more = {}) => program(file, words, project.folder, { ...environment, ...more }),
      project,
    )
  } finally {
    await live.end('SIGTERM')
    project.remove()
  }
}

function program(file: string, words: string[], cwd: string, env: Record<string, string>): Promise<Said> {
  const child = spawn(file, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

const cli = 'the aws command line imports a key, deploys, pages, waits, is refused and cleans up'
optional(clients, [aws], cli, async () => {
  await beside(async (run, project) => {
    const say = async (line: string, more?: Record<string, string>) => {
      const said = await run(aws, line.split(' '), more)
      assert.is(said.code, 0, `${line}\n${said.err}`)
      return said.out
    }
    const json = async (line: string) => JSON.parse(await say(`${line} --output json`))
    const refused = async (line: string, more?: Record<string, string>) => {
      const said = await run(aws, line.split(' '), more)
      assert.is.not(said.code, 0, line)
      return said.err.trim().replace(/^aws: \[ERROR\]: /, '')
    }
    writeFileSync(project.path('key.pub'), ED25519)
    writeFileSync(project.path('small.json'), topics(1))
    writeFileSync(project.path('changed.json'), topics(1, 'y'))
    writeFileSync(project.path('large.json'), topics(60))

    const [identity, key] = await Promise.all([
      json('sts get-caller-identity'),
      json('ec2 import-key-pair --key-name mine --public-key-material fileb://key.pub'),
    ])
    assert.is(identity.Account, '123456789012')
    assert.match(key.KeyFingerprint, /^[A-Za-z0-9+/]{43}=$/)

    // `deploy` creates a change set, executes it and waits, for a new stack and for an existing one.
    assert.match(
      await say('cloudformation deploy --stack-name small --template-file small.json'),
      /Successfully created\/updated stack - small/,
    )
    // Its change sets are named by the second, and a rehearsed stack is up within one.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    assert.match(
      await say('cloudformation deploy --stack-name small --template-file changed.json'),
      /Successfully created\/updated stack - small/,
    )
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    assert.match(
      await say(
        'cloudformation deploy --stack-name small --template-file changed.json --no-fail-on-empty-changeset',
      ),
      /No changes to deploy\. Stack small is up to date/,
    )

    await say(
      'cloudformation create-stack --stack-name large --template-body file://large.json --tags Key=a,Value=b',
    )
    await say('cloudformation wait stack-create-complete --stack-name large')
    const [taken, events, expired, unknown] = await Promise.all([
      refused('cloudformation create-stack --stack-name large --template-body file://large.json'),
      json('cloudformation describe-stack-events --stack-name large'),
      refused('cloudformation describe-stacks', { AWS_ACCESS_KEY_ID: 'ASIAEXPIRED' }),
      refused('cloudformation describe-stacks --stack-name gone'),
    ])
    assert.is(
      taken,
      'An error occurred (AlreadyExistsException) when calling the CreateStack operation: Stack [large] already exists',
    )
    // Three events per resource and two for the stack itself, over two pages.
    assert.is(events.StackEvents.length, 61 * 3 + 2)
    assert.is(
      expired,
      'An error occurred (ExpiredToken) when calling the DescribeStacks operation: The security token included in the request is expired',
    )
    assert.is(
      unknown,
      'An error occurred (ValidationError) when calling the DescribeStacks operation: Stack with id gone does not exist',
    )

    const [{ OutputValue: bucket }] = (await json('cloudformation describe-stacks --stack-name small'))
      .Stacks[0].Outputs
    await say(`s3 cp key.pub s3://${bucket}/keys/key.pub`)
    assert.match(await say(`s3 ls s3://${bucket}/keys/`), /\d+ key\.pub$/m)
    assert.is(await say(`s3 cp s3://${bucket}/keys/key.pub -`), ED25519)
    assert.match(await refused(`s3 rb s3://${bucket}`), /BucketNotEmpty/)

    await say('cloudformation delete-stack --stack-name small')
    assert.match(
      await refused('cloudformation wait stack-delete-complete --stack-name small'),
      /Waiter StackDeleteComplete failed: .*(DELETE_FAILED|terminal failure state)/,
    )
    await say('cloudformation delete-stack --stack-name small --deletion-mode FORCE_DELETE_STACK')
    await say('cloudformation wait stack-delete-complete --stack-name small')
    await Promise.all([
      say(`s3 rb s3://${bucket} --force`),
      say('cloudformation delete-stack --stack-name large'),
      say('ec2 delete-key-pair --key-name mine'),
    ])
    await say('cloudformation wait stack-delete-complete --stack-name large')
    assert.equal((await json('cloudformation describe-stacks')).Stacks, [])
  })
})

/** Exercises boto3's errors, paginators, waiters and resources. Prints one JSON document. */
const script = `
import boto3, json, sys
from botocore.exceptions import ClientError, WaiterError
template, many, key = sys.argv[1:]
cfn, ec2, s3 = (boto3.client(name) for name in ('cloudformation', 'ec2', 's3'))
said = {}

def error(call, **arguments):
    try:
        call(**arguments)
    except ClientError as caught:
        told = caught.response
        return [told['Error']['Code'], told['Error']['Message'], told['ResponseMetadata']['HTTPStatusCode']]
    return ['accepted']

def wait(name, **arguments):
    cfn.get_waiter(name).wait(WaiterConfig={'Delay': 1, 'MaxAttempts': 20}, **arguments)

ec2.import_key_pair(KeyName='mine', PublicKeyMaterial=key.encode())
said['duplicate'] = error(ec2.import_key_pair, KeyName='mine', PublicKeyMaterial=key.encode())
said['garbage'] = error(ec2.import_key_pair, KeyName='other', PublicKeyMaterial=b'garbage')
said['absent'] = error(ec2.describe_key_pairs, KeyNames=['gone'])
said['type'] = ec2.describe_key_pairs(KeyNames=['mine'])['KeyPairs'][0]['KeyType']

made = cfn.create_stack(StackName='s', TemplateBody=many, ClientRequestToken='t')
again = cfn.create_stack(StackName='s', TemplateBody=many, ClientRequestToken='t')
said['token'] = made['StackId'] == again['StackId'] and made['OperationId'] == again['OperationId']
wait('stack_create_complete', StackName='s')
pages = list(cfn.get_paginator('describe_stack_events').paginate(StackName='s'))
said['pages'] = [len(page['StackEvents']) for page in pages]
said['resources'] = sum(len(page['StackResourceSummaries']) for page in cfn.get_paginator('list_stack_resources').paginate(StackName='s'))
said['same'] = error(cfn.update_stack, StackName='s', UsePreviousTemplate=True)
said['capabilities'] = error(cfn.create_stack, StackName='iam', TemplateBody='{"Resources":{"Role":{"Type":"AWS::IAM::Role"}}}')
said['status'] = boto3.resource('cloudformation').Stack('s').stack_status

cfn.create_change_set(StackName='s', ChangeSetName='c', TemplateBody=template)
wait('change_set_create_complete', StackName='s', ChangeSetName='c')
changes = cfn.describe_change_set(StackName='s', ChangeSetName='c')['Changes']
said['changes'] = sorted({change['ResourceChange']['Action'] for change in changes})
cfn.execute_change_set(StackName='s', ChangeSetName='c')
wait('stack_update_complete', StackName='s')
said['operations'] = [one['OperationType'] for one in cfn.describe_stacks(StackName='s')['Stacks'][0]['LastOperations']]
cfn.update_termination_protection(StackName='s', EnableTerminationProtection=True)
said['protected'] = error(cfn.delete_stack, StackName='s')
cfn.update_termination_protection(StackName='s', EnableTerminationProtection=False)

bucket = cfn.describe_stacks(StackName='s')['Stacks'][0]['Outputs'][0]['OutputValue']
s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={'Status': 'Enabled'})
for text in (b'one', b'two'):
    s3.put_object(Bucket=bucket, Key='a/b c', Body=text)
said['object'] = s3.get_object(Bucket=bucket, Key='a/b c')['Body'].read().decode()
said['versions'] = len(s3.list_object_versions(Bucket=bucket)['Versions'])
stack = made['StackId']
cfn.delete_stack(StackName=stack)
try:
    wait('stack_delete_complete', StackName=stack)
except WaiterError as caught:
    said['failed'] = caught.last_response['Stacks'][0]['StackStatus']
cfn.delete_stack(StackName=stack, RetainResources=['Bucket'])
wait('stack_delete_complete', StackName=stack)
said['gone'] = error(cfn.describe_stacks, StackName='s')
boto3.resource('s3').Bucket(bucket).object_versions.delete()
s3.delete_bucket(Bucket=bucket)
ec2.delete_key_pair(KeyName='mine')
print(json.dumps(said))
`

const sdk = 'boto3 pages, waits, repeats by token and is refused in the words of AWS'
optional(clients, [python], sdk, async () => {
  await beside(async (run) => {
    const { code, out, err } = await run(python, ['-c', script, topics(1), topics(60), ED25519])
    assert.is(code, 0, err)
    assert.equal(JSON.parse(out), {
      duplicate: ['InvalidKeyPair.Duplicate', 'The keypair already exists', 400],
      garbage: ['InvalidKey.Format', 'Key is not in valid OpenSSH public key format', 400],
      absent: ['InvalidKeyPair.NotFound', "The key pair 'gone' does not exist", 400],
      type: 'ed25519',
      token: true,
      pages: [100, 85],
      resources: 61,
      same: ['ValidationError', 'No updates are to be performed.', 400],
      capabilities: ['InsufficientCapabilitiesException', 'Requires capabilities : [CAPABILITY_IAM]', 400],
      status: 'CREATE_COMPLETE',
      changes: ['Remove'],
      operations: ['UPDATE_STACK'],
      protected: [
        'ValidationError',
        'Stack [s] cannot be deleted while TerminationProtection is enabled',
        400,
      ],
      object: 'two',
      versions: 2,
      failed: 'DELETE_FAILED',
      gone: ['ValidationError', 'Stack with id s does not exist', 400],
    })
  })
})

clients.run()
