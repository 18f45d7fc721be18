import {
  CancelUpdateStackCommand,
  type CloudFormationClient,
  ContinueUpdateRollbackCommand,
  CreateChangeSetCommand,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  RollbackStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Fault } from '../../tasks/rehearsal/index.ts'
import { describe, events, refused, rehearse, settled } from './fixture.ts'

const statuses = suite('rehearsal: every status of a stack')

const tagged = (version: number) => [{ Key: 'v', Value: `${version}` }]

/** `Late` exists only from version 2 on, `Early` only before: groups, which take a while to be removed. */
const template = (version: number) =>
  JSON.stringify({
    Resources: {
      Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16', Tags: tagged(version) } },
      Launch: {
        Type: 'AWS::AutoScaling::LaunchConfiguration',
        Properties: { ImageId: `ami-0000000${version}` },
      },
      [version > 1 ? 'Late' : 'Early']: {
        Type: 'AWS::AutoScaling::AutoScalingGroup',
        Properties: { MinSize: 0, LaunchConfigurationName: { Ref: 'Launch' } },
      },
      Rule: {
        Type: 'AWS::EC2::SecurityGroup',
        DependsOn: version > 1 ? 'Late' : 'Vpc',
        Properties: { VpcId: { Ref: 'Vpc' }, Tags: tagged(version) },
      },
    },
  })

/** The same without what can only be replaced. */
const plain = (version: number) => {
  const { Resources } = JSON.parse(template(version))
  const { DependsOn, ...rule } = Resources.Rule
  return JSON.stringify({ Resources: { Vpc: Resources.Vpc, Rule: rule } })
}

interface World {
  /** Clients of the same cloud, with or without faults. */
  client: (fail?: Fault[]) => CloudFormationClient
  create: (fail?: Fault[], over?: Partial<CreateStackCommandInput>) => Promise<void>
  update: (fail?: Fault[], over?: { DisableRollback?: boolean; TemplateBody?: string }) => Promise<void>
}

/** Advances the clock until the stack has the status, or is in a final state. Returns its last status. */
async function until(client: CloudFormationClient, wanted: string, name = 's'): Promise<string> {
  for (;;) {
    const { StackStatus } = await describe(client, name)
    if (StackStatus === wanted || !StackStatus!.endsWith('_IN_PROGRESS')) return StackStatus!
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

const ways: Record<string, (world: World) => Promise<unknown>> = {
  REVIEW_IN_PROGRESS: ({ client }) =>
    client().send(
      new CreateChangeSetCommand({
        StackName: 's',
        ChangeSetName: 'c',
        ChangeSetType: 'CREATE',
        TemplateBody: template(1),
      }),
    ),
  CREATE_IN_PROGRESS: ({ create }) => create(),
  CREATE_COMPLETE: ({ create }) => create(),
  CREATE_FAILED: ({ create }) => create([{ resource: 'Rule' }], { DisableRollback: true }),
  ROLLBACK_IN_PROGRESS: ({ create }) => create([{ resource: 'Rule' }]),
  ROLLBACK_COMPLETE: ({ create }) => create([{ resource: 'Rule' }]),
  ROLLBACK_FAILED: ({ create }) => create([{ resource: 'Rule' }, { resource: 'Vpc', during: 'rollback' }]),
  DELETE_IN_PROGRESS: async ({ create, client }) => {
    await create()
    await until(client(), 'CREATE_COMPLETE')
    await client().send(new DeleteStackCommand({ StackName: 's' }))
  },
  DELETE_FAILED: async ({ create, client }) => {
    await create()
    await until(client(), 'CREATE_COMPLETE')
    await client([{ resource: 'Vpc', during: 'delete' }]).send(new DeleteStackCommand({ StackName: 's' }))
  },
  UPDATE_IN_PROGRESS: ({ update }) => update(),
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: ({ update }) => update(),
  UPDATE_COMPLETE: ({ update }) => update(),
  UPDATE_FAILED: ({ update }) =>
    update([{ resource: 'Rule' }], { DisableRollback: true, TemplateBody: plain(2) }),
  UPDATE_ROLLBACK_IN_PROGRESS: ({ update }) => update([{ resource: 'Rule' }]),
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: ({ update }) => update([{ resource: 'Rule' }]),
  UPDATE_ROLLBACK_COMPLETE: ({ update }) => update([{ resource: 'Rule' }]),
  UPDATE_ROLLBACK_FAILED: ({ update }) =>
    update([{ resource: 'Rule' }, { resource: 'Rule', during: 'rollback' }]),
}

function world(speed = 3000) {
  const { folder, remove, cloudFormation } = rehearse({ speed })
  const client = (fail: Fault[] = []) => rehearse({ folder, fail, speed }).cloudFormation
  const create: World['create'] = async (fail = [], over = {}) => {
    await client(fail).send(new CreateStackCommand({ StackName: 's', TemplateBody: template(1), ...over }))
  }
  const update: World['update'] = async (fail = [], over = {}) => {
    await create([], { TemplateBody: over.TemplateBody ? plain(1) : template(1) })
    assert.is(await until(cloudFormation, 'CREATE_COMPLETE'), 'CREATE_COMPLETE')
    await client(fail).send(new UpdateStackCommand({ StackName: 's', TemplateBody: template(2), ...over }))
  }
  return { client, create, update, remove, cloudFormation }
}

for (const [status, way] of Object.entries(ways)) {
  statuses(`${status} can be reached`, async () => {
    // Transitional states have to last long enough to be seen.
    const one = world(status.endsWith('_IN_PROGRESS') ? 100 : 3000)
    await way(one)
    assert.is(await until(one.cloudFormation, status), status)
    one.remove()
  })
}

statuses('what is left after a failed creation can be rolled back, or continued', async () => {
  const { create, client, remove, cloudFormation } = world()
  await create([{ resource: 'Rule' }], { DisableRollback: true })
  await until(cloudFormation, 'CREATE_FAILED')
  const again = { StackName: 's', TemplateBody: template(1) }
  assert.match(
    (await refused(cloudFormation.send(new UpdateStackCommand(again)))).message,
    /^This stack is currently in a non-terminal \[CREATE_FAILED\] state\. .* please use the disable-rollback parameter/,
  )
  await client([{ resource: 'Rule' }]).send(new UpdateStackCommand({ ...again, DisableRollback: true }))
  assert.is((await settled(cloudFormation, 's')).StackStatus, 'UPDATE_FAILED')
  await cloudFormation.send(new UpdateStackCommand({ ...again, DisableRollback: true }))
  assert.is((await settled(cloudFormation, 's')).StackStatus, 'UPDATE_COMPLETE')
  const { StackResources } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: 's' }))
  assert.ok(
    StackResources!.every(({ ResourceStatus }) => /_COMPLETE$/.test(ResourceStatus!)),
    JSON.stringify(StackResources),
  )
  remove()
})

statuses('a failed creation with OnFailure DO_NOTHING can only be rolled back or deleted', async () => {
  const { create, remove, cloudFormation } = world()
  await create([{ resource: 'Rule' }], { OnFailure: 'DO_NOTHING' })
  const { StackId } = await settled(cloudFormation, 's')
  const input = { StackName: 's', TemplateBody: template(1), DisableRollback: true }
  assert.is(
    (await refused(cloudFormation.send(new UpdateStackCommand(input)))).message,
    `Stack:${StackId} is in CREATE_FAILED state and can not be updated.`,
  )
  const { OperationId } = await cloudFormation.send(new RollbackStackCommand({ StackName: 's' }))
  assert.ok(OperationId)
  assert.is((await settled(cloudFormation, 's')).StackStatus, 'ROLLBACK_COMPLETE')
  remove()
})

statuses('a failed update is rolled back by RollbackStack', async () => {
  const { update, remove, cloudFormation } = world()
  await update([{ resource: 'Rule', reason: 'No' }], { DisableRollback: true, TemplateBody: plain(2) })
  assert.is((await settled(cloudFormation, 's')).StackStatus, 'UPDATE_FAILED')
  await cloudFormation.send(new RollbackStackCommand({ StackName: 's' }))
  assert.is((await settled(cloudFormation, 's')).StackStatus, 'UPDATE_ROLLBACK_COMPLETE')
  const again = await refused(cloudFormation.send(new RollbackStackCommand({ StackName: 's' })))
  assert.is(again.message, 'RollbackStack cannot be called from current stack status')
  await cloudFormation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: plain(2) }))
  assert.is((await settled(cloudFormation, 's')).StackStatus, 'UPDATE_COMPLETE')
  remove()
})

statuses('a failed rollback continues: when the cause is gone, or without the resource', async () => {
  for (const way of ['fixed', 'skipped', 'forced'] as const) {
    const { update, client, remove, cloudFormation } = world()
    const fail: Fault[] = [{ resource: 'Rule' }, { resource: 'Vpc', during: 'rollback', reason: 'Stuck' }]
    await update(fail)
    const stuck = await settled(cloudFormation, 's')
    assert.is(stuck.StackStatus, 'UPDATE_ROLLBACK_FAILED')
    assert.match(stuck.StackStatusReason!, /^The following resource\(s\) failed to update: \[.*Vpc.*\]\.$/)
    const early = await refused(
      cloudFormation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: template(2) })),
    )
    assert.match(early.message, /is in UPDATE_ROLLBACK_FAILED state and can not be updated/)
    await client(fail).send(new ContinueUpdateRollbackCommand({ StackName: 's' }))
    assert.is((await settled(cloudFormation, 's')).StackStatus, 'UPDATE_ROLLBACK_FAILED')
    const from = way === 'fixed' ? client() : client(fail)
    await from.send(
      new ContinueUpdateRollbackCommand({
        StackName: 's',
        ...(way === 'skipped' ? { ResourcesToSkip: ['Vpc'] } : {}),
        ...(way === 'forced' ? { ForceRollback: true } : {}),
      }),
    )
    assert.is((await settled(cloudFormation, 's')).StackStatus, 'UPDATE_ROLLBACK_COMPLETE')
    const all = await events(cloudFormation, 's')
    const gone = all.filter(
      (event) => event.LogicalResourceId === 'Late' && event.ResourceStatus === 'DELETE_COMPLETE',
    )
    assert.is(gone.length, 1)
    const { StackResources } = await cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: 's' }),
    )
    assert.equal(
      StackResources!
        .filter(({ ResourceStatus }) => !/DELETE/.test(ResourceStatus!))
        .map((one) => one.LogicalResourceId)
        .sort(),
      ['Early', 'Launch', 'Rule', 'Vpc'],
    )
    await cloudFormation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: template(2) }))
    assert.is((await settled(cloudFormation, 's')).StackStatus, 'UPDATE_COMPLETE')
    remove()
  }
})

statuses('an update is cancelled: what was begun is rolled back, what was not is left alone', async () => {
  const { update, remove, cloudFormation } = world(200)
  await update()
  while (
    !(await events(cloudFormation, 's')).some(({ ResourceStatus }) => ResourceStatus === 'UPDATE_COMPLETE')
  ) {}
  await cloudFormation.send(new CancelUpdateStackCommand({ StackName: 's' }))
  assert.is((await settled(cloudFormation, 's')).StackStatus, 'UPDATE_ROLLBACK_COMPLETE')
  const again = await refused(cloudFormation.send(new CancelUpdateStackCommand({ StackName: 's' })))
  assert.is(again.message, 'CancelUpdateStack cannot be called from current stack status')
  await cloudFormation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: template(2) }))
  assert.is((await settled(cloudFormation, 's')).StackStatus, 'UPDATE_COMPLETE')
  remove()
})

statuses('two resources configured to fail do so in the same second, others are cancelled', async () => {
  const { create, remove, cloudFormation } = world()
  await create([
    { resource: 'Vpc', reason: 'The maximum number of VPCs has been reached.' },
    { resource: 'Launch', reason: 'Not here' },
  ])
  await settled(cloudFormation, 's')
  const failed = (await events(cloudFormation, 's')).filter((one) => one.ResourceStatus === 'CREATE_FAILED')
  const own = failed.filter(
    ({ ResourceStatusReason }) => ResourceStatusReason !== 'Resource creation cancelled',
  )
  assert.equal(own.map((one) => one.LogicalResourceId).sort(), ['Launch', 'Vpc'])
  const [first, second] = own.map(({ Timestamp }) => Timestamp!.getTime())
  assert.ok(Math.abs(first! - second!) < 1000)
  remove()
})

statuses('a fault with times: 1 does not occur again, not even in the next stack of the name', async () => {
  const { create, client, remove, cloudFormation } = world()
  const fail: Fault[] = [
    { resource: 'Rule', times: 1 },
    { resource: 'Vpc', during: 'delete', times: 2 },
  ]
  await create(fail)
  const first = await settled(cloudFormation, 's')
  assert.is(first.StackStatus, 'ROLLBACK_COMPLETE')
  await client(fail).send(new DeleteStackCommand({ StackName: 's' }))
  await settled(cloudFormation, first.StackId!)
  await create(fail)
  const { StackId, StackStatus } = await settled(cloudFormation, 's')
  assert.is(StackStatus, 'CREATE_COMPLETE')
  const ends: string[] = []
  for (let time = 0; time < 3; time++) {
    await client(fail).send(new DeleteStackCommand({ StackName: StackId }))
    ends.push((await settled(cloudFormation, StackId!)).StackStatus!)
  }
  assert.equal(ends, ['DELETE_FAILED', 'DELETE_FAILED', 'DELETE_COMPLETE'])
  remove()
})

statuses(
  'what cannot be removed in the cleanup of an update is left behind, and the update has succeeded',
  async () => {
    const { update, remove, cloudFormation } = world()
    await update([{ resource: 'Launch', during: 'delete' }])
    const { StackStatus, StackStatusReason } = await settled(cloudFormation, 's')
    assert.equal(
      [StackStatus, StackStatusReason],
      ['UPDATE_COMPLETE', 'Update successful. One or more resources could not be deleted.'],
    )
    remove()
  },
)

statuses.run()
