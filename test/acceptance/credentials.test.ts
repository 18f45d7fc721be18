import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { Project } from './project.ts'

const test = suite('credentials of a program')
const project = new Project()
const asked = project.path('asked')
const environment = { AWS_PROFILE: 'vault' }
let cloud: Awaited<ReturnType<typeof startRehearsal>>

/** A program that gives credentials, as a vault does, and keeps count. */
function giveCredentials(expiration: string): void {
  const answer = { Version: 1, AccessKeyId: 'AKIA', SecretAccessKey: 'x', Expiration: expiration }
  const program = project.path('vault.sh')
  writeFileSync(program, `#!/bin/sh\necho asked >>${asked}\necho '${JSON.stringify(answer)}'\n`)
  chmodSync(program, 0o755)
  mkdirSync(`${project.home}/.aws`, { recursive: true })
  writeFileSync(`${project.home}/.aws/config`, `[profile vault]\ncredential_process = ${program}\n`)
}

/** Runs a command on AWS, and answers how often it asked the program. */
async function timesAsked(exit: number, ...words: string[]): Promise<number> {
  rmSync(asked, { force: true })
  const ran = await project.run([...words, 'cloud=aws', `aws.endpoint=${cloud.url}`], { environment })
  assert.is(ran.code, exit, ran.stdout + ran.stderr)
  return existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n').length : 0
}

test.before(async () => {
  cloud = await startRehearsal(project)
})

test('are asked for once, whatever services and regions want them', async () => {
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

test('are asked for again when they are about to expire', async () => {
  giveCredentials(new Date(Date.now() + 60_000).toISOString())
  const ran = await timesAsked(0, 'clusters', 'all')
  assert.ok(ran > 1, `${ran} times`)
})

test.after(async () => {
  await cloud.stop()
  project.remove()
})

test.run()
