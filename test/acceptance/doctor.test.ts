import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { Project, type Ran } from './project.ts'

const test = suite('doctor')
const project = new Project()
const template = `template=${process.cwd()}/test/cluster/checks/template.yaml`

interface Line {
  name: string
  state: 'done' | 'warn' | 'skipped' | 'fail'
  message: string
  next: string | null
}

/** The document on stdout, by the names of its checks. */
function checksOf({ stdout }: Ran): Record<string, Line> {
  const { checks, ...rest } = JSON.parse(stdout) as { checks: Line[] }
  assert.equal(rest, {})
  for (const check of checks) assert.equal(Object.keys(check), ['name', 'state', 'message', 'next'])
  return Object.fromEntries(checks.map((check) => [check.name, check]))
}

const names = [
  ...['identity', 'region', 'clock', 'dns', 'template', 'capabilities', 'launch-configs', 'images'],
  ...['instance-types', 'quota', 'key', 'admin-location', 'cli', 'disk', 'dcos'],
]

test('in a rehearsal everything is ok, as plain lines and as one document', async () => {
  const plain = await project.run(['doctor', template, 'parameters.ImageId=ami-0123456789abcdef0'])
  assert.is(plain.code, 0, plain.stdout + plain.stderr)
  assert.is(plain.stderr, '')
  assert.not.match(plain.stdout, '\u001b')
  const lines = plain.stdout.trimEnd().split('\n')
  assert.is(lines[0], 'dcos · rehearsal · eu-west-1')
  assert.equal(
    lines.slice(1, -1).map((line) => line.split(/\s+/).slice(0, 2)),
    names.map((name) => ['done', name]),
  )
  assert.is(lines.at(-1), '15 ok, 0 warnings, 0 errors')
  const json = await project.run(['doctor', '--json', template, 'parameters.ImageId=ami-0123456789abcdef0'])
  assert.equal(Object.keys(checksOf(json)), names)
  assert.match(checksOf(json).identity!.message, 'account 123456789012, as arn:aws:iam::123456789012:user/')
})

test('errors are reported with advice, and exit with 1', async () => {
  const words = ['parameters.ImageId=ami-nonsense', 'agents.private=400', 'access.adminLocation=0.0.0.0/0']
  const ran = await project.run(['doctor', '--json', template, ...words])
  assert.is(ran.code, 1)
  const checks = checksOf(ran)
  assert.equal([checks.images!.state, checks.quota!.state], ['fail', 'fail'])
  assert.match(checks.images!.message, 'ami-nonsense does not exist in eu-west-1')
  assert.match(checks.quota!.message, '402 instances with 804 vCPUs are more than the quota')
  assert.is(checks['admin-location']!.state, 'warn')
  for (const { next, state } of Object.values(checks)) if (state === 'fail') assert.ok(next)
})

test('an invalid template is reported once; checks that depend on it are skipped', async () => {
  const ran = await project.run(['doctor', '--json', template, 'parameters.Nonsense=1'])
  assert.is(ran.code, 1)
  const checks = checksOf(ran)
  assert.is(checks.template!.state, 'fail')
  assert.match(checks.template!.message, 'has no parameter Nonsense')
  assert.equal(
    Object.values(checks)
      .filter(({ state }) => state === 'fail')
      .map(({ name }) => name),
    ['template'],
  )
  assert.equal(
    [checks.images!.state, checks.images!.message],
    ['skipped', 'the template and its parameters must be valid first'],
  )
  assert.is(checks.identity!.state, 'done')
})

test('each missing permission is a warning that names it, as is an operation that an emulator lacks', async () => {
  // A permission that hides another is denied in a separate round.
  const rounds: Record<string, string>[] = [
    {
      DescribeRegions: 'region',
      ValidateTemplate: 'template',
      DescribeImages: 'images',
      DescribeInstanceTypeOfferings: 'instance-types',
      GetServiceQuota: 'quota',
      DescribeKeyPairs: 'key',
      DescribeStacks: 'dcos',
    },
    { DescribeAvailabilityZones: 'instance-types', DescribeInstances: 'quota' },
    { DescribeInstanceTypes: 'instance-types' },
  ]
  for (const error of ['AccessDenied', 'InvalidAction']) {
    for (const round of rounds) {
      const faults = Object.keys(round).map((call) => `{call: ${call}, error: ${error}}`)
      const words = ['parameters.ImageId=ami-0123456789abcdef0', `rehearsal.fail=[${faults.join(', ')}]`]
      const ran = await project.run(['doctor', '--json', template, ...words])
      const checks = checksOf(ran)
      assert.is(ran.code, 0, ran.stdout)
      for (const [call, name] of Object.entries(round)) {
        const { message, next, state } = checks[name]!
        assert.is(state, 'warn', `${call} ${error}: ${message}`)
        if (error === 'AccessDenied') assert.match(`${message} ${next}`, new RegExp(`:${call}\\b`))
      }
    }
  }
})

test('without credentials the identity check fails, and no other check repeats it', async () => {
  const ran = await project.run([
    'doctor',
    '--json',
    'cloud=aws',
    'aws.endpoint=http://127.0.0.1:9',
    template,
  ])
  assert.is(ran.code, 1)
  const checks = checksOf(ran)
  assert.is(checks.identity!.state, 'fail')
  assert.match(checks.identity!.message, 'no AWS credentials found')
  for (const name of ['region', 'images', 'quota', 'key', 'dcos'])
    assert.equal([name, checks[name]!.state, checks[name]!.next], [name, 'skipped', null])
  assert.equal(
    Object.values(checks).filter(({ message, next }) => /credentials/.test(`${message} ${next}`)).length,
    Object.values(checks).filter(({ state }) => state === 'skipped').length,
    'what to do about it is said once',
  )
})

test('a foreign stack of the same name, and a running cluster, are reported', async () => {
  const up = ['cluster.name=standing', 'rehearsal.speed=2000']
  assert.is((await project.run(['bootstrap', ...up])).code, 0)
  const checks = checksOf(await project.run(['doctor', '--json', ...up]))
  assert.is(checks.dcos!.state, 'done')
  assert.match(checks.dcos!.message, /^DC\/OS .* is healthy at http:/)
  assert.match(checks.key!.message, /^key pair standing/)
  // Its own instances do not count against it twice.
  assert.match(checks.quota!.message, /^8 instances with 16 vCPUs fit into the quota of 512$/)
})

test('on AWS nothing is created that cannot come up, and only creations are checked first', async () => {
  const aws = await startRehearsal(project, 'rehearsal.speed=2000')
  const environment = { AWS_ACCESS_KEY_ID: 'AKIAREHEARSAL', AWS_SECRET_ACCESS_KEY: 'rehearsal' }
  const words = [
    ...['--json', 'cloud=aws', `aws.endpoint=${aws.url}`, 'cluster.name=looked', template],
    ...['parameters.ImageId=ami-0123456789abcdef0', 'access.adminLocation=203.0.113.7/32'],
  ]
  const stack = (...more: string[]) => project.run(['stack', ...words, ...more], { environment })
  const asked = ({ end }: Ran) =>
    Object.keys(end.calls).filter((call) => /Quota|GetCaller|InstanceType/.test(call))
  try {
    const refused = await stack('agents.private=400')
    assert.is(refused.code, 1)
    // biome-ignore lint/suspicious/noExplicitAny: the event is checked field by field.
    const fail = refused.events.find((event) => event.event === 'fail') as any
    assert.equal([fail.task, fail.code], ['preflight', 'PARAMETER_INVALID'])
    assert.match(fail.message, /^402 instances with 804 vCPUs/)
    assert.match(fail.next, 'fewer agents')
    // Not even a key pair, which would be left over.
    assert.equal(refused.end.ran, [])
    assert.is(refused.end.calls['ec2:ImportKeyPair'], undefined)
    assert.is(refused.end.calls['cloudformation:CreateStack'], undefined)

    const created = await stack()
    assert.is(created.code, 0, created.stdout)
    assert.is(created.end.calls['cloudformation:CreateStack'], 1)
    assert.equal(asked(created).length, 4)
    assert.ok(
      created.events.some(
        (event) => event.event === 'log' && /^account 123456789012, as arn/.test(event.message),
      ),
    )

    const again = await stack()
    assert.equal([again.end.ran, asked(again)], [[], []])
    const total = Object.values(again.end.calls as Record<string, number>).reduce(
      (sum, count) => sum + count,
      0,
    )
    assert.ok(total <= 2, JSON.stringify(again.end.calls))

    for (let tries = 0; tries < 50; tries++) {
      const status = await project.run(['clusters', ...words.slice(0, 3)], { environment })
      if (
        JSON.parse(status.stdout).clusters.some(
          ({ status }: { status: string }) => status === 'CREATE_COMPLETE',
        )
      )
        break
    }
    const updated = await stack('agents.private=6', '--yes')
    assert.equal([updated.code, updated.end.ran, asked(updated)], [0, ['stack'], []])
  } finally {
    await aws.stop()
  }
})

test('a check that fails before a creation is a warning, and the creation continues', async () => {
  const fail = ['GetServiceQuota', 'DescribeImages', 'DescribeRegions'].map(
    (call) => `{call: ${call}, error: AccessDenied}`,
  )
  const aws = await startRehearsal(project, `rehearsal.fail=[${fail.join(', ')}]`)
  const environment = { AWS_ACCESS_KEY_ID: 'AKIAREHEARSAL', AWS_SECRET_ACCESS_KEY: 'rehearsal' }
  try {
    const ran = await project.run(
      [
        ...['stack', '--json', 'cloud=aws', `aws.endpoint=${aws.url}`, 'cluster.name=unseen', template],
        ...['parameters.ImageId=ami-0123456789abcdef0', 'access.adminLocation=203.0.113.7/32'],
      ],
      { environment },
    )
    assert.is(ran.code, 0, ran.stdout)
    const logged = ran.events.flatMap((event) => (event.event === 'log' ? [event.message] : []))
    for (const word of ['quota', 'images', 'region'])
      assert.ok(
        logged.some((line) => line.startsWith(`${word}: could not be checked: not allowed to`)),
        logged.join('\n'),
      )
  } finally {
    await aws.stop()
  }
})

test.after(() => project.remove())

test.run()
