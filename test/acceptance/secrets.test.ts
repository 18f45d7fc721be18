import { readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slow } from '../optional.ts'
import { Live } from './live.ts'
import { Project, type Ran } from './project.ts'

const secrets = suite('secrets')
const project = new Project()

secrets('neither a NoEcho parameter nor a token is printed or written where others can read it', async () => {
  const licence = 'licence-5f0e8a'
  const token = 'token-91c7b2'
  writeFileSync(project.path('token'), `${token}\n`)
  const template = readFileSync(project.path('templates/dcos.yaml'), 'utf8')
  writeFileSync(
    project.path('secret.yaml'),
    template.replace(
      '\nParameters:\n',
      "\nParameters:\n  Licence: { Type: String, NoEcho: true, Default: '' }\n",
    ),
  )
  const settings = [
    'rehearsal.speed=2000',
    'template=secret.yaml',
    `parameters.Licence=${licence}`,
    'access.oauth=true',
    '--verbose',
  ]
  const login = 'auth.tokenFile=token'
  const runs: Ran[] = []
  const run = async (exit: number, ...words: string[]) => {
    const ran = await project.run([words[0]!, ...settings, ...words.slice(1)])
    runs.push(ran)
    assert.is(ran.code, exit, ran.stdout + ran.stderr)
    return ran
  }

  // DC/OS requires a login, and there is no terminal.
  const asked = await run(1, 'bootstrap', '--json')
  assert.equal(
    asked.events.flatMap((event) => (event.event === 'fail' ? [event.code] : [])),
    ['AUTH_NEEDED'],
    asked.stdout,
  )
  await run(0, 'bootstrap', '--json', login)
  assert.equal((await run(0, 'bootstrap', '--json', login)).end.ran, [])
  await run(0, 'bootstrap', login)
  await run(0, 'status', '--json', login)
  await run(0, 'dcos', login, '--', 'node', 'list', '--json')
  await run(0, 'dcos', login, '--', 'config', 'show')
  // Nor is it printed when it has changed.
  await run(1, 'bootstrap', login, 'agents.private=4')

  const home = path.join('.task/rehearsal/eu-west-1/dcos/home')
  for (const { stderr, stdout } of runs) {
    for (const secret of [licence, token]) assert.not.ok((stdout + stderr).includes(secret), stdout + stderr)
  }
  const files = project.written()
  const holding = (secret: string) => Object.keys(files).filter((file) => files[file]!.includes(secret))
  for (const secret of [licence, token]) assert.ok(holding(secret).length > 0, 'it is where it is needed')
  for (const file of holding(token)) assert.ok(file.startsWith(`${home}/`), file)
  // The rehearsed cloud gets the value, as AWS would, in files that only this user can read.
  for (const file of holding(licence)) assert.ok(file.startsWith('.task/rehearsed/'), file)
  assert.is(statSync(project.path(home)).mode & 0o777, 0o700)
  for (const file of [...holding(token), ...holding(licence)])
    assert.is(statSync(project.path(file)).mode & 0o077, 0, `${file} is private`)
})

slow(secrets, 'secrets in the URLs of the CLI and its plugins are not printed', async () => {
  const address = 'https://me:s3cret@127.0.0.1:9/dcos?X-Amz-Signature=s3cret'
  const sha256 = '0'.repeat(64)
  const local = `cli.url=${process.execPath}`
  assert.is((await project.run(['cli-install', local])).code, 0)
  for (const settings of [
    [`cli.url=${address}`, `cli.sha256=${sha256}`],
    [local, `cli.plugins=[{url: '${address}', sha256: ${sha256}}]`],
  ]) {
    for (const words of [['status', '--json'], ['cli-install', '--dry-run'], ['cli-install']]) {
      const { stderr, stdout } = await project.run([...words, ...settings])
      assert.not.match(stdout + stderr, 's3cret')
      assert.match(stdout + stderr, 'https://127.0.0.1:9/dcos?…')
    }
  }
})

secrets('a secret parameter is not printed in the command that resumes an interrupted run', async () => {
  const words = [
    'rehearsal.speed=20',
    'cluster.name=told',
    'template=secret.yaml',
    'parameters.Licence=s3cret',
  ]
  for (const json of [[], ['--json']]) {
    const run = new Live(project.start(['bootstrap', ...json, ...words]))
    await run.says(/"task":"wait"|wait +…/)
    assert.is((await run.end('SIGINT')).code, 130)
    assert.not.match(run.text, 's3cret')
    const line = ['npx task bootstrap', ...json, ...words.slice(0, -1), 'parameters.Licence=<value>'].join(
      ' ',
    )
    assert.ok(run.text.includes(json.length > 0 ? `"next":"${line}"` : `next: ${line}\n`), run.text)
  }
})

secrets.after(() => project.remove())

secrets('a token may come from standard input or the environment', async () => {
  const token = 'token-c0ffee'
  const words = ['rehearsal.speed=2000', 'access.oauth=true', 'cluster.name=piped']
  const up = await project.run(['bootstrap', ...words, 'auth.tokenFile=-', '--json'], { input: `${token}\n` })
  assert.is(up.code, 0, up.stdout)
  assert.ok(!(up.stdout + up.stderr).includes(token))
  const environment = { DCOS_ACS_TOKEN: 'wrong' }
  writeFileSync(project.path('app.json'), JSON.stringify({ id: 'app', cmd: 'sleep 1' }))
  const stale = await project.run(['deploy', 'app.json', ...words], { environment })
  assert.equal(
    [stale.code, /AUTH_NEEDED/.test(stale.stderr), stale.stderr.includes('wrong')],
    [1, true, false],
  )
  const empty = await project.run(['status', ...words, 'auth.tokenFile=-'], { input: '' })
  assert.match(empty.stdout, /auth\.tokenFile: cannot use the standard input/)
})

secrets.run()
