import {
  CancelUpdateStackCommand,
  type CloudFormationClient,
  ContinueUpdateRollbackCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeEventsCommand,
  DescribeStackResourcesCommand,
  RollbackStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Fault } from '../../tasks/rehearsal/index.ts'
import { draw } from '../../tasks/rehearsal/state/chance.ts'
import { describe, events, rehearse, settled } from './fixture.ts'

const random = suite('rehearsal: anything in any order')

const HISTORIES = Number(process.env.HISTORIES ?? 15)
const STEPS = 7

const endings =
  /^((CREATE|UPDATE|UPDATE_ROLLBACK|ROLLBACK|DELETE)_COMPLETE|(CREATE|ROLLBACK|UPDATE|UPDATE_ROLLBACK|DELETE)_FAILED)$/

/** The dice of one history: the same seed gives the same throws. */
function dice(seed: number) {
  let count = 0
  const below = (number: number) => Math.floor(draw('dice', seed, count++) * number)
  return {
    below,
    pick: <T>(list: readonly T[]): T => list[below(list.length)]!,
    chance: (share: number) => draw('chance', seed, count++) < share,
  }
}

type Dice = ReturnType<typeof dice>

const types = ['AWS::EC2::VPC', 'AWS::SNS::Topic', 'AWS::AutoScaling::LaunchConfiguration', 'AWS::S3::Bucket']

/** A template of some resources, each after some of those before it; the same place has mostly the same type. */
function template(d: Dice, nesting: boolean): object {
  const Resources: Record<string, object> = {}
  for (let index = 0; index < 6; index++) {
    if (d.chance(0.3)) continue
    const earlier = Object.keys(Resources)
    const needs = earlier.filter(() => d.chance(0.4))
    const nested = nesting && d.chance(0.3)
    Resources[`R${index}`] = {
      Type: nested ? 'AWS::CloudFormation::Stack' : types[(index + (d.chance(0.1) ? 1 : 0)) % types.length],
      Properties: nested
        ? { TemplateURL: `https://s3.eu-west-1.amazonaws.com/templates/${d.below(4)}` }
        : { Tags: [{ Key: 'v', Value: String(d.below(3)) }] },
      ...(needs.length > 0 ? { DependsOn: needs } : {}),
      ...(d.chance(0.1) ? { DeletionPolicy: 'Retain' } : {}),
    }
  }
  if (Object.keys(Resources).length === 0) Resources.R0 = { Type: types[1] }
  return { Resources }
}

function faults(d: Dice): Fault[] {
  if (d.chance(0.4)) return []
  return Array.from({ length: 1 + d.below(2) }, () => ({
    resource: `R${d.below(6)}`,
    during: d.pick(['create', 'update', 'delete', 'rollback', undefined] as const),
    ...(d.chance(0.5) ? { times: 1 + d.below(2) } : {}),
  }))
}

/** The possible requests to a stack; AWS's refusals are answers too. */
function step(d: Dice, name: string) {
  const body = JSON.stringify(template(d, true))
  const rollback = d.chance(0.4) ? { DisableRollback: true } : {}
  return d.pick([
    () => new CreateStackCommand({ StackName: name, TemplateBody: body, ...rollback }),
    () => new UpdateStackCommand({ StackName: name, TemplateBody: body, ...rollback }),
    () => new UpdateStackCommand({ StackName: name, TemplateBody: body, ...rollback }),
    () => new DeleteStackCommand({ StackName: name }),
    () => new RollbackStackCommand({ StackName: name }),
    () => new ContinueUpdateRollbackCommand({ StackName: name }),
    () => new CancelUpdateStackCommand({ StackName: name }),
  ])()
}

async function attempt(call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    const { name, message } = error as Error
    assert.match(name, /^(ValidationError|AlreadyExistsException)$/, `${name}: ${message}`)
  }
}

/** What holds for every stack in a final state. */
async function judge(client: CloudFormationClient, id: string): Promise<void> {
  const { StackStatus } = await describe(client, id)
  assert.match(StackStatus!, endings)
  const all = await events(client, id)
  assert.is(new Set(all.map(({ EventId }) => EventId)).size, all.length, 'no event is returned twice')
  const times = all.map(({ Timestamp }) => Timestamp!.getTime())
  assert.equal(
    times,
    [...times].sort((a, b) => a - b),
  )
  const { StackResources } = await client.send(new DescribeStackResourcesCommand({ StackName: id }))
  for (const { ResourceStatus, LogicalResourceId } of StackResources!) {
    assert.not.match(ResourceStatus!, /_IN_PROGRESS$/, `${LogicalResourceId} in ${StackStatus}`)
    if (/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(StackStatus!)) {
      assert.match(
        ResourceStatus!,
        /_COMPLETE$|_SKIPPED$|DELETE_FAILED$/,
        `${LogicalResourceId} in ${StackStatus}`,
      )
    }
    // What an update's cleanup left behind no longer belongs to the stack.
    const left = all.some(({ ResourceStatusReason }) =>
      /could not be deleted/.test(ResourceStatusReason ?? ''),
    )
    if (StackStatus === 'DELETE_COMPLETE')
      assert.match(ResourceStatus!, left ? /^DELETE_/ : /^DELETE_(COMPLETE|SKIPPED)$/, LogicalResourceId)
  }
  await client.send(new DescribeEventsCommand({ StackName: id }))
}

random('every stack reaches a final state, has one history, and can be deleted', async () => {
  for (let seed = 0; seed < HISTORIES; seed++) {
    const d = dice(seed)
    const prepared = rehearse({ speed: 10_000 })
    await prepared.s3.send(
      new CreateBucketCommand({
        Bucket: 'templates',
        CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
      }),
    )
    const name = `s${seed}`
    const ids = new Set<string>()
    try {
      for (let key = 0; key < 4; key++) {
        const Body = JSON.stringify(template(d, false))
        await prepared.s3.send(new PutObjectCommand({ Bucket: 'templates', Key: String(key), Body }))
      }
      for (let index = 0; index < STEPS; index++) {
        const { cloudFormation } = rehearse({ folder: prepared.folder, speed: 10_000, seed, fail: faults(d) })
        await attempt(cloudFormation.send(step(d, name) as never))
        const known = await describe(cloudFormation, name).catch(() => undefined)
        if (known) ids.add(known.StackId!)
        // Sometimes the next request comes while this one is still carried out.
        if (d.chance(0.7) && known) await settled(cloudFormation, known.StackId!)
      }
      for (const id of ids) {
        await settled(prepared.cloudFormation, id)
        await judge(prepared.cloudFormation, id)
        await prepared.cloudFormation.send(new DeleteStackCommand({ StackName: id }))
        const { StackStatus } = await settled(prepared.cloudFormation, id)
        assert.is(StackStatus, 'DELETE_COMPLETE')
        await judge(prepared.cloudFormation, id)
      }
    } catch (error) {
      ;(error as Error).message = `seed ${seed}: ${(error as Error).message}`
      throw error
    }
    prepared.remove()
  }
})

random.run()
