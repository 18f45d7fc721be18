import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { optional } from '../optional.ts'
import { Project } from './project.ts'
import { Terminal, tmux } from './tmux.ts'

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
      '[profile lost]\nsso_session = nosuch\nsso_account_id = 111111111111\nsso_role_name = Admin\n',
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
    [{ AWS_PROFILE: 'lost' }, 'CREDENTIALS_MISSING', /no \[sso-session nosuch\]/, /aws configure sso/],
    [{ AWS_PROFILE: 'mfa' }, 'CREDENTIALS_MISSING', /requires a code/, /export-credentials --profile mfa/],
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

/** AWS STS as far as a role that requires an MFA code needs it, and the codes that it was sent. */
async function startSts(): Promise<{ url: string; codes: string[]; stop(): void }> {
  const codes: string[] = []
  const server = createServer(async (request, response) => {
    const body = new URLSearchParams(await text(request))
    codes.push(body.get('TokenCode') ?? '')
    const xmlns = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
    response.setHeader('content-type', 'text/xml')
    if (codes.at(-1) !== '123456') {
      const said = 'MultiFactorAuthentication failed with invalid MFA one time pass code.'
      response.statusCode = 403
      response.end(
        `<ErrorResponse ${xmlns}><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${said}</Message></Error></ErrorResponse>`,
      )
      return
    }
    const until = new Date(Date.now() + 3_600_000).toISOString()
    response.end(
      `<AssumeRoleResponse ${xmlns}><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>y</SecretAccessKey><SessionToken>z</SessionToken><Expiration>${until}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, codes, stop: () => server.close() }
}

optional(test, [tmux], 'at a terminal, the code of an MFA device is asked for once per run', async () => {
  const sts = await startSts()
  mkdirSync(`${project.home}/.aws`, { recursive: true })
  writeFileSync(
    `${project.home}/.aws/config`,
    '[profile keys]\naws_access_key_id = AKIA\naws_secret_access_key = x\n[profile mfa]\nrole_arn = arn:aws:iam::111111111111:role/x\nsource_profile = keys\nmfa_serial = arn:aws:iam::111111111111:mfa/me\n',
  )
  const terminal = new Terminal(project, 80, 24, { AWS_PROFILE: 'mfa', AWS_ENDPOINT_URL_STS: sts.url })
  const words = `cloud=aws aws.endpoint=${cloud.url}`
  try {
    terminal.run(`status ${words}`)
    await terminal.shows(/MFA code of arn:aws:iam::111111111111:mfa\/me/)
    terminal.shell('12345')
    terminal.shell('654321')
    await terminal.shows(/AWS did not accept the MFA code/)
    await terminal.ends(1)
    terminal.run(`clusters all ${words}`)
    await terminal.shows(/MFA code/)
    terminal.shell('123 456')
    await terminal.ends(0)
    terminal.run(`clusters ${words}`)
    await terminal.shows(/MFA code/)
    terminal.keys('Enter')
    assert.match(await terminal.ends(1), 'CREDENTIALS_MISSING no MFA code was entered')
    assert.equal(sts.codes, ['654321', '123456'])
  } finally {
    terminal.close()
    sts.stop()
  }
})

test.after(async () => {
  await cloud.stop()
  project.remove()
})

test.run()
