import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { Project } from './project.ts'

const test = suite('credentials from a program')
const project = new Project()
const asked = project.path('asked')
const environment = { AWS_PROFILE: 'vault' }
let cloud: Awaited<ReturnType<typeof startRehearsal>>

/** A program that returns credentials, as a vault does, and counts its calls. */
function giveCredentials(expiration: string): void {
  const answer = { Version: 1, AccessKeyId: 'AKIA', SecretAccessKey: 'x', Expiration: expiration }
  const program = project.path('vault.sh')
  writeFileSync(program, `#!/bin/sh\necho asked >>${asked}\necho '${JSON.stringify(answer)}'\n`)
  chmodSync(program, 0o755)
  mkdirSync(`${project.home}/.aws`, { recursive: true })
  writeFileSync(`${project.home}/.aws/config`, `[profile vault]\ncredential_process = ${program}\n`)
}

/** Runs a command on AWS, and returns how often it called the program. */
async function timesAsked(exit: number, ...words: string[]): Promise<number> {
  rmSync(asked, { force: true })
  const ran = await project.run([...words, 'cloud=aws', `aws.endpoint=${cloud.url}`], { environment })
  assert.is(ran.code, exit, ran.stdout + ran.stderr)
  return existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n').length : 0
}

test.before(async () => {
  cloud = await startRehearsal(project)
})

test('are fetched once for all services and regions', async () => {
  giveCredentials('2999-01-01T00:00:00Z')
  const template = [
    `template=${process.cwd()}/test/cluster/checks/template.yaml`,
    'parameters.ImageId=ami-0123456789abcdef0',
    'access.adminLocation=203.0.113.7/32',
  ]
  assert.is(await timesAsked(3, 'status', ...template), 1)
  assert.is(await timesAsked(0, 'clusters'), 1)
  assert.is(await timesAsked(0, 'clusters', 'all'), 1)
  assert.is(await timesAsked(0, 'clusters', 'us-east-1', 'ap-south-1'), 1)
  assert.is(await timesAsked(0, 'doctor', ...template), 1)
})

test('are fetched again when they are about to expire', async () => {
  giveCredentials(new Date(Date.now() + 60_000).toISOString())
  const ran = await timesAsked(0, 'clusters', 'all')
  assert.ok(ran > 1, `${ran} times`)
})

test('an error in the credentials is reported with advice', async () => {
  const home = project.path('aws-home')
  mkdirSync(path.join(home, '.aws'), { recursive: true })
  const program = path.join(home, 'give.sh')
  const expired =
    '{"Version":1,"AccessKeyId":"AKIAX","SecretAccessKey":"y","SessionToken":"z","Expiration":"2020-01-01T00:00:00Z"}'
  writeFileSync(
    program,
    `#!/bin/sh\n[ "$1" = bad ] && { echo 'please log in first' >&2; exit 3; }\necho '${expired}'\n`,
    { mode: 0o755 },
  )
  const role = 'role_arn = arn:aws:iam::111111111111:role/x\n'
  writeFileSync(
    path.join(home, '.aws/config'),
    [
      '[profile sso]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = Admin\n',
      `[profile chain]\n${role}source_profile = sso\n`,
      `[profile failing]\ncredential_process = ${program} bad\n`,
      `[profile expired]\ncredential_process = ${program} ok\n`,
      '[profile absent]\ncredential_process = /nonexistent/tool --x\n',
      `[profile loop]\n${role}source_profile = loop2\n[profile loop2]\n${role}source_profile = loop\n`,
      `[profile mfa]\n${role}source_profile = keys\nmfa_serial = arn:aws:iam::111111111111:mfa/me\n`,
      '[profile half]\naws_access_key_id = AKIAEXAMPLE\n',
      `[profile webid]\n${role}web_identity_token_file = /nonexistent/token\n`,
    ].join(''),
  )
  const cases: [Record<string, string>, string, RegExp, RegExp][] = [
    [{ AWS_PROFILE: 'sso' }, 'CREDENTIALS_MISSING', /no SSO session/, /^aws sso login --profile sso$/],
    [
      { AWS_PROFILE: 'chain' },
      'CREDENTIALS_MISSING',
      /no SSO session for the profile sso/,
      /aws sso login --profile sso/,
    ],
    [{ AWS_PROFILE: 'failing' }, 'CREDENTIALS_MISSING', /status 3: please log in first/, /give.sh bad/],
    [{ AWS_PROFILE: 'expired' }, 'CREDENTIALS_EXPIRED', /expired at 2020/, /give.sh/],
    [{ AWS_PROFILE: 'absent' }, 'CREDENTIALS_MISSING', /not found/, /nonexistent/],
    [{ AWS_PROFILE: 'loop' }, 'CREDENTIALS_MISSING', /circular: loop → loop2 → loop/, /profile loop/],
    [{ AWS_PROFILE: 'mfa' }, 'CREDENTIALS_MISSING', /asks for a code/, /get-session-token/],
    [
      { AWS_PROFILE: 'half' },
      'CREDENTIALS_MISSING',
      /has no aws_secret_access_key/,
      /aws configure --profile half/,
    ],
    [{ AWS_PROFILE: 'webid' }, 'CREDENTIALS_MISSING', /no file \/nonexistent\/token/, /profile webid/],
    [
      { AWS_PROFILE: 'nosuch' },
      'CREDENTIALS_MISSING',
      /no profile nosuch.*there are sso, chain/,
      /aws.profile=NAME/,
    ],
    [
      { AWS_ACCESS_KEY_ID: 'AKIA' },
      'CREDENTIALS_MISSING',
      /AWS_SECRET_ACCESS_KEY is not/,
      /set AWS_SECRET_ACCESS_KEY/,
    ],
    [
      { AWS_ROLE_ARN: 'arn:aws:iam::111111111111:role/x', AWS_WEB_IDENTITY_TOKEN_FILE: '/nonexistent/t' },
      'CREDENTIALS_MISSING',
      /no file/,
      /AWS_WEB_IDENTITY_TOKEN_FILE/,
    ],
  ]
  await Promise.all(
    cases.map(async ([variables, code, cause, next]) => {
      const environment = { HOME: home, AWS_EC2_METADATA_DISABLED: 'true', ...variables }
      const ran = await project.run(['destroy', '--yes', 'cloud=aws', '--json'], {
        environment,
      })
      const told = JSON.stringify(variables) + ran.stdout + ran.stderr
      assert.is(ran.code, 1, told)
      const failure = ran.end.error ?? ran.events.find((event) => event.event === 'fail')
      assert.is(failure?.code, code, told)
      assert.match(failure.cause, cause, told)
      assert.match(failure.next, next, told)
      assert.equal(ran.end.calls, {}, told)
    }),
  )
})

test('variables that cannot be sent, or do not fit a custom endpoint, do no harm', async () => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SESSION_TOKEN']) {
    const environment = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x', [name]: 'AKIAX\n' }
    const ran = await project.run(
      ['destroy', '--yes', 'cloud=aws', 'aws.endpoint=http://127.0.0.1:9', '--json'],
      { environment },
    )
    assert.equal([ran.code, ran.end.error?.code, ran.end.calls], [1, 'CREDENTIALS_MISSING', {}], ran.stdout)
    assert.match(ran.end.error.message, `${name} contains a line break`)
  }
  for (const [name, value] of [
    ['AWS_USE_FIPS_ENDPOINT', 'true'],
    ['AWS_USE_DUALSTACK_ENDPOINT', 'true'],
    ['AWS_DEFAULTS_MODE', 'bogus'],
  ] as const)
    assert.is((await project.run(['clusters'], { environment: { [name]: value } })).code, 0, name)
})

test.after(async () => {
  await cloud.stop()
  project.remove()
})

test.run()
