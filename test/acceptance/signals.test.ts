import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional, slow } from '../optional.ts'
import { Live } from './live.ts'
import { Project } from './project.ts'
import { Terminal, tmux } from './tmux.ts'

const test = suite('signals')
const project = new Project()
const terminals: Terminal[] = []
const fast = 'rehearsal.speed=500'
/** A second, plus a margin for a machine that runs other tests at the same time. */
const AT_ONCE_MS = 3_000

const live = (...words: string[]) => new Live(project.start(words))

function open(columns = 80, rows = 24): Terminal {
  const terminal = new Terminal(project, columns, rows)
  terminals.push(terminal)
  return terminal
}

/** Runs a line in a shell, as a user or a script would. */
function shell(line: string) {
  const { status, stderr, stdout } = spawnSync(
    'bash',
    ['-c', line.replaceAll('TASK', `${process.execPath} tasks/runner/bin.js`)],
    {
      cwd: project.folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH!, HOME: project.home, AWS_EC2_METADATA_DISABLED: 'true' },
    },
  )
  return { status, stderr, stdout, text: stdout + stderr }
}

/** What an interrupted run on this cluster would leave behind. */
function leftovers(name: string): string[] {
  // Its folder alone: runs on other clusters may write, and remove what is empty, at the same time.
  const folder = project.path(`.task/rehearsal/${name.replace('cluster.name=', 'eu-west-1/')}`)
  const files = existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]) : []
  return files.filter((file) => /\.tmp$|(^|\/)lock$/.test(file))
}

function assertNoStack(text: string): void {
  assert.is(text.match(/\n\s+at .*[:(]\d+|node:internal|Error:/), null, text)
}

test.before(async () => {
  assert.is((await project.run([])).code, 0)
})

slow(test, 'a signal: the cloud continues, local work stops, and the same command resumes', async () => {
  const interrupt = async (signal: NodeJS.Signals, exit: number) => {
    const name = `cluster.name=${signal}`
    const words = ['bootstrap', '--json', 'rehearsal.speed=50', name]
    // At its start, while the stack is being created, and late.
    for (const moment of [/"task":"cli-install"/, /"done":[1-4]\d,/, /"done":5\d,|DC\/OS: waiting/]) {
      const run = live(...words)
      await run.says(moment)
      const { code, ms } = await run.end(signal)
      assert.is(code, exit, run.text)
      assert.ok(ms < AT_ONCE_MS, `${ms} ms`)
      const end = JSON.parse(run.stdout.trim().split('\n').at(-1)!)
      assert.equal([end.event, end.exit, end.error.code], ['end', exit, 'INTERRUPTED'])
      assert.is(end.error.next, `npx task ${words.join(' ')}`)
      assert.equal(leftovers(name), [])
    }
    const again = await project.run(words)
    assert.is(again.code, 0, again.stdout)
    assert.is(again.end.calls['cloudformation:CreateStack'], undefined, 'the first one continued')
  }
  await Promise.all([interrupt('SIGINT', 130), interrupt('SIGTERM', 143), interrupt('SIGHUP', 129)])
})

test('the rerun line is what was typed, ready for a shell', async () => {
  const words = [
    'bootstrap',
    'rehearsal.speed=20',
    'cluster.name=typed',
    "rehearsal.fail=[{resource: X, reason: it's so}]",
  ]
  const run = live(...words)
  await run.says(/wait +…/)
  assert.is((await run.end('SIGINT')).code, 130)
  const line = /next: npx task (.*)\n/.exec(run.stdout)![1]!
  assert.is(shell(`printf '%s\\n' ${line}`).stdout, `${words.join('\n')}\n`)
  assert.match(run.stdout, /interrupted after \d+/)
  assert.is(run.stdout.match(/INTERRUPTED/g)?.length, 1, 'it is told once')
})

test('an AWS that never responds does not delay the end; a second signal ends it at once', async () => {
  const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as { port: number }
  const words = [
    'destroy',
    '--yes',
    'cloud=aws',
    `aws.endpoint=http://127.0.0.1:${port}`,
    'cluster.name=silent',
  ]
  const environment = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x' }
  const connected = () => new Promise((resolve) => silent.once('connection', resolve))
  try {
    let asked = connected()
    const one = new Live(project.start(words, { environment }))
    await Promise.race([asked, one.ended])
    const first = await one.end('SIGINT')
    assert.is(first.code, 130, one.text)
    assert.ok(first.ms < AT_ONCE_MS, `${first.ms} ms`)
    assert.not.ok(existsSync(project.path('.task/aws/eu-west-1/silent/lock')))
    assert.match(one.text, /next: npx task destroy --yes cloud=aws/)

    asked = connected()
    const two = new Live(project.start(words, { environment }))
    await Promise.race([asked, two.ended])
    two.child.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 150))
    const second = await two.end('SIGINT')
    assert.is(second.code, 130)
    assert.ok(second.ms < 500, `${second.ms} ms`)
    assert.match(two.stderr, /^ended at once; to resume: npx task destroy --yes cloud=aws .*silent$/m)
  } finally {
    silent.close()
  }
})

slow(test, 'the next run repairs what a second signal left', async () => {
  const name = 'cluster.name=twice'
  const run = live('bootstrap', '--json', 'rehearsal.speed=100', name)
  await run.says(/"task":"wait"/)
  run.child.kill('SIGINT')
  run.child.kill('SIGTERM')
  await run.ended
  const again = await project.run(['bootstrap', '--json', 'rehearsal.speed=100', name])
  assert.is(again.code, 0, again.stdout)
  assert.equal(leftovers(name), [])
})

test('a serving command ends silently on a signal', async () => {
  const run = live('rehearsal', fast)
  const lines = /^AWS endpoint (\S+)\n[\s\S]*?((?:export .*\n)+)Ctrl-C stops it/
  const [, endpoint, variables] = await run.says(lines)
  // A shell accepts them unquoted.
  const set = shell(`${variables}echo $AWS_ENDPOINT_URL $AWS_REGION`)
  assert.is(set.stdout, `${endpoint} eu-west-1\n`, set.stderr)
  const { code, ms } = await run.end('SIGINT')
  assert.is(code, 130)
  assert.ok(ms < AT_ONCE_MS, `${ms} ms`)
  assert.is(run.stderr, '')
})

test('a command that runs another program lets it clean up after Ctrl-C', async () => {
  const name = 'cluster.name=child'
  assert.is((await project.run(['bootstrap', fast, name])).code, 0)
  const cli = `cli.url=${shell('readlink -f "$(command -v bash)"').stdout.trim()}`
  assert.is((await project.run(['cli-install', fast, name, cli])).code, 0)
  // As from a terminal: the whole group gets the signal.
  const script = 'trap "sleep 0.3; echo cleaned up; exit 7" INT; echo ready; while :; do sleep 0.1; done'
  const child = project.start(['dcos', fast, name, cli, '--', '-c', script], { detached: true })
  const run = new Live(child)
  await run.says(/ready/)
  process.kill(-child.pid!, 'SIGINT')
  const { code } = await run.ended
  assert.match(run.stdout, /cleaned up/)
  assert.is(code, 130)
  assert.is(run.stderr.match(/INTERRUPTED/), null)
})

test('a closed pipe ends it silently', async () => {
  const name = 'cluster.name=pipe'
  for (const words of [`bootstrap ${fast} ${name}`, `bootstrap --json ${fast} ${name}x`]) {
    const { stdout, stderr } = shell(`TASK ${words} | head -1 >/dev/null; echo "\${PIPESTATUS[0]}"`)
    assert.is(stdout.trim(), '141', stderr)
    assert.is(stderr, '')
  }
  assert.equal(leftovers(name), [])
  // These print everything at once, before or after the reader has gone.
  for (const words of [
    '',
    '--json',
    '--help',
    `status ${fast} ${name}`,
    `show-template ${fast}`,
    `dcos ${fast} ${name} -- node list`,
  ]) {
    const { stdout, stderr } = shell(`TASK ${words} | true; echo "\${PIPESTATUS[0]}"`)
    assert.ok(['0', '1', '3', '141'].includes(stdout.trim()), `${words}: ${stdout}`)
    assertNoStack(stderr)
  }
  assert.is((await project.run(['bootstrap', fast, name])).code, 0)
})

slow(test, 'without terminal, input or output it works, and asks nothing', async () => {
  const name = 'cluster.name=nowhere'
  assert.is(shell(`setsid --wait TASK bootstrap ${fast} ${name} <&- >&- 2>&-`).status, 0)
  const refused = shell(`setsid --wait TASK destroy ${fast} ${name} <&-`)
  assert.is(refused.status, 1)
  assert.match(refused.text, /CONFIRMATION_NEEDED the deletion of cluster nowhere was not confirmed/)
  assert.not.ok(refused.text.includes('\x1b'))
  assert.is(shell(`setsid --wait TASK destroy --yes ${fast} ${name} <&- >/dev/null`).status, 0)
})

optional(
  test,
  [tmux],
  'Ctrl-C and Ctrl-Z on a terminal, while the list is drawn and while a question is asked',
  async () => {
    const terminal = open()
    const name = 'cluster.name=typed2'
    const before = await terminal.state()
    // The first offers a choice, the second interrupts.
    for (const [key, label] of [
      ['d', 'detach'],
      ['C-c', 'Ctrl-C again'],
    ] as const) {
      terminal.run(`bootstrap rehearsal.speed=30 ${name}`)
      await terminal.shows(/\d+\/59 resources/)
      terminal.keys('C-c')
      await terminal.shows(/^The creation is running in the cloud: .*\?$/m)
      terminal.keys(key, ...(key === 'd' ? ['Enter'] : []))
      const screen = await terminal.ends(130)
      assert.match(screen, /✖ wait +interrupted\n/, label)
      assert.match(screen, /· cli-config +not started\nINTERRUPTED /, label)
      assert.match(screen, new RegExp(`next: npx task bootstrap rehearsal.speed=30 ${name}$`, 'm'))
      assert.equal(await terminal.state(), before, label)
    }
    // Without an answer, the operation runs to its end.
    terminal.run(`bootstrap rehearsal.speed=100 ${name}x`)
    await terminal.shows(/\d+\/59 resources/)
    terminal.keys('C-c')
    await terminal.shows(/^The creation is running in the cloud: .*\?$/m)
    const up = await terminal.ends(0)
    assert.match(up, /The creation is running in the cloud: .*\?\n✔ preflight/)
    assert.is(up.match(/✔ keypair/g)?.length, 1)
    assert.equal(await terminal.state(), before)

    // A refused rollback says why.
    terminal.run(
      `bootstrap rehearsal.speed=30 ${name}y 'rehearsal.fail=[{call: DeleteStack, error: AccessDenied}]'`,
    )
    await terminal.shows(/\d+\/59 resources/)
    terminal.keys('C-c')
    await terminal.shows(/^The creation is running in the cloud: .*\?$/m)
    terminal.keys('r', 'Enter')
    const refused = await terminal.ends(130)
    assert.match(refused.replace(/\s+/g, ' '), / the chosen action failed: not allowed to .*DeleteStack/)
    assert.equal(await terminal.state(), before)

    terminal.run(`destroy rehearsal.speed=100 ${name}`)
    await terminal.shows(/Type the cluster's name to continue:$/m)
    terminal.keys('type', 'C-c')
    const asked = await terminal.ends(130)
    assert.match(asked, /interrupted; nothing was deleted/)
    assert.is(asked.match(/CONFIRMATION_NEEDED/), null)
    assert.equal(await terminal.state(), before)

    // Suspended at a question, and resumed: also by npm's name for it, which waits for us.
    for (const task of [`${process.execPath} tasks/runner/bin.js`, 'npm exec task --']) {
      terminal.shell(`clear; ${task} destroy ${name}`)
      await terminal.shows(/Type the cluster's name/)
      terminal.keys('C-z')
      await terminal.shows(/Stopped/)
      assert.equal(await terminal.state(), before)
      terminal.shell('clear; fg; echo "exit $?,"')
      await terminal.shows(/Type the cluster's name/)
      terminal.shell('wrong')
      await terminal.shows(/Type the cluster's name[\s\S]*Type the cluster's name/)
      terminal.keys('Enter')
      await terminal.shows(/^exit 1,$/m)
    }

    // Suspended while the list is drawn, and resumed.
    terminal.run(`bootstrap rehearsal.speed=100 ${name}`)
    await terminal.shows(/wait /)
    terminal.keys('C-z')
    await terminal.shows(/Stopped/)
    assert.equal(await terminal.state(), before)
    terminal.shell('clear; fg; echo "exit $?,"')
    await terminal.shows(/^exit 0,$/m)
    assert.equal(await terminal.state(), before)
  },
)

optional(test, [tmux], 'Ctrl-C, then a rollback: rolled back, or the reason why not', async () => {
  const terminal = open()
  const rollBack = async (words: string, status = 1) => {
    terminal.run(words)
    await terminal.shows(/ › .*resource/)
    terminal.keys('C-c')
    await terminal.shows(/^The (creation|update) is running in the cloud: .*\?$/m)
    terminal.keys('r', 'Enter')
    return terminal.ends(status)
  }
  const slow = 'rehearsal.speed=100'
  const created = await rollBack(`bootstrap ${slow} cluster.name=back`)
  assert.match(
    created,
    /STACK_FAILED the creation of stack back was rolled back\n +why: +you chose to roll it back/,
  )
  assert.is((await project.run(['status', '--json', fast, 'cluster.name=back'])).code, 3)

  const stays = `'rehearsal.fail=[{resource: Vpc, during: delete, times: 1}]'`
  const kept = await rollBack(`bootstrap ${slow} ${stays} cluster.name=kept`)
  assert.match(kept, /STACK_FAILED stack kept ended in DELETE_FAILED\n +why: +Vpc \(AWS::EC2::VPC\)/)

  assert.is((await project.run(['bootstrap', fast, 'cluster.name=changed'])).code, 0)
  // Slow enough that the update is not over before the answer.
  const update = 'bootstrap rehearsal.speed=10 cluster.name=changed agents.private=7 --yes'
  const changed = await rollBack(update)
  assert.match(changed, /STACK_FAILED the update of stack changed was rolled back/)
  const after = await project.run(['bootstrap', '--json', fast, 'cluster.name=changed'])
  assert.equal([after.code, after.end.ran], [0, []], after.stdout)
})

optional(
  test,
  [tmux],
  'Ctrl-C also asks during a deletion; an answer is valid until the run ends, and no key reaches the shell',
  async () => {
    const terminal = open()
    const before = await terminal.state()
    const name = 'cluster.name=deleted'
    assert.is((await project.run(['bootstrap', fast, name])).code, 0)
    const down = `destroy --yes rehearsal.speed=20 ${name}`
    terminal.run(down)
    await terminal.shows(/stack .*\n +› .*resource/)
    const question = /^The deletion is running in the cloud: \[d\]etach, \[c\]ontinue\?$/m
    terminal.keys('C-c')
    await terminal.shows(question)
    terminal.keys('c', 'Enter')
    await terminal.shows(/stack .*\n +› .*resource/)
    terminal.keys('C-c')
    await terminal.shows(question)
    terminal.keys('d', 'Enter')
    assert.match(await terminal.ends(130), /next: npx task destroy --yes/)
    // An answer that is half typed when the run ends.
    terminal.run(down)
    await terminal.shows(/stack .*\n +› .*resource/)
    terminal.keys('C-c')
    await terminal.shows(question)
    terminal.keys('c')
    const gone = await terminal.ends(0)
    assert.match(gone, /^undone: /m)
    await new Promise((resolve) => setTimeout(resolve, 300))
    assert.match(terminal.screen(), /^exit \d+: 0\.\n\$$/m, 'nothing at the prompt')
    assert.equal(await terminal.state(), before)
    // Keys typed without a question belong to the shell.
    terminal.run(`bootstrap rehearsal.speed=300 ${name}`)
    await terminal.shows(/ › /)
    terminal.shell('echo typed ahead')
    await terminal.shows(/^(\$ )?typed ahead$/m)
  },
)

optional(test, [tmux], 'closing the terminal ends the run, even at a question', async () => {
  const name = 'cluster.name=typed3'
  const status = project.path('status')
  for (const [words, moment] of [
    [`bootstrap rehearsal.speed=100 ${name}`, /\d+\/59 resources/],
    [`destroy rehearsal.speed=100 ${name}`, /Type the cluster's name to continue:$/m],
  ] as const) {
    const terminal = open()
    // The shell outlives its terminal to report the result.
    terminal.shell(
      `clear; sh -c 'trap : HUP; ${process.execPath} tasks/runner/bin.js ${words}; echo $? >status'`,
    )
    await terminal.shows(moment)
    terminal.close()
    // The shell makes the file a moment before it writes to it.
    const told = () => (existsSync(status) ? readFileSync(status, 'utf8').trim() : '')
    const deadline = performance.now() + 20_000
    while (told() === '' && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50))
    assert.is(told(), '129')
    assert.equal(leftovers(name), [])
    rmSync(status)
  }
})

test.after(() => {
  for (const terminal of terminals) terminal.close()
  project.remove()
})

test.run()
