import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import {
  CreateChangeSetCommand,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { entries } from '../../tasks/aws/stack/status.ts'
import type { Fault } from '../../tasks/rehearsal/index.ts'
import { slow } from '../optional.ts'
import { rehearse } from '../rehearsal/fixture.ts'
import { Project } from './project.ts'

const test = suite('state table')
const project = new Project()
/** Slow enough that an operation is still running when the command checks. */
const SPEED = 40
const speed = `rehearsal.speed=${SPEED}`

/** Two versions of a small stack; what the config wants is the first. */
const template = (version: number) =>
  JSON.stringify({
    Resources: {
      Vpc: {
        Type: 'AWS::EC2::VPC',
        Properties: { CidrBlock: '10.0.0.0/16', Tags: [{ Key: 'v', Value: `${version}` }] },
      },
      Rule: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: {
          GroupDescription: 'x',
          VpcId: { Ref: 'Vpc' },
          Tags: [{ Key: 'v', Value: `${version}` }],
        },
      },
    },
    Outputs: { DnsAddress: { Value: { Ref: 'Vpc' } } },
  })
const digest = createHash('sha256').update(template(1)).digest('hex')

/** The project's cloud, read and changed by the SDK's own clients; every client fails as configured. */
const cloud = (fail: Fault[] = []) =>
  rehearse({ folder: project.path('.task/rehearsed'), speed: SPEED, fail }).cloudFormation

const tags = (name: string) => [
  { Key: 'dcos-bootstrap:cluster', Value: name },
  { Key: 'dcos-bootstrap:template', Value: digest },
]

async function create(name: string, fail: Fault[] = [], over: Partial<CreateStackCommandInput> = {}) {
  await cloud(fail).send(
    new CreateStackCommand({ StackName: name, TemplateBody: template(1), Tags: tags(name), ...over }),
  )
}

async function update(name: string, fail: Fault[] = [], over: { DisableRollback?: boolean } = {}) {
  await create(name)
  await reach(name, 'CREATE_COMPLETE')
  await cloud(fail).send(
    new UpdateStackCommand({ StackName: name, TemplateBody: template(2), Tags: tags(name), ...over }),
  )
}

async function statusOf(name: string): Promise<string | undefined> {
  try {
    const { Stacks } = await cloud().send(new DescribeStacksCommand({ StackName: name }))
    return Stacks?.[0]?.StackStatus
  } catch {
    return undefined
  }
}

async function reach(name: string, wanted: string): Promise<void> {
  for (;;) {
    const status = await statusOf(name)
    if (status === wanted) return
    assert.ok(status?.endsWith('_IN_PROGRESS'), `${name} is ${status} on its way to ${wanted}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

interface Row {
  /** Possibly with data: removed only after confirmation. */
  asks?: boolean
  /** How to get the stack into the status. */
  make(name: string): Promise<unknown>
  /** The write requests of `stack --yes`, in any order. */
  bootstrap: string[]
  /** The final status of the stack. */
  end: string
}

const nothing: string[] = []
const anew = ['CreateStack', 'DeleteStack']

/** A row for each status that our stacks can have; this pipeline never imports. */
const rows: Record<string, Row> = {
  absent: { make: async () => {}, bootstrap: ['CreateStack'], end: 'CREATE_COMPLETE' },
  DELETE_COMPLETE: {
    make: async (name) => {
      await create(name)
      await reach(name, 'CREATE_COMPLETE')
      await cloud().send(new DeleteStackCommand({ StackName: name }))
      while (await statusOf(name)) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    bootstrap: ['CreateStack'],
    end: 'CREATE_COMPLETE',
  },
  CREATE_IN_PROGRESS: { make: (name) => create(name), bootstrap: nothing, end: 'CREATE_COMPLETE' },
  CREATE_COMPLETE: { make: (name) => create(name), bootstrap: nothing, end: 'CREATE_COMPLETE' },
  CREATE_FAILED: {
    make: (name) => create(name, [{ resource: 'Rule' }], { DisableRollback: true }),
    asks: true,
    bootstrap: anew,
    end: 'CREATE_COMPLETE',
  },
  ROLLBACK_IN_PROGRESS: {
    make: (name) => create(name, [{ resource: 'Rule' }]),
    bootstrap: anew,
    end: 'CREATE_COMPLETE',
  },
  ROLLBACK_COMPLETE: {
    make: (name) => create(name, [{ resource: 'Rule' }]),
    bootstrap: anew,
    end: 'CREATE_COMPLETE',
  },
  ROLLBACK_FAILED: {
    make: (name) => create(name, [{ resource: 'Rule' }, { resource: 'Vpc', during: 'rollback' }]),
    asks: true,
    bootstrap: anew,
    end: 'CREATE_COMPLETE',
  },
  DELETE_IN_PROGRESS: {
    make: async (name) => {
      await create(name)
      await reach(name, 'CREATE_COMPLETE')
      await cloud().send(new DeleteStackCommand({ StackName: name }))
    },
    bootstrap: ['CreateStack'],
    end: 'CREATE_COMPLETE',
  },
  DELETE_FAILED: {
    make: async (name) => {
      await create(name)
      await reach(name, 'CREATE_COMPLETE')
      await cloud([{ resource: 'Vpc', during: 'delete' }]).send(new DeleteStackCommand({ StackName: name }))
    },
    asks: true,
    bootstrap: anew,
    end: 'CREATE_COMPLETE',
  },
  UPDATE_IN_PROGRESS: { make: (name) => update(name), bootstrap: nothing, end: 'UPDATE_COMPLETE' },
  UPDATE_COMPLETE: { make: (name) => update(name), bootstrap: nothing, end: 'UPDATE_COMPLETE' },
  UPDATE_FAILED: {
    make: (name) => update(name, [{ resource: 'Rule' }], { DisableRollback: true }),
    bootstrap: ['RollbackStack'],
    end: 'UPDATE_ROLLBACK_COMPLETE',
  },
  UPDATE_ROLLBACK_IN_PROGRESS: {
    make: (name) => update(name, [{ resource: 'Rule' }]),
    bootstrap: nothing,
    end: 'UPDATE_ROLLBACK_COMPLETE',
  },
  UPDATE_ROLLBACK_COMPLETE: {
    make: (name) => update(name, [{ resource: 'Rule' }]),
    bootstrap: nothing,
    end: 'UPDATE_ROLLBACK_COMPLETE',
  },
  UPDATE_ROLLBACK_FAILED: {
    make: (name) => update(name, [{ resource: 'Rule' }, { resource: 'Rule', during: 'rollback' }]),
    bootstrap: ['ContinueUpdateRollback'],
    end: 'UPDATE_ROLLBACK_COMPLETE',
  },
}

/** Statuses too short or too rare to test here; only the table covers them (test/aws/stack/status.test.ts). */
const notMade = /^IMPORT_|CLEANUP_IN_PROGRESS$|^REVIEW_/
const looking = /^(Describe|List|Get|Validate)|ChangeSet$/

/** The calls of a run that changed a stack. Change sets that turn out empty change nothing. */
function changing(calls: Record<string, number>): string[] {
  const names = Object.keys(calls).filter((call) => call.startsWith('cloudformation:'))
  return names
    .map((call) => call.split(':')[1]!)
    .filter((call) => !looking.test(call))
    .sort()
}

const words = (name: string) => [
  '--json',
  speed,
  `cluster.name=${name}`,
  'template=small.json',
  'cluster.url=http://127.0.0.1:9',
]

test.before(async () => {
  writeFileSync(project.path('small.json'), template(1))
  assert.is((await project.run(['--version'])).code, 0)
})

test('there is a row for every status', () => {
  const made = Object.keys(entries).filter((status) => !notMade.test(status))
  assert.equal(
    Object.keys(rows)
      .filter((status) => status !== 'absent')
      .sort(),
    made.sort(),
  )
})

for (const [status, { asks, bootstrap, end, make }] of Object.entries(rows)) {
  const name = status.toLowerCase().replaceAll('_', '-')
  const there = async () => {
    await make(name)
    if (status !== 'absent' && status !== 'DELETE_COMPLETE') await reach(name, status)
  }

  const title = `${status}: bootstrap ${bootstrap.join(' and ') || 'only looks'}; destroy leaves nothing`
  // A row for `npm test`; each takes seconds.
  const register = status === 'ROLLBACK_COMPLETE' ? test : slow.bind(null, test)
  register(title, async () => {
    await there()
    if (asks) {
      const unasked = await project.run(['stack', ...words(name)])
      assert.is(unasked.code, 1, unasked.stdout)
      assert.match(unasked.stdout, '"code":"STACK_FAILED"')
      assert.equal(changing(unasked.end.calls), [], unasked.stdout)
    }
    const up = await project.run(['stack', '--yes', ...words(name)])
    assert.is(up.code, 0, up.stdout)
    assert.equal(changing(up.end.calls), bootstrap, up.stdout)
    while ((await statusOf(name))?.endsWith('_IN_PROGRESS'))
      await new Promise((resolve) => setTimeout(resolve, 5))
    assert.is(await statusOf(name), end)

    if (await statusOf(name)) {
      const clear = await project.run(['destroy', '--yes', ...words(name)])
      assert.is(clear.code, 0, clear.stdout)
    }
    await there()
    const down = await project.run(['destroy', '--yes', ...words(name)])
    assert.is(down.code, 0, down.stdout)
    assert.equal(down.end.left, [])
    assert.is(await statusOf(name), undefined)
  })
}

test('REVIEW_IN_PROGRESS: we never create such stacks and none has our tag, so it is left alone', async () => {
  const name = 'in-review'
  await cloud().send(
    new CreateChangeSetCommand({
      StackName: name,
      ChangeSetName: 'c',
      ChangeSetType: 'CREATE',
      TemplateBody: template(1),
    }),
  )
  const up = await project.run(['stack', '--yes', ...words(name)])
  assert.is(up.code, 1)
  assert.match(up.stdout, '"code":"STACK_FOREIGN"')
  assert.equal(changing(up.end.calls), [])
  assert.equal(changing((await project.run(['destroy', '--yes', ...words(name)])).end.calls), [])
  assert.is(await statusOf(name), 'REVIEW_IN_PROGRESS')
})

test.after(() => project.remove())

test.run()
