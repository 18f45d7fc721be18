import { readFileSync, writeFileSync } from 'node:fs'
import { CloudFormationClient, ListChangeSetsCommand } from '@aws-sdk/client-cloudformation'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional, slow } from '../optional.ts'
import { Project, type Ran } from './project.ts'
import { Terminal, tmux } from './tmux.ts'

// Before an update its change set is shown, and removed if it is not executed.

const test = suite('updates')
const project = new Project()
const fast = 'rehearsal.speed=500'
const cluster = 'cluster.name=changing'
const template = readFileSync('templates/dcos.yaml', 'utf8')

const cloudFormation = new CloudFormationClient(project.stranger(500))

/** The unexecuted change sets. */
async function changeSets(): Promise<string[]> {
  const { Summaries } = await cloudFormation.send(new ListChangeSetsCommand({ StackName: 'changing' }))
  return (Summaries ?? []).flatMap(({ ChangeSetName, ExecutionStatus }) =>
    ExecutionStatus === 'AVAILABLE' ? [`${ChangeSetName}`] : [],
  )
}

/** A copy of the template with words replaced, as a command line override. */
function edited(name: string, ...replacements: [string, string][]): string {
  let text = template
  for (const [from, to] of replacements) {
    assert.ok(text.includes(from), from)
    text = text.replace(from, to)
  }
  writeFileSync(project.path(`${name}.yaml`), text)
  return `template=${project.path(`${name}.yaml`)}`
}

const stack = (...words: string[]): Promise<Ran> => project.run(['stack', fast, cluster, ...words])

test('a dry run shows changes in parameters, template and resources, and leaves nothing behind', async () => {
  const up = await project.run(['bootstrap', fast, cluster])
  assert.is(up.code, 0, up.stdout)
  const bucket = edited(
    'bucket',
    ['  Vpc:\n', '  Notes:\n    Type: AWS::S3::Bucket\n  Vpc:\n'],
    ['CidrBlock: 10.0.0.0/16', 'CidrBlock: 10.0.0.0/15'],
  )
  const { code, stdout } = await stack('--dry-run', bucket, 'agents.private=6')
  assert.is(code, 0, stdout)
  for (const line of [
    /agents.private 5 → 6, template [0-9a-f]{12} → [0-9a-f]{12}$/m,
    /^ +\+ Resources\.Notes: \{"Type":"AWS::S3::Bucket"\}$/m,
    /^ +~ Resources\.Vpc\.Properties\.CidrBlock: "10\.0\.0\.0\/16" → "10\.0\.0\.0\/15"$/m,
    /^ +add Notes \(AWS::S3::Bucket\)$/m,
    /^ +modify Vpc \(AWS::EC2::VPC\), replaced: CidrBlock$/m,
    /^ +modify SlaveServerGroup \(AWS::AutoScaling::AutoScalingGroup\): .*DesiredCapacity/m,
  ])
    assert.match(stdout, line)
  assert.equal(await changeSets(), [])
})

slow(
  test,
  'losses are shown even without a question, and retained resources are not called lost',
  async () => {
    const added = edited('added', ['  Vpc:\n', '  Notes:\n    Type: AWS::S3::Bucket\n  Vpc:\n'])
    assert.is((await project.run(['bootstrap', fast, cluster, added, '--yes'])).code, 0)
    const renamed = edited('renamed', [
      '    UpdateReplacePolicy: Retain\n    Properties:\n',
      '    UpdateReplacePolicy: Retain\n    Properties:\n      BucketName: another-bucket-17\n',
    ])
    const ran = await project.run(['bootstrap', fast, cluster, renamed, '--yes'])
    assert.is(ran.code, 0, ran.stdout)
    assert.match(ran.stdout, /^ +remove Notes \(AWS::S3::Bucket\) — its data is lost$/m)
    assert.match(
      ran.stdout,
      /^ +modify ExhibitorS3Bucket \(AWS::S3::Bucket\), replaced: BucketName — the old one is kept$/m,
    )
    const commented = edited('commented', ['  Vpc:\n', '  # A remark.\n  Vpc:\n'])
    assert.match((await stack('--dry-run', commented)).stdout, /the update would/)
  },
)

test('a change set whose execution is refused, or whose response was lost, is removed', async () => {
  const refused = await stack(
    'agents.private=7',
    '--yes',
    'rehearsal.fail=[{call: ExecuteChangeSet, error: AccessDenied, times: 9}]',
  )
  assert.is(refused.code, 1)
  assert.match(refused.stdout, /ACCESS_DENIED/)
  assert.equal(await changeSets(), [])
  const lost = 'rehearsal.fail=[{call: CreateChangeSet, error: cut-reply, times: 1}]'
  const repeated = await project.run(['bootstrap', fast, cluster, 'agents.private=7', '--yes', lost])
  assert.is(repeated.code, 0, repeated.stdout)
  assert.equal(await changeSets(), [])
})

optional(test, [tmux], 'Ctrl-C at the question of an update leaves no change set', async () => {
  assert.is((await project.run(['bootstrap', fast, cluster, '--yes'])).code, 0)
  const terminal = new Terminal(project, 100, 40)
  try {
    terminal.run(`stack ${fast} ${cluster} agents.private=8`)
    await terminal.shows(/^Update stack changing: .*\? \[y\/N\]$/m)
    assert.is((await changeSets()).length, 1)
    terminal.keys('C-c')
    await terminal.ends(130)
    assert.equal(await changeSets(), [])
  } finally {
    terminal.close()
  }
})

test('destroy shows what the template retains', async () => {
  const kept = edited('kept', [
    '    Type: AWS::EC2::VPC\n',
    '    Type: AWS::EC2::VPC\n    DeletionPolicy: Retain\n',
  ])
  const words = [fast, 'cluster.name=keeping', kept, '--json']
  assert.is((await project.run(['bootstrap', ...words])).code, 0)
  const down = await project.run(['destroy', '--yes', ...words])
  assert.equal([down.code, down.end.left, down.end.retained.length], [0, [], 1], down.stdout)
  assert.match(down.end.retained[0], /^vpc-/)
  assert.match(down.stdout, /vpc-\w+ \(AWS::EC2::VPC\) is kept, as the template requires/)
})

test.after(() => project.remove())

test.run()
