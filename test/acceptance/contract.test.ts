import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codes } from '../../tasks/base/failure.ts'
import { openRehearsal } from '../../tasks/rehearsal/index.ts'
import { Project, type Ran } from './project.ts'

const contract = suite('the contract with scripts')

const SPEED = 'rehearsal.speed=2000'
const TASKS = ['preflight', 'keypair', 'stack', 'wait', 'cli-install', 'cli-config']
const LOOKS = /:(Describe|List|Get)/

const project = new Project()

function bootstrap(...words: string[]): Promise<Ran> {
  return project.run(['bootstrap', SPEED, ...words])
}

/** Exit 2 with this code in the text and, with --json, in the only event. */
async function assertUsage(words: string[], ...parts: string[]): Promise<void> {
  const [plain, ...jsons] = await Promise.all(
    [[], ['--json'], ['--output', 'json'], ['--output=json']].map((more) => project.run([...more, ...words])),
  )
  assert.equal([plain!.code, plain!.stdout], [2, ''], plain!.stderr)
  for (const part of ['USAGE', 'next: ', ...parts]) assert.ok(plain!.stderr.includes(part), plain!.stderr)
  for (const { code, stderr, stdout } of jsons) {
    assert.equal([code, stderr], [2, ''], stdout)
    const end = JSON.parse(stdout)
    assert.equal([end.event, end.ok, end.exit, end.error.code], ['end', false, 2, 'USAGE'])
    for (const part of parts) assert.ok(end.error.message.includes(part), stdout)
  }
}

contract('the list, the help and the version', async () => {
  await project.run(['--list'])
  const [list, bare, json, help, short, version] = await Promise.all(
    [['--list'], [], ['--list', '--json'], ['--help'], ['-h'], ['--version']].map((words) =>
      project.run(words),
    ),
  )
  for (const ran of [list, bare, json, help, short, version]) assert.equal([ran!.code, ran!.stderr], [0, ''])
  const declared = [
    ...readFileSync(project.path('Taskfile.ts'), 'utf8').matchAll(
      /\b(?:task|up|down|status|command)\(\s*'([\w-]+)[' ]/g,
    ),
  ].map((match) => match[1])
  const { tasks } = JSON.parse(json!.stdout)
  assert.equal(
    tasks.map((task: { name: string }) => task.name).sort(),
    [...declared].sort(),
    'everything in the Taskfile',
  )
  assert.equal(tasks[0], {
    name: 'bootstrap',
    kind: 'up',
    group: 'The cluster',
    description: 'Bring the cluster up',
    needs: ['cli-config'],
  })
  assert.equal(tasks.find((task: { name: string }) => task.name === 'cli-config').needs, [
    'wait',
    'cli-install',
  ])
  for (const { name, description } of tasks)
    assert.match(list!.stdout, new RegExp(`^  ${name} +${description}$`, 'm'))
  assert.is(bare!.stdout, list!.stdout)
  assert.is(short!.stdout, help!.stdout)
  for (const option of [
    '--config',
    '--dry-run',
    '--only',
    '--undo',
    '--force',
    '--yes',
    '--json',
    '--output',
    '--quiet',
  ]) {
    assert.ok(help!.stdout.includes(option), option)
  }
  for (const option of ['--verbose', '--no-color', '--concurrency', '--keep-going', '--list', '--version']) {
    assert.ok(help!.stdout.includes(option), option)
  }
  const { version: ours } = JSON.parse(readFileSync('package.json', 'utf8'))
  assert.is(version!.stdout, `${ours}\n`)
})

contract('a page of advice for each code, and for no other word', async () => {
  const pages = await Promise.all(
    codes
      .filter((_, index) => index % 5 === 0)
      .map(async (code) => [code, await project.run(['help', code])] as const),
  )
  for (const [code, { code: exit, stdout }] of pages) {
    assert.is(exit, 0)
    assert.ok(stdout.startsWith(`${code}\n\n`) && stdout.length > 100, stdout)
  }
  await assertUsage(['help', 'STACK_CHANGD'], 'did you mean STACK_CHANGED?')
})

contract('unknown words exit with 2 and a suggestion', async () => {
  await assertUsage(['destory'], '"destory"', 'did you mean destroy?')
  await assertUsage(['bootstrap', '--dryrun'], '--dryrun', 'did you mean --dry-run?')
  await assertUsage(['bootstrap', '-x'], '-x')
  await assertUsage(['bootstrap', 'destroy'], 'destroy must be alone')
  await assertUsage(['status', '--concurrency', '0'], '--concurrency')
})

contract('every command, and help, supports --json or refuses it with a message', async () => {
  for (const words of [
    ['show-template'],
    ['graph', 'template'],
    ['logs'],
    ['ssh', 'master'],
    ['dcos', '--', 'node', 'list'],
    ['help', 'USAGE'],
    ['--help'],
  ]) {
    const { code, end } = await project.run(['--json', ...words])
    assert.equal([code, end.event, end.error.code], [2, 'end', 'USAGE'], words.join(' '))
    assert.match(end.error.message, /text/)
  }
  const { stdout } = await project.run(['--version', '--json'])
  assert.type(JSON.parse(stdout).version, 'string')
})

contract('a port in use by another program is named, and not reported as a bug', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as AddressInfo
    const { code, stdout, stderr } = await project.run(['rehearsal', String(port)])
    assert.is(code, 2)
    assert.match(stdout + stderr, `USAGE port ${port} cannot be used`)
  } finally {
    taken.close()
  }
})

contract('without a cluster', async () => {
  const before = project.written()
  const [status, document, dry, dryJson, down, dcos, only] = await Promise.all(
    [
      ['status'],
      ['status', '--json'],
      ['bootstrap', '-n'],
      ['bootstrap', '--dry-run', '--json'],
      ['destroy', '-n', '--json'],
      ['dcos', '--', 'node', 'list'],
      ['wait', '--only', '--json'],
    ].map((words) => project.run(words)),
  )
  assert.equal([status!.code, document!.code], [3, 3])
  const { cluster, tasks, url } = JSON.parse(document!.stdout)
  assert.equal([cluster, url], [{ name: 'dcos', cloud: 'rehearsal', region: 'eu-west-1' }, null])
  assert.equal(
    tasks.map(({ name, state, value }: Record<string, unknown>) => [name, state, value === null]),
    TASKS.map((name) => (name === 'cli-install' ? [name, 'done', false] : [name, 'todo', true])),
  )

  assert.is(dry!.code, 0)
  assert.match(dry!.stdout, /stack +would run: there is no stack dcos/)
  assert.equal([dryJson!.code, dryJson!.end.ran], [0, []])
  assert.equal(dryJson!.end.would, ['preflight', 'keypair', 'stack', 'wait', 'cli-config'])
  assert.equal([down!.code, down!.end.would], [0, []], down!.stdout)
  for (const ran of [dryJson, down, only]) {
    for (const call of Object.keys(ran!.end.calls)) assert.match(call, LOOKS)
  }

  assert.equal([dcos!.code, dcos!.stdout], [1, ''], 'stdout is its own')
  assert.match(
    dcos!.stderr,
    /^NOT_UP .*\n {2}why: +preflight: there is no .*\n {2}next: npx task bootstrap$/m,
  )
  assert.equal([only!.code, only!.end.error.code, only!.end.ran], [1, 'NOT_UP', []])
  const after = Object.entries(project.written()).filter(([file]) => !file.startsWith('.task/runs/'))
  assert.equal(Object.fromEntries(after), before, 'nothing was written except the result of the last run')
})

contract('a run prints one event per line, and ends with the result', async () => {
  const alone = await project.run(['keypair', '--only', '--json'])
  assert.equal([alone.code, alone.end.ran], [0, ['keypair']])

  const up = await bootstrap('--json', 'agents.private=3')
  assert.equal([up.code, up.stderr], [0, ''], up.stdout)
  const lines = up.stdout.trimEnd().split('\n')
  const events = lines.map((line) => JSON.parse(line))
  for (const { event, task, time } of events) {
    assert.is(new Date(time).toISOString(), time)
    assert.ok(['start', 'done', 'skip', 'fail', 'progress', 'log', 'end'].includes(event), event)
    if (event !== 'end') assert.ok(TASKS.includes(task), `${event} of ${task}`)
  }
  const course = events.flatMap(({ event, task }) =>
    /start|done|skip|end/.test(event) ? [`${event} ${task ?? ''}`] : [],
  )
  assert.equal(
    course.filter((line) => line !== 'skip cli-install'),
    [
      'start preflight',
      'done preflight',
      'skip keypair',
      'start stack',
      'done stack',
      'start wait',
      'done wait',
      'start cli-config',
      'done cli-config',
      'end ',
    ],
  )
  assert.is(course.filter((line) => line === 'skip cli-install').length, 1)
  assert.equal(
    events.map(({ time }) => time),
    events.map(({ time }) => time).sort(),
    'in the order of time',
  )

  assert.equal(Object.keys(up.end).sort(), [
    'calls',
    'deleted',
    'event',
    'exit',
    'failed',
    'left',
    'ms',
    'ok',
    'ran',
    'retained',
    'skipped',
    'time',
    'undone',
    'url',
  ])
  const { calls, ms, url, ...rest } = up.end
  assert.equal(
    { ...rest, skipped: [...rest.skipped].sort() },
    {
      time: events.at(-1).time,
      event: 'end',
      ok: true,
      exit: 0,
      ran: ['preflight', 'stack', 'wait', 'cli-config'],
      skipped: ['cli-install', 'keypair'],
      failed: [],
      undone: [],
      deleted: [],
      retained: [],
      left: [],
    },
  )
  assert.ok(Number.isInteger(ms) && ms > 0 && ms <= up.ms, `${ms} of ${up.ms} ms`)
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
  for (const [call, count] of Object.entries(calls)) {
    assert.match(call, /^(autoscaling|cloudformation|ec2|s3|sts):[A-Z]\w+$/)
    assert.ok(Number.isInteger(count) && (count as number) > 0)
  }
  assert.equal([calls['cloudformation:CreateStack'], calls['ec2:ImportKeyPair']], [1, undefined])
})

contract('status of a running cluster is one document with a fixed structure', async () => {
  const text = await project.run(['status', 'agents.private=3'])
  const json = await project.run(['status', 'agents.private=3', '--json'])
  assert.equal([text.code, json.code, json.stderr], [0, 0, ''], json.stdout)
  const document = JSON.parse(json.stdout)
  assert.equal(Object.keys(document).slice(0, 3), ['cluster', 'url', 'tasks'])
  assert.equal(Object.keys(document.cluster), ['name', 'cloud', 'region'])
  assert.equal(
    document.tasks.map((task: { name: string }) => task.name),
    TASKS,
    'as the Taskfile declares them',
  )
  for (const task of document.tasks) {
    assert.equal(Object.keys(task), ['name', 'state', 'why', 'value'])
    assert.is(task.state, 'done', task.why)
    assert.ok(task.why && (task.value || task.name === 'preflight'))
    assert.ok(text.stdout.includes(task.name) && text.stdout.includes(task.why), text.stdout)
  }
  const [, keypair, stack, wait, , cliConfig] = document.tasks
  assert.match(keypair.value.id, /^key-/)
  assert.match(stack.value.arn, /^arn:aws:cloudformation:eu-west-1:\d{12}:stack\/dcos\//)
  assert.is(stack.value.parameters.SlaveInstanceCount, '3')
  assert.equal([document.url, cliConfig.value.url], [wait.value.url, wait.value.url])
})

contract("the cluster's command line owns stdout and the exit status", async () => {
  const nodes = await project.run(['dcos', 'agents.private=3', '--', 'node', 'list', '--json'])
  const wrong = await project.run(['dcos', 'agents.private=3', '--', 'no-such-command'])
  // Words without a leading dash need no --.
  const apps = await project.run(['dcos', 'agents.private=3', 'marathon', 'app', 'list'])
  assert.is(nodes.code, 0, nodes.stderr)
  const roles = JSON.parse(nodes.stdout).map((node: { type: string }) => node.type)
  assert.is(roles.filter((type: string) => type.startsWith('agent')).length, 4, roles.join())
  assert.match(nodes.stderr, /built-in client/)
  assert.is.not(wrong.code, 0)
  assert.equal([wrong.stdout, /no-such-command/.test(wrong.stderr)], ['', true], wrong.stderr)
  assert.is(apps.code, 0, apps.stderr)
})

contract('a changed value is applied only after confirmation, and then once', async () => {
  const [plain, json] = [await bootstrap(), await bootstrap('--json')]
  assert.equal([plain.code, json.code], [1, 1])
  assert.match(plain.stdout, /STACK_CHANGED .*\n +why: +agents.private 3 → 5\n +next: .*--yes/)
  const failures = json.events.filter((event) => event.event === 'fail') as {
    code?: string
    cause?: string
  }[]
  assert.equal(
    failures.map(({ cause, code }) => [code, cause]),
    [['STACK_CHANGED', 'agents.private 3 → 5']],
  )
  assert.equal(json.end.ran, [])
  for (const call of Object.keys(json.end.calls)) assert.match(call, LOOKS)

  const updated = await bootstrap('--json', '--yes')
  assert.is(updated.code, 0, updated.stdout)
  assert.ok(updated.end.ran.includes('stack') && updated.end.ran.includes('wait'), updated.stdout)
  const third = await bootstrap('--json')
  assert.equal([third.code, third.end.ran], [0, []], third.stdout)
  const requests = Object.entries(third.end.calls as Record<string, number>)
  assert.ok(requests.reduce((sum, [, count]) => sum + count, 0) <= 2, third.stdout)
  for (const [call] of requests) assert.match(call, LOOKS)
  const nodes = await project.run(['dcos', '--', 'node', 'list', '--json'])
  assert.is(JSON.parse(nodes.stdout).length, 5 + 1 + 1)
})

contract('--quiet prints only the result, and no terminal setting colours piped output', async () => {
  const quiet = await bootstrap('--quiet')
  const TERM = 'xterm-256color'
  const forced = await project.run(['bootstrap', SPEED], { environment: { FORCE_COLOR: '3', TERM } })
  const colourless = await project.run(['status', '--no-color'], { environment: { NO_COLOR: '1', TERM } })
  assert.match(quiet.stdout, /^nothing to do \(.*\)\nCluster dcos is up \(rehearsed\)\.\n$/)
  for (const ran of [quiet, forced, colourless]) {
    assert.equal([ran.code, ran.stderr], [0, ''])
    assert.not.ok(ran.stdout.includes('\u001b'), ran.stdout)
  }
  assert.match(forced.stdout, /^\d\d:\d\d:\d\dZ stack +ok: /m, 'lines with time stamps')
})

contract('a destroy undoes exactly what its dry run shows', async () => {
  const would = await project.run(['destroy', '-n', '--json'])
  assert.equal([would.code, would.end.undone], [0, []])
  const done = await project.run(['destroy', '--yes', '--json', SPEED])
  assert.is(done.code, 0, done.stdout)
  assert.equal(would.end.would, ['cli-config', 'stack', 'keypair'])
  assert.equal(done.end.undone, would.end.would)
  const folders = readdirSync(project.path('.task'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
  assert.equal(
    folders.filter((folder) => readdirSync(folder).length === 0),
    [],
    'no empty folder stays',
  )
})

contract('every request is counted, including retries', async () => {
  const other = new Project()
  const rehearsal = openRehearsal({
    folder: other.path('rehearsed'),
    speed: 2000,
    seed: 1,
    fail: [{ call: 'DescribeKeyPairs', error: 'Throttling', times: 2 }],
  })
  const behind = await rehearsal.listen(0)
  const seen: Record<string, number> = {}
  const counter = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const action = new URLSearchParams(body.toString()).get('Action') ?? '?'
    seen[action] = (seen[action] ?? 0) + 1
    const { connection: _, host: _host, ...headers } = request.headers as Record<string, string>
    const answer = await fetch(behind.url + request.url, { method: 'POST', body, headers })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    response.end(await answer.text())
  })
  await new Promise<void>((resolve) => counter.listen(0, '127.0.0.1', resolve))
  writeFileSync(
    other.path('small.json'),
    JSON.stringify({
      Resources: { Topic: { Type: 'AWS::SNS::Topic' } },
      Outputs: { DnsAddress: { Value: 'localhost' } },
    }),
  )
  const ran = await other.run(
    [
      'keypair',
      '--json',
      'cloud=aws',
      'template=small.json',
      `aws.endpoint=http://127.0.0.1:${(counter.address() as AddressInfo).port}`,
    ],
    { environment: { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'of nobody' } },
  )
  counter.close()
  counter.closeAllConnections()
  await behind.close()
  assert.equal([ran.code, ran.end.ran], [0, ['preflight', 'keypair']], ran.stdout)
  const counted = Object.entries(ran.end.calls).map(([call, count]) => [call.split(':')[1], count])
  assert.equal(Object.fromEntries(counted), seen)
  assert.is(seen.DescribeKeyPairs, 3, 'two of them throttled')
  other.remove()
})

contract('--verbose shows each request, and keeps a document valid', async () => {
  const line = /^\d\d:\d\d:\d\dZ +cloudformation:DescribeStacks \d+( \w+)? in \d+ ms$/m
  const plain = await project.run(['bootstrap', '-n', '-v', SPEED])
  assert.match(plain.stderr, line)
  assert.not.match(plain.stdout, /DescribeStacks/)
  const events = await project.run(['bootstrap', '-n', '-v', '--json', SPEED])
  const told = events.events.filter((event) => event.event === 'log' && event.detail)
  const calls = Object.values(events.end.calls as Record<string, number>)
  assert.is(
    told.length,
    calls.reduce((sum, count) => sum + count, 0),
  )
  for (const word of ['status', 'clusters']) {
    const { stderr, stdout } = await project.run([word, '-v', '--json', SPEED])
    assert.ok(JSON.parse(stdout))
    assert.match(stderr, line)
  }
})

contract.after(() => project.remove())

contract.run()
