import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional } from '../optional.ts'
import { Project } from './project.ts'
import { programPath, Terminal, tmux } from './tmux.ts'

const test = suite('completion')
const project = new Project()
const [zsh, fish] = [programPath('zsh'), programPath('fish')]

/** The command in a PATH, and another project, whose own command is the nearest. */
const tools = project.path('.tools')
mkdirSync(tools)
symlinkSync(project.path('tasks/runner/bin.js'), `${tools}/task`)
mkdirSync(project.path('other/node_modules/.bin'), { recursive: true })
writeFileSync(project.path('other/node_modules/.bin/task'), '#!/bin/sh\necho "nearest "\n', { mode: 0o755 })
writeFileSync(project.path('other/an app.json'), '{}')
const surroundings = { PATH: `${tools}:${process.env.PATH}`, HOME: project.home }

test.before(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await project.run(['completion', shell])
    assert.is(code, 0)
    writeFileSync(project.path(`completion.${shell}`), stdout)
  }
})

test.after(() => project.remove())

test('an unsupported shell is refused with advice', async () => {
  const { code, stderr } = await project.run(['completion', 'fihs'])
  assert.is(code, 2)
  assert.match(
    stderr,
    /USAGE completion prints a script for bash, zsh, fish, not "fihs", did you mean fish\?\n {2}next: /,
  )
})

test('bash loads the script, calls the program and gets its candidates', () => {
  const complete = (line: string, folder = '.') => {
    const words = line.split(' ')
    const script = `source completion.bash; cd ${folder}; COMP_LINE=$1 COMP_POINT=\${#1} COMP_CWORD=${words.length - 1}
      COMP_WORDS=($1); _dcos_bootstrap "\${COMP_WORDS[0]}"; printf '%s|' "\${COMPREPLY[@]}"`
    const options = { cwd: project.folder, env: surroundings, encoding: 'utf8' } as const
    return spawnSync('bash', ['-c', script, 'bash', line], options)
  }
  assert.is(complete('task bootstrap cloud=').stdout, 'rehearsal |aws |')
  assert.is(complete('./tasks/runner/bin.js roll m').stdout, 'masters |')
  assert.is(complete('npx task boo').stdout, 'bootstrap |')
  assert.is(complete('npx -y dcos-bootstrap boo').stdout, 'bootstrap |')
  assert.is(complete('npx other boo').stdout, '|')
  assert.is(
    complete('npx task n', 'other').stdout,
    'nearest |',
    'the program of the nearest project is called',
  )
  assert.is(complete('task boo').stderr, '')
})

test('it works with a broken config, and opens nothing', async () => {
  const broken = await project.run(['__complete', 'fish', 'task', '-c', 'none.yaml', 'stat'])
  assert.equal(
    [broken.code, broken.stdout, broken.stderr],
    [0, 'status\tShow what is done, what is not, and why\n', ''],
  )
})

test('files are offered for a command that takes one', async () => {
  const offered = await project.run(['__complete', 'fish', 'task', 'deploy', 'an'], {
    cwd: project.path('other'),
  })
  assert.is(offered.stdout, 'an app.json\n', offered.stderr)
})

/** Types each line and a tab, and checks the result. */
async function typed(shell: string, start: string, lines: Record<string, string>): Promise<void> {
  const terminal = new Terminal(project, 100, 30, surroundings)
  try {
    terminal.shell(`exec ${shell}`)
    terminal.shell(`PS1='> '; PATH=${tools}:$PATH; ${start}; cd other; clear; echo rea''dy`)
    await terminal.shows(/^ready$/m)
    for (const [line, becomes] of Object.entries(lines)) {
      terminal.keys('C-u', 'C-l')
      terminal.shell('clear')
      terminal.keys('-l', line)
      terminal.keys('Tab')
      const escaped = becomes.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
      await terminal.shows(new RegExp(`^> ${escaped}$`, 'm'))
    }
  } finally {
    terminal.close()
  }
}

const lines = {
  'task destr': 'task destroy',
  'task bootstrap region=eus': 'task bootstrap region=eusc-de-east-1',
  'task bootstrap template=official:Ea': 'task bootstrap template=official:EarlyAccess/',
  'npx -y task near': 'npx -y task nearest',
  '../.tools/task ro': '../.tools/task roll',
  'task deploy an': 'task deploy an\\ app.json',
  'task bootstrap agents.priv': 'task bootstrap agents.private=',
}

optional(test, [tmux], 'at a prompt of bash', () =>
  typed('bash --norc --noprofile -i', 'source ./completion.bash', lines),
)

optional(test, [tmux, zsh], 'at a prompt of zsh', () =>
  typed('zsh -f -i', 'autoload -Uz compinit; compinit -u -D; source ./completion.zsh', lines),
)

optional(test, [fish], 'fish offers the same, with descriptions', () => {
  const complete = (line: string, folder = '.') => {
    const script = `source completion.fish; cd ${folder}; complete -C ${JSON.stringify(line)}`
    const options = { cwd: project.folder, env: surroundings, encoding: 'utf8' } as const
    return spawnSync(fish, ['--no-config', '-c', script], options).stdout
  }
  assert.is(complete('task destr'), 'destroy\tDelete the cluster and everything it created\n')
  assert.is(complete('npx -y task bootstrap cloud='), 'cloud=aws\ncloud=rehearsal\n')
  assert.is(complete('npx task n', 'other').trim(), 'nearest', 'the program of the nearest project is called')
  assert.is(complete('task deploy an', 'other'), 'an app.json\n')
  assert.not.match(complete('npx other boo'), 'bootstrap')
})

test.run()
