import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional } from '../optional.ts'
import { Project } from './project.ts'
import { Terminal, tmux } from './tmux.ts'

const test = suite('terminal')
const project = new Project()
const terminals: Terminal[] = []

function open(columns: number, rows: number, environment?: Record<string, string>): Terminal {
  const terminal = new Terminal(project, columns, rows, environment)
  terminals.push(terminal)
  return terminal
}

const tasks = ['preflight', 'keypair', 'stack', 'wait', 'cli-install', 'cli-config']

/** How many lines each task has. */
function linesOf(screen: string): number[] {
  return tasks.map(
    (task) => screen.split('\n').filter((line) => new RegExp(`^\\S ${task} `).test(line)).length,
  )
}

/** Words split at the end of a row: a full row, and a next one that does not begin with a blank. */
function cutWords(screen: string, columns: number): string[] {
  const rows = screen.split('\n')
  return rows.filter((row, index) => row.length >= columns && /^\S/.test(rows[index + 1] ?? ''))
}

async function upAndDown(columns: number, rows: number): Promise<void> {
  const name = `cluster.name=t${columns}`
  const terminal = open(columns, rows)
  const before = await terminal.state()
  terminal.run(`bootstrap rehearsal.speed=100 ${name}`)
  const live = await terminal.shows(/\d+\/59 resources/)
  assert.match(live, /t\d+ · rehearsal · eu-west-1/, 'it says that it is a rehearsal')
  assert.equal(linesOf(live), [1, 1, 1, 1, 1, 1])
  assert.match(live, /· cli-config/, 'what waits is told from what runs')
  assert.equal(cutWords(live, columns), [])
  // Narrower, then wider than before, while it runs.
  await terminal.resizeAfterDrawing(50, rows)
  await terminal.shows(/^.{40,49}…$/m)
  assert.equal(linesOf(terminal.screen()), [1, 1, 1, 1, 1, 1])
  await terminal.resizeAfterDrawing(columns + 30, rows)
  const up = await terminal.ends(0)
  assert.equal(linesOf(up), [1, 1, 1, 1, 1, 1])
  assert.equal(up.match(/✔/g)?.length, 6)
  assert.match(
    up,
    /^done: preflight, keypair, stack, wait, cli-config \(\d+ s, \d+ AWS requests\)\nCluster t\d+ is up \(rehearsed\)\.\s+Next:/m,
  )
  terminal.resize(columns, rows)

  // A question while the list is drawn: no, then yes.
  terminal.run(`bootstrap rehearsal.speed=300 ${name} agents.private=6`)
  await terminal.shows(/^Update stack .*agents.private 5 → 6\? \[y\/N\]$/m)
  terminal.keys('n', 'Enter')
  const no = await terminal.ends(1)
  assert.equal(linesOf(no), [1, 1, 1, 1, 1, 1])
  assert.match(
    no,
    /✖ stack +you said no; nothing was changed\n +why: +agents.private 5 → 6\n +next: the same command asks again/,
  )
  assert.equal(cutWords(no, columns), [])
  terminal.run(`bootstrap rehearsal.speed=300 ${name} agents.private=6`)
  await terminal.shows(/\[y\/N\]$/m)
  terminal.keys('y', 'Enter')
  const yes = await terminal.ends(0)
  assert.equal(linesOf(yes), [1, 1, 1, 1, 1, 1])
  assert.match(yes, /^done: stack, wait \(/m)

  // Destroy: a wrong name, no name, the right one.
  terminal.run(`destroy rehearsal.speed=300 ${name}`)
  await terminal.shows(/Type the cluster's name to continue:$/m)
  terminal.keys('dcos', 'Enter')
  await terminal.shows(
    /That is not t\d+\. Type the cluster's name to delete it, or press Enter to\s+keep\s+it:/m,
  )
  terminal.keys('', 'Enter')
  assert.match(await terminal.ends(1), /^you said no; nothing was deleted/m)
  terminal.run(`destroy rehearsal.speed=300 ${name}`)
  await terminal.shows(/Type the cluster's name to continue:$/m)
  terminal.keys('C-d')
  assert.match(await terminal.ends(1), /continue:\nyou said no; nothing was deleted/)
  terminal.run(`status rehearsal.speed=300 ${name} agents.private=6`)
  await terminal.ends(0)
  terminal.run(`destroy rehearsal.speed=300 ${name}`)
  await terminal.shows(/Type the cluster's name to continue:$/m)
  terminal.keys(`t${columns}`, 'Enter')
  const down = await terminal.ends(0)
  // A task that creates nothing has nothing to undo.
  assert.equal(linesOf(down), [0, 1, 1, 0, 0, 1])
  assert.match(down, /^undone: cli-config, stack, keypair/m)
  assert.match(down, /^Cluster t\d+ is deleted \(rehearsed\); nothing is left of it\./m)
  assert.equal(await terminal.state(), before)
  assert.is(before.cursor, '1')
}

optional(test, [tmux], 'a cluster is created and destroyed on terminals of 80×24 and 120×40', async () => {
  await Promise.all([upAndDown(80, 24), upAndDown(120, 40)])
})

optional(
  test,
  [tmux],
  'a failure shows its code, its cause and what to do next, with no word split',
  async () => {
    const terminal = open(80, 24)
    const reason =
      'The moon stands in the wrong house for the third time in a row, and nothing can be done about it'
    const fail = `"rehearsal.fail=[{resource: MasterServerGroup, reason: '${reason}'}]"`
    terminal.run(`bootstrap rehearsal.speed=300 cluster.name=broken ${fail}`)
    const screen = await terminal.ends(1)
    const text = screen.replace(/\s+/g, ' ')
    assert.match(text, /✖ wait +STACK_FAILED stack broken ended in ROLLBACK_COMPLETE/)
    assert.ok(text.includes(`why: MasterServerGroup (AWS::AutoScaling::AutoScalingGroup): ${reason}`), screen)
    assert.match(text, /next: .*npx task bootstrap/)
    assert.match(text, /· cli-config +not started/)
    // The typed line is wrapped by the terminal.
    assert.equal(cutWords(screen.slice(screen.indexOf('broken · ')), 80), [])
    terminal.run('destroy --yes rehearsal.speed=300 cluster.name=broken')
    await terminal.ends(0)
  },
)

optional(
  test,
  [tmux],
  'a terminal with fewer rows than the list shows running tasks, and the whole list at the end',
  async () => {
    const terminal = open(80, 6)
    terminal.run('bootstrap rehearsal.speed=100 cluster.name=low')
    const live = await terminal.shows(/\d+\/59 resources/)
    assert.match(live, /^✔ \d more done$/m)
    assert.match(live, /^. wait /m)
    await terminal.ends(0)
    const whole = terminal.screen({ history: true })
    assert.equal(linesOf(whole), [1, 1, 1, 1, 1, 1])
    assert.is(whole.match(/more (done|to come)/), null)
    terminal.run('destroy --yes rehearsal.speed=300 cluster.name=low')
    await terminal.ends(0)
  },
)

optional(test, [tmux], 'no colour if it is turned off, no list if the cursor cannot move', async () => {
  const escapeByte = '\x1b'
  const terminal = open(80, 24)
  const colour = '[3[0-9]m'
  terminal.run('cli-install')
  await terminal.ends(0)
  assert.ok(new RegExp(`\\${colour}`).test(terminal.screen({ escapes: true })), 'it is green by default')
  // In the compiled code too: marks, codes, states.
  terminal.run('status')
  const status = await terminal.ends(3).then(() => terminal.screen({ escapes: true }))
  assert.match(status, /\[32m✔.*cli-install/)
  assert.match(status, /\[2m○.*stack/)
  terminal.run('nonsense')
  await terminal.ends(2)
  assert.match(terminal.screen({ escapes: true }), /\[31mUSAGE/)
  terminal.run('cli-install --no-color')
  await terminal.ends(0)
  assert.not.ok(terminal.screen({ escapes: true }).includes(escapeByte))
  terminal.close()

  const plain = open(80, 24, { NO_COLOR: '1' })
  plain.run('cli-install')
  assert.match(await plain.ends(0), /^✔ cli-install/m)
  assert.not.ok(plain.screen({ escapes: true }).includes(escapeByte))

  const dumb = open(80, 24)
  dumb.shell('clear; TERM=dumb script -qec "node tasks/runner/bin.js cli-install" seen.txt; echo over.')
  await dumb.shows(/^over\.$/m)
  const seen = readFileSync(project.path('seen.txt'), 'utf8')
  assert.match(seen, /\d\d:\d\d:\d\dZ cli-install {2}ok: built-in client/)
  assert.not.ok(seen.includes(escapeByte))
})

optional(test, [tmux], 'an idle list uses almost no CPU', async () => {
  const terminal = open(80, 24)
  // In real time: the first resources take half a minute.
  terminal.run('bootstrap rehearsal.speed=1 cluster.name=slow & echo "process $!"; wait')
  const pid = /process (\d+)/.exec(await terminal.shows(/process \d+/))![1]
  await terminal.shows(/\/59 resources/)
  const ticks = () => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')
    return Number(fields[11]) + Number(fields[12])
  }
  const [before, from] = [ticks(), performance.now()]
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  // A hundred ticks a second, on every Linux (sysconf(3): _SC_CLK_TCK).
  const share = ((ticks() - before) * 10) / (performance.now() - from)
  process.kill(Number(pid), 'SIGTERM')
  assert.ok(share < 0.06, `${(share * 100).toFixed(1)} % of a core`)
})

test.after(() => {
  for (const terminal of terminals) terminal.close()
  project.remove()
})

test.run()
