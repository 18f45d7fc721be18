import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { EC2Client, ImportKeyPairCommand } from '@aws-sdk/client-ec2'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Aws } from '../../../tasks/aws/clients.ts'
import { cloudFormation } from '../../../tasks/aws/cloudformation.ts'
import { type Diagnosis, diagnose, diagnosisText } from '../../../tasks/aws/stack/diagnosis.ts'
import { followStack } from '../../../tasks/aws/stack/follow.ts'
import { describeStack } from '../../../tasks/aws/stack/stack.ts'
import { clockAt } from '../../../tasks/base/clock.ts'
import { type Fault, openRehearsal } from '../../../tasks/rehearsal/index.ts'
import { existingResources } from '../../../tasks/template/groups.ts'
import { resolveParameters } from '../../../tasks/template/parameters.ts'
import { parseTemplate } from '../../../tasks/template/parse.ts'
import { optional, shared } from '../../optional.ts'

const rehearsed = suite('diagnosis: rehearsed failures')

/** Fast enough for a cluster in a moment, slow enough that events are still at least a millisecond apart. */
const SPEED = 4000
const signal = new AbortController().signal

/** Each run has other failures; the seed is printed, so that a failure can be reproduced. */
const base = Math.floor(Math.random() * 1e6)

function chance(seed: number): () => number {
  let state = seed * 2654435761
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0
    return ((state ^ (state >>> 12)) >>> 0) / 2 ** 32
  }
}

const pick = <Item>(items: readonly Item[], random: () => number) =>
  items[Math.floor(random() * items.length)]!

/** Reasons in AWS's words, and how they are to be shown. */
const reasons: [given: string, shown: string, known: string | undefined][] = [
  [
    'Resource handler returned message: "The maximum number of VPCs has been reached. (Service: Ec2, Status Code: 400, Request ID: 5ce9e2b3) (SDK Attempt Count: 1)" (RequestToken: 79d65bb7, HandlerErrorCode: ServiceLimitExceeded)',
    'The maximum number of VPCs has been reached',
    'vpc-limit',
  ],
  [
    "AMI ami-327f5352 is invalid: The image id '[ami-327f5352]' does not exist (Service: AmazonAutoScaling; Status Code: 400; Error Code: ValidationError; Request ID: e5560c9b)",
    "AMI ami-327f5352 is invalid: The image id '[ami-327f5352]' does not exist",
    'image-not-found',
  ],
  [
    'API: ec2:CreateTags You are not authorized to perform this operation.',
    'API: ec2:CreateTags You are not authorized to perform this operation',
    'access-denied',
  ],
  ['Nobody «knows» this:\n\t"line two" & <three>', 'Nobody «knows» this: "line two" & <three>', undefined],
]

interface World {
  aws: Aws
  folder: string
}

function worldOf(fail: readonly Fault[], seed: number, folder?: string, speed = SPEED): World {
  const own = folder ?? mkdtempSync(path.join(tmpdir(), 'diagnosis-'))
  const rehearsal = openRehearsal({ folder: own, speed, seed, fail })
  const handler = rehearsal.requestHandler
  return {
    folder: own,
    aws: new Aws({ region: 'eu-west-1', profile: undefined, endpoint: undefined, handler, count: () => {} }),
  }
}

async function importKey({ aws }: World): Promise<void> {
  const key =
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3e2oGxgcR4q0b1P8mYq7c1o2XyWkqVb9J5nV0c2n1T someone@example'
  const ec2 = aws.client('ec2', (configuration) => new EC2Client(configuration))
  await ec2.send(new ImportKeyPairCommand({ KeyName: 'dcos', PublicKeyMaterial: Buffer.from(key) }))
}

/** Follows the stack to its end as the pipeline does, and diagnoses it. */
async function outcome({ aws }: World, arn: string) {
  const clock = clockAt(SPEED)
  const { stack, events } = await followStack(aws, arn, { clock, signal, onEvents: () => {} })
  const found = stack && (await diagnose(aws, stack, events, { clock, signal }))
  // With nothing known beforehand the diagnosis is the same.
  const asked = stack && (await diagnose(aws, stack, [], { clock, signal }))
  assert.equal(asked, found)
  return { status: stack?.status, found }
}

interface Subject {
  name: string
  body: string
  parameters: Record<string, string>
}

const input = ({ body, parameters }: Subject): CreateStackCommandInput => ({
  StackName: 'dcos',
  TemplateBody: body,
  Capabilities: ['CAPABILITY_NAMED_IAM'],
  Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  })),
})

const own: Subject = {
  name: 'dcos.yaml',
  body: readFileSync(path.join('templates', 'dcos.yaml'), 'utf8'),
  parameters: { KeyName: 'dcos', AdminLocation: '10.0.0.1/32', SlaveInstanceCount: '2' },
}
const officialFile = (year: number) => path.join(shared, 'real', `official-${year}-single-master.json`)
const official = (year: number): Subject => ({
  name: `official ${year}`,
  body: JSON.stringify(JSON.parse(readFileSync(officialFile(year), 'utf8'))),
  parameters: {
    KeyName: 'dcos',
    SlaveInstanceCount: '2',
    ...(year === 2015 ? { AcceptEULA: 'Yes' } : {}),
  },
})

/** Fails one resource of the template, and also one that depends on it and so must never be reported. */
async function failOne(subject: Subject, seed: number): Promise<string | undefined> {
  const random = chance(seed)
  const template = parseTemplate(subject.body)
  const { all } = resolveParameters(template, subject.parameters, subject.name)
  const resources = Object.fromEntries(existingResources(template, all))
  const resource = pick(Object.keys(resources), random)
  const dependents = Object.keys(resources).filter(
    (id) => id !== resource && JSON.stringify(resources[id]).includes(`"Ref":"${resource}"`),
  )
  const [given, shown, known] = pick(reasons, random)
  const fail: Fault[] = [
    { resource, reason: given },
    ...(dependents.length > 0
      ? [{ resource: pick(dependents, random), reason: 'Never to be reported' }]
      : []),
    ...(random() < 0.2 ? [{ call: 'DescribeStackEvents', error: 'Throttling', times: 1, after: 1 }] : []),
  ]
  const world = worldOf(fail, seed)
  try {
    await importKey(world)
    const { StackId } = await cloudFormation(world.aws).send(new CreateStackCommand(input(subject)))
    const { status, found } = await outcome(world, StackId!)
    const wanted = {
      status: 'ROLLBACK_COMPLETE',
      path: resource,
      reason: shown,
      known,
      during: 'create',
      also: [],
    }
    return difference(wanted, status, found, `${subject.name}, seed ${seed}`)
  } finally {
    rmSync(world.folder, { recursive: true, force: true })
  }
}

function difference(wanted: object, status: string | undefined, found: Diagnosis | undefined, where: string) {
  const actual = {
    status,
    path: found?.path,
    reason: found?.reason,
    known: found?.known,
    during: found?.during,
    also: found?.alsoFailed,
    ...('afterwards' in wanted ? { afterwards: found?.afterwards?.path } : {}),
  }
  const [one, other] = [JSON.stringify(actual), JSON.stringify(wanted)]
  return one === other ? undefined : `${where}: ${one} instead of ${other}`
}

/** Runs some at a time, prints how many were diagnosed correctly, and fails unless all were. */
async function accuracy(what: string, runs: (() => Promise<string | undefined>)[]): Promise<void> {
  const differences: string[] = []
  const queue = [...runs]
  const worker = async () => {
    for (let run = queue.shift(); run; run = queue.shift()) {
      const difference = await run()
      if (difference) differences.push(difference)
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  console.log(
    `cause: ${runs.length - differences.length} of ${runs.length} (rehearsed, ${what}, base ${base})`,
  )
  assert.equal(differences, [])
}

rehearsed('whatever resource of our template fails, it is named', () =>
  accuracy(
    own.name,
    Array.from({ length: 20 }, (_, index) => () => failOne(own, base + index)),
  ),
)

optional(
  rehearsed,
  [officialFile(2015), officialFile(2021)],
  'whatever resource of the official templates fails, it is named',
  () =>
    accuracy(
      'the official templates',
      [2015, 2021].flatMap((year) => {
        const subject = official(year)
        return Array.from({ length: 8 }, (_, index) => () => failOne(subject, base + index))
      }),
    ),
)

rehearsed('signals, updates, deletions and rollbacks that fail are told apart', () =>
  accuracy('other operations', [failSignals, failUpdate, failDelete, failRollback, failKey]),
)

async function failSignals(): Promise<string | undefined> {
  const world = worldOf([{ resource: 'SlaveServerGroup' }], base)
  await importKey(world)
  const { StackId } = await cloudFormation(world.aws).send(new CreateStackCommand(input(own)))
  const { status, found } = await outcome(world, StackId!)
  rmSync(world.folder, { recursive: true })
  const instance = /--instance-id (i-\w+)/.exec(found?.advice ?? '')
  if (!instance) return `no instance is named: ${found && diagnosisText(found)}`
  const reason =
    'Received 1 FAILURE signal(s) out of 2. Unable to satisfy 100% MinSuccessfulInstancesPercent requirement'
  const wanted = {
    status: 'ROLLBACK_COMPLETE',
    path: 'SlaveServerGroup',
    reason,
    known: 'signal-failure',
    during: 'create',
    also: [],
  }
  return difference(wanted, status, found, 'signals')
}

async function failUpdate(): Promise<string | undefined> {
  const first = worldOf([], base)
  await importKey(first)
  const { StackId } = await cloudFormation(first.aws).send(new CreateStackCommand(input(own)))
  await outcome(first, StackId!)
  const world = worldOf([{ resource: 'SlaveServerGroup', reason: 'No room for more.' }], base, first.folder)
  const more = input({ ...own, parameters: { ...own.parameters, SlaveInstanceCount: '4' } })
  await cloudFormation(world.aws).send(new UpdateStackCommand(more))
  const { status, found } = await outcome(world, StackId!)
  rmSync(world.folder, { recursive: true })
  const wanted = {
    status: 'UPDATE_ROLLBACK_COMPLETE',
    path: 'SlaveServerGroup',
    reason: 'No room for more',
    known: undefined,
    during: 'update',
    also: [],
  }
  return difference(wanted, status, found, 'update')
}

/** A bucket, and something slow. */
const slow: Subject = {
  name: 'slow',
  body: JSON.stringify({
    Resources: {
      Bucket: { Type: 'AWS::S3::Bucket' },
      Nat: { Type: 'AWS::EC2::NatGateway', Properties: { SubnetId: 'subnet-1' }, DependsOn: 'Bucket' },
    },
  }),
  parameters: {},
}

async function fill({ aws }: World): Promise<void> {
  for (;;) {
    const { StackResources } = await cloudFormation(aws).send(
      new DescribeStackResourcesCommand({ StackName: 'dcos' }),
    )
    const bucket = StackResources?.find((one) => one.LogicalResourceId === 'Bucket')
    if (bucket?.ResourceStatus === 'CREATE_COMPLETE') {
      const s3 = aws.client('s3', (configuration) => new S3Client(configuration))
      await s3.send(new PutObjectCommand({ Bucket: bucket.PhysicalResourceId, Key: 'kept', Body: 'x' }))
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

const full = 'The bucket you tried to delete is not empty'

async function failDelete(): Promise<string | undefined> {
  const world = worldOf([], base)
  const { StackId } = await cloudFormation(world.aws).send(new CreateStackCommand(input(slow)))
  await outcome(world, StackId!)
  await fill(world)
  await cloudFormation(world.aws).send(new DeleteStackCommand({ StackName: StackId }))
  const { status, found } = await outcome(world, StackId!)
  rmSync(world.folder, { recursive: true })
  const wanted = {
    status: 'DELETE_FAILED',
    path: 'Bucket',
    reason: full,
    known: 'bucket-not-empty',
    during: 'delete',
    also: [],
  }
  return difference(wanted, status, found, 'delete')
}

async function failRollback(): Promise<string | undefined> {
  // Slower, so that there is time to write to the bucket.
  const world = worldOf([{ resource: 'Nat', reason: 'No way out.' }], base, undefined, 100)
  const { StackId } = await cloudFormation(world.aws).send(new CreateStackCommand(input(slow)))
  await fill(world)
  const { status, found } = await outcome(world, StackId!)
  rmSync(world.folder, { recursive: true })
  const wanted = {
    status: 'ROLLBACK_FAILED',
    path: 'Nat',
    reason: 'No way out',
    known: undefined,
    during: 'create',
    also: [],
    afterwards: 'Bucket',
  }
  return difference(wanted, status, found, 'rollback')
}

async function failKey(): Promise<string | undefined> {
  const world = worldOf([], base)
  const { StackId } = await cloudFormation(world.aws).send(new CreateStackCommand(input(own)))
  const { status, found } = await outcome(world, StackId!)
  assert.is((await describeStack(world.aws, StackId!))?.status, 'ROLLBACK_COMPLETE')
  rmSync(world.folder, { recursive: true })
  const reason = 'Parameter validation failed: parameter value dcos for parameter name KeyName does not exist'
  const wanted = {
    status: 'ROLLBACK_COMPLETE',
    path: 'dcos',
    reason,
    known: 'key-pair',
    during: 'create',
    also: [],
  }
  return difference(wanted, status, found, 'key')
}

rehearsed.run()
