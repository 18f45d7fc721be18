import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leaves } from '../../config/shape.ts'
import taskfile from '../../Taskfile.ts'
import { options } from '../../tasks/runner/command-line.ts'
import { completions } from '../../tasks/runner/complete/answer.ts'
import { candidatesAt } from '../../tasks/runner/complete/candidates.ts'
import { escaped, splitLine } from '../../tasks/runner/complete/shell-line.ts'
import type { Surroundings } from '../../tasks/runner/surroundings.ts'

const test = suite('runner/complete')
const folder = mkdtempSync(path.join(tmpdir(), 'complete-'))
const environment = { HOME: folder }
mkdirSync(path.join(folder, '.aws'))
mkdirSync(path.join(folder, 'apps'))
for (const name of ['a b.yaml', 'app.json', 'app.txt', '.hidden']) writeFileSync(path.join(folder, name), '')
writeFileSync(
  path.join(folder, '.aws/config'),
  '[default]\n[profile work]\nregion = eu-west-1\n[sso-session x]\n',
)

test.after(() => rmSync(folder, { recursive: true }))

/** The completions of the last of these words. */
async function at(...words: string[]): Promise<string[]> {
  const [current, before] = [words.at(-1)!, words.slice(0, -1)]
  const found = await candidatesAt({ taskfile, before, current, cwd: folder, environment })
  return found.map(({ word }) => word)
}

test('tasks first, then the arguments of each', async () => {
  const names = taskfile.entries.map(({ name }) => name)
  assert.equal(await at(''), [...names, 'help'])
  assert.equal(await at('boo'), ['bootstrap'])
  assert.equal(await at('roll', ''), ['agents', 'masters'])
  assert.equal(await at('ssh', ''), ['master', 'leader', 'agent', 'public', 'bootstrap'])
  assert.equal(await at('logs', 'ag'), ['agent'])
  assert.equal(await at('completion', '-v', ''), ['bash', 'zsh', 'fish'])
  assert.ok((await at('clusters', 'eu-')).includes('eu-west-1'))
  assert.ok((await at('clusters', 'eu-west-1', 'us-')).includes('us-east-2'), 'REGION… goes on')
  assert.equal(await at('keypair', 'keyp'), [], 'no task twice')
  assert.equal(await at('keypair', 'sta'), ['stack'])
  assert.equal(await at('help', 'CLI_H'), ['CLI_HASH'])
  assert.equal(await at('help', 'cluster.n'), ['cluster.name'])
  assert.equal(await at('dcos', '--', ''), [], 'words after -- are for another program')
})

test('every key, and its values', async () => {
  const sections = await at('bootstrap', '')
  assert.ok(
    sections.includes('cloud=') && sections.includes('cluster.') && !sections.includes('cluster.name='),
  )
  for (const { key, kind } of leaves()) {
    const word = kind === 'names' ? `${key}.` : `${key}=`
    assert.ok((await at('bootstrap', key)).includes(word), key)
  }
  assert.equal(await at('bootstrap', 'cloud='), ['cloud=rehearsal', 'cloud=aws'])
  assert.equal(await at('cluster.masters=', 'bootstrap', 'cluster.masters='), [
    ...['auto', '1', '3', '5'].map((one) => `cluster.masters=${one}`),
  ])
  assert.equal(await at('bootstrap', 'access.oauth=t'), ['access.oauth=true'])
  assert.equal(await at('doctor', 'region=eusc'), ['region=eusc-de-east-1'])
  assert.equal(await at('doctor', 'aws.profile='), ['aws.profile=default', 'aws.profile=work'])
  assert.equal(await at('bootstrap', 'template=official:s'), [
    'template=official:stable/single-master',
    'template=official:stable/multi-master',
  ])
  assert.equal(await at('bootstrap', 'installer.from=~/ap'), [
    ...['app.json', 'app.txt', 'apps/'].map((name) => `installer.from=~/${name}`),
  ])
  assert.equal(await at('bootstrap', 'no.such=', ''), await at('bootstrap', ''))
  assert.equal(await at('bootstrap', 'no.such=x'), [])
})

test('options with their values, and files', async () => {
  const all = await at('bootstrap', '--')
  assert.equal(
    all.map((word) => word.replace(/^--|=$/g, '')),
    Object.keys(options),
  )
  assert.equal(await at('--json', 'status', '--js'), [])
  assert.equal(await at('status', '--output=js'), ['--output=json'])
  assert.equal(await at('status', '--output', 'js'), ['json'])
  assert.equal(await at('status', '-c', ''), ['a b.yaml', 'app.json', 'apps/'])
  assert.equal(await at('-c', 'a b.yaml', 'sta'), ['status', 'stack'])
  assert.equal(await at('deploy', 'app.json', 'app.t'), ['app.txt'])
  assert.equal(await at('deploy', '.hid'), ['.hidden'])
  assert.equal(await at('status', '-j', ''), [])
})

test('a shell line is split as the shell would', () => {
  assert.equal(splitLine('npx task a\\ b "c d" e=\'f g'), {
    before: ['npx', 'task', 'a b', 'c d'],
    current: 'e=f g',
    raw: "e='f g",
  })
  assert.equal(splitLine('x && task boot; task st'), { before: ['task'], current: 'st', raw: 'st' })
  assert.equal(splitLine('task '), { before: ['task'], current: '', raw: '' })
  assert.is(escaped('~/a b$c'), '~/a\\ b\\$c')
})

test('each shell gets its own format; bash only the part after a word break', async () => {
  const surroundings = { cwd: folder, environment } as unknown as Surroundings
  const ask = (...argv: string[]) => completions(taskfile, argv, surroundings)
  const breaks = ' \t\n"\'><=;|&(:'
  assert.is(
    await ask('bash', 'npx -y task bootstrap template=official:st', breaks),
    'stable/single-master \nstable/multi-master \n',
  )
  assert.is(await ask('bash', 'task bootstrap cloud=', breaks), 'rehearsal \naws \n')
  assert.is(await ask('bash', 'task bootstrap cloud=', ' '), 'cloud=rehearsal \ncloud=aws \n')
  assert.is(await ask('bash', 'task -c a\\ ', breaks), 'a\\ b.yaml \n')
  assert.is(await ask('bash', 'task bootstrap agents.pr', breaks), 'agents.private=\n')
  assert.is(await ask('bash', 'task bootstrap "clo', breaks), '')
  assert.is(
    await ask('zsh', '/x/task', '-c', 'a'),
    'a\\ b.yaml\ta b.yaml\napp.json\tapp.json\napps/\tapps/\n',
  )
  assert.is(
    await ask('fish', 'npx', 'task', 'destr'),
    'destroy\tDelete the cluster and everything it created\n',
  )
  assert.is(await ask('fish', 'task'), '')
})

test.run()
