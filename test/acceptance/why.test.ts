import { readFileSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Project } from './project.ts'

// The commands that explain and draw the state of the tasks.

const test = suite('why')
const project = new Project()
const fast = 'rehearsal.speed=500'

test('before anything exists: why each task would run, and after which', async () => {
  const { code, stdout } = await project.run(['why', 'stack', fast])
  assert.is(code, 0)
  assert.match(
    stdout,
    /^stack would run, after [\w, ]*keypair: there is no stack dcos in eu-west-1\nwould create \d+ /,
  )
  assert.match(stdout, /Dependencies\n[\s\S]*○ keypair +there is no key pair/)
  const unknown = await project.run(['why', 'stak', fast])
  assert.equal([unknown.code, /did you mean stack\?/.test(unknown.stderr)], [2, true])
  assert.is((await project.run(['why', fast])).code, 2)
})

test('for a stack that differs: which values, and what the update would do; nothing is left behind', async () => {
  assert.is((await project.run(['bootstrap', fast])).code, 0)
  const settled = JSON.parse((await project.run(['why', 'stack', fast, '--json'])).stdout)
  assert.equal([settled.runs, settled.state, settled.differences, settled.preview], [false, 'done', [], null])
  assert.ok(
    settled.needs.some(
      (need: { name: string; state: string }) => need.name === 'keypair' && need.state === 'done',
    ),
  )

  const words = [fast, 'agents.private=7', 'tags.team=blue']
  const { stdout } = await project.run(['why', 'stack', ...words])
  assert.match(stdout, /^stack would run: stack dcos differs from the config: /)
  assert.match(stdout, /^ {2}agents\.private +5 → 7$/m)
  assert.match(stdout, /^ {2}tags\.team +\(not set\) → blue$/m)
  assert.match(stdout, /the update would\n[\s\S]*SlaveServerGroup/)
  const told = JSON.parse((await project.run(['why', 'stack', ...words, '--json'])).stdout)
  assert.equal([told.runs, told.differences[0]], [true, { what: 'agents.private', from: '5', to: '7' }])
  // The template too, by differing paths.
  const template = project.path('templates/dcos.yaml')
  const before = readFileSync(template, 'utf8')
  writeFileSync(template, before.replace(/^Description: .*$/m, 'Description: another one'))
  assert.match((await project.run(['why', 'stack', fast])).stdout, /template \w+ → \w+[\s\S]*~ Description: /)
  writeFileSync(template, before)

  const after = JSON.parse((await project.run(['why', 'cli-config', fast, '--json'])).stdout)
  assert.equal([after.runs, after.task], [false, 'cli-config'])
  assert.is((await project.run(['bootstrap', fast, '--json'])).end.ran.length, 0)
})

test('graph draws the tasks in the colours of their states, as Mermaid and as SVG', async () => {
  const { code, stdout } = await project.run(['graph', fast, 'agents.private=7'])
  assert.is(code, 0)
  assert.match(stdout, /^flowchart LR\n/)
  assert.match(stdout, /r_stack\["stack<br>todo"\]:::todo\n/)
  assert.match(stdout, /r_keypair\["keypair<br>done"\]:::done\n/)
  assert.match(stdout, 'r_stack --> r_wait')
  const drawn = await project.run(['graph', 'tasks.svg', fast])
  assert.is(drawn.stdout.trim(), project.path('tasks.svg'))
  assert.match(
    readFileSync(project.path('tasks.svg'), 'utf8'),
    /<g class="done"><title>.*\n.*stack dcos exists/,
  )
  writeFileSync(project.path('mine.svg'), '<svg/>')
  assert.is((await project.run(['graph', 'mine.svg', fast])).code, 2)
  assert.match((await project.run(['graph', 'template', fast])).stdout, /^flowchart LR\n {2}subgraph/)
  assert.is((await project.run(['graph', 'tasks', fast])).code, 2)
})

test.after(() => project.remove())

test.run()
