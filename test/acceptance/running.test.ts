import { readFileSync, writeFileSync } from 'node:fs'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Project } from './project.ts'

// A running cluster needs nothing it was created from; one that was refused leaves nothing.

const test = suite('a running cluster')
const project = new Project()
const fast = 'rehearsal.speed=2000'

test('can be inspected, used and destroyed without its template, password file or CLI', async () => {
  assert.is((await project.run(['bootstrap', fast])).code, 0)
  const lost = [fast, 'template=gone.yaml', 'auth.username=me', 'auth.passwordFile=gone']
  const status = await project.run(['status', '--json', ...lost])
  const states = JSON.parse(status.stdout).tasks.map(
    ({ name, state }: Record<string, string>) => `${name} ${state}`,
  )
  const tasks = ['preflight', 'keypair', 'stack', 'wait', 'cli-install', 'cli-config']
  assert.equal(
    states,
    tasks.map((name) => `${name} done`),
  )
  assert.match(status.stdout, 'it is not compared: ')
  const nodes = await project.run(['dcos', ...lost, '--', 'node', 'list', '--json'])
  assert.is(nodes.code, 0, nodes.stderr)
  assert.is(JSON.parse(nodes.stdout).length, 7)
  // Bringing it up does need it.
  const up = await project.run(['bootstrap', ...lost])
  assert.is(up.code === 0, false)
  const down = await project.run(['destroy', '--yes', '--json', ...lost])
  assert.equal([down.code, down.end.left], [0, []], down.stdout)
})

test('leaves no bucket behind if its creation was refused', async () => {
  const text = `${readFileSync('templates/dcos.yaml', 'utf8')}\n#${'x'.repeat(52_000)}\n`
  writeFileSync(project.path('large.yaml'), text)
  const fail = 'rehearsal.fail=[{call: CreateStack, error: AccessDenied, times: 9}]'
  const ran = await project.run([
    'stack',
    fast,
    'cluster.name=refused',
    `template=${project.path('large.yaml')}`,
    fail,
    '--json',
  ])
  assert.is(ran.code, 1)
  assert.ok(ran.end.calls['s3:PutObject'] >= 1, ran.stdout)
  const { Buckets } = await new S3Client({ ...project.stranger(2000), forcePathStyle: true }).send(
    new ListBucketsCommand({}),
  )
  assert.equal(
    (Buckets ?? []).map(({ Name }) => Name),
    [],
  )
})

test('an option with an inherited name is unknown', async () => {
  for (const word of ['--toString=x', '--constructor', '--__proto__=1']) {
    const ran = await project.run([word])
    assert.equal([ran.code, ran.stderr.startsWith('USAGE unknown option')], [2, true], ran.stderr)
  }
})

test.after(() => project.remove())

test.run()
