import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional } from '../optional.ts'
import { Project } from './project.ts'
import { Terminal, tmux } from './tmux.ts'

const test = suite('init')
const project = new Project()
const read = (file: string) => readFileSync(project.path(file), 'utf8')
const usual = 'config/cluster.yaml'
const shipped = read(usual)

test.before.each(() => {
  for (const name of readdirSync(project.path('config')))
    if (/\.yaml$/.test(name)) rmSync(project.path('config', name))
  writeFileSync(project.path(usual), shipped)
})

test.after(() => project.remove())

test('--yes writes the defaults and the values on the command line, and the file works', async () => {
  const made = await project.run([
    'init',
    '--yes',
    'cluster.name=mine',
    'agents.private=2',
    'rehearsal.speed=1000',
  ])
  assert.equal([made.code, made.stderr], [0, ''])
  assert.match(
    made.stdout,
    /^wrote config\/mine\.yaml\n {2}next: +npx task bootstrap --config config\/mine\.yaml\n/,
  )
  assert.match(made.stdout, `export TASK_CONFIG=${project.path('config/mine.yaml')}\n`)
  assert.is(read(usual), shipped)
  assert.match(read('config/mine.yaml'), /^# yaml-language-server: \$schema=cluster\.schema\.json\n/)
  assert.match(read('config/mine.yaml'), /\n {2}private: 2\n(.*\n)+ {2}public: 1\n(.*\n)+ {2}speed: 1000\n$/)
  const up = await project.run(['bootstrap', '-c', 'config/mine.yaml', '-n', '--json'])
  assert.is(up.end.ok, true)
  assert.ok(up.end.would.includes('keypair'))
})

test('it works without a config, and with a broken one', async () => {
  rmSync(project.path(usual))
  const first = await project.run(['init', '--yes', 'cloud=aws', '--json'], {
    environment: { AWS_DEFAULT_REGION: 'eu-north-1' },
  })
  const document = JSON.parse(first.stdout)
  assert.is(document.file, project.path(usual))
  assert.match(document.needed[0], /^installer\.from, /)
  assert.equal(document.next, ['npx task doctor', 'npx task bootstrap'])
  assert.match(read(usual), /\nregion: eu-north-1\n/)
  assert.match(read(usual), /\n# installer:\n# {3}from:\n# {3}sha256:\n/)
  writeFileSync(project.path(usual), 'cloud: [')
  assert.is((await project.run(['init', '--yes'])).code, 0)
  assert.is(read(usual), 'cloud: [')
})

test('an existing file is never overwritten, whatever it is', async () => {
  writeFileSync(project.path('config/mine.yaml'), 'mine')
  symlinkSync('nowhere', project.path('config/link.yaml'))
  for (const words of [
    ['cluster.name=mine'],
    ['config/mine.yaml'],
    ['-c', 'config/mine.yaml'],
    ['config/link.yaml'],
    [usual],
  ]) {
    const { code, stderr } = await project.run(['init', '--yes', ...words])
    assert.is(code, 2, words.join(' '))
    assert.match(
      stderr,
      /^USAGE config\/\w+\.yaml already exists; init never overwrites a file\n {2}next: .*npx task init/m,
    )
  }
  assert.equal([read('config/mine.yaml'), read(usual)], ['mine', shipped])
  assert.not(existsSync(project.path('config/nowhere')))
  rmSync(project.path('config/link.yaml'))
})

test('errors are reported before anything is written', async () => {
  const before = readdirSync(project.path('config'))
  const wrong = await project.run(['init', '--yes', 'region=eu-west1', 'agents.privat=3'])
  assert.is(wrong.code, 2)
  assert.match(wrong.stderr, /region cannot be "eu-west1"\n.*did you mean eu-west-1\?/)
  assert.match(wrong.stderr, /there is no key agents\.privat\n.*did you mean agents\.private\?/)
  const name = await project.run(['init', '--yes', 'prod'])
  assert.match(
    name.stderr,
    /USAGE .*"prod".*\n.*npx task init prod\.yaml, or npx task init cluster\.name=NAME/,
  )
  const nobody = await project.run(['init'])
  assert.equal(nobody.code, 2)
  assert.match(
    nobody.stderr,
    /USAGE init needs answers to five questions\n.*no terminal.*\n {2}next: npx task init --yes/,
  )
  const json = await project.run(['init', '--json'])
  assert.equal([json.end.event, json.end.error.code], ['end', 'USAGE'])
  const dry = await project.run(['init', '--yes', '-n'])
  assert.match(
    dry.stdout,
    /^config\/dcos\.yaml would contain:\n\n# yaml-language-server(.*\n)+ {2}publicKey: auto\n$/,
  )
  assert.equal(readdirSync(project.path('config')), before)
})

test('a file with secrets is readable only by this user; with every value given nothing is asked', async () => {
  const all = ['cloud=aws', 'region=eu-west-1', 'cluster.name=a', 'agents.private=1', 'agents.public=0']
  const rest = ['cluster.masters=3', 'access.publicKey=~/k.pub', 'parameters.LicenseKey=hush']
  const made = await project.run(['init', 'deep/er/a.yml', ...all, ...rest])
  assert.equal([made.code, made.stderr], [0, ''])
  assert.not.match(made.stdout, 'hush')
  assert.is(statSync(project.path('deep/er/a.yml')).mode & 0o777, 0o600)
  assert.match(read('deep/er/a.yml'), '$schema=../../config/cluster.schema.json\n')
})

optional(
  test,
  [tmux],
  'at a terminal: five questions, each asked again until the answer is right',
  async () => {
    const terminal = new Terminal(project, 80, 24)
    try {
      terminal.run('init')
      await terminal.shows(/^cloud: Where to create the cluster.*\n(.*\n)*cloud \[rehearsal\]:$/m)
      terminal.keys('awz', 'Enter')
      await terminal.shows(
        /cloud cannot be "awz"\n +did you mean aws\?\n +allowed: rehearsal or aws\ncloud \[rehearsal\]:$/,
      )
      terminal.keys('aws', 'Enter')
      await terminal.shows(/^region \[eu-west-1\]:$/m)
      terminal.keys('eu-wst-1', 'Enter')
      await terminal.shows(/did you mean eu-west-1\?/)
      terminal.keys('eu-west-3', 'Enter')
      await terminal.shows(/^cluster\.name \[dcos\]:$/m)
      terminal.keys('prod', 'Enter')
      await terminal.shows(/^agents\.private, agents\.public, cluster\.masters \[5 1 auto\]:$/m)
      terminal.keys('10 2 4', 'Enter')
      await terminal.shows(/allowed: auto, 1, 3 or 5\n/)
      terminal.keys('10 2 3', 'Enter')
      await terminal.shows(/^access\.publicKey \[auto\]:$/m)
      terminal.keys('Enter')
      await terminal.shows(/already exists and is not changed\.\nWrite another file \[config\/prod\.yaml\]:$/)
      terminal.keys(usual, 'Enter')
      await terminal.shows(/already exists: choose another name/)
      terminal.keys('Enter')
      const screen = await terminal.ends(0)
      assert.match(screen, /wrote config\/prod\.yaml\n {2}needed: installer\.from/)
      const text = read('config/prod.yaml')
      for (const line of ['cloud: aws', 'region: eu-west-3', '  name: prod', '  masters: 3', '  private: 10'])
        assert.ok(text.includes(`\n${line}\n`), text)

      // Ctrl-C and Ctrl-D leave nothing behind, and say so.
      const before = readdirSync(project.path('config'))
      terminal.run('init')
      await terminal.shows(/^cloud \[rehearsal\]:$/m)
      terminal.keys('C-c')
      assert.match(await terminal.ends(130), /^nothing was written$/m)
      terminal.run('init cloud=aws')
      await terminal.shows(/^region \[eu-west-1\]:$/m)
      terminal.keys('C-d')
      assert.match(await terminal.ends(130), /INTERRUPTED the input was closed: nothing was written\n/)
      assert.equal(readdirSync(project.path('config')), before)
    } finally {
      terminal.close()
    }
  },
)

test.run()
