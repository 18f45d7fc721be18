import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { startFront } from '../clouds/silent.ts'
import { optional, slow } from '../optional.ts'
import { Project, type Ran } from './project.ts'

// The same cluster from two machines at once, and what only a second machine would notice.

const test = suite('two machines')
const one = new Project()
const other = new Project()
const environment = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x' }
const template = {
  Parameters: { Pw: { Type: 'String', NoEcho: true, Default: 'first' } },
  Resources: {
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    Topic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: { Ref: 'Pw' } } },
  },
  Outputs: { DnsAddress: { Value: 'dcos.invalid' } },
}
for (const project of [one, other]) writeFileSync(project.path('small.json'), JSON.stringify(template))

function at(endpoint: string, name: string, ...words: string[]): string[] {
  return [
    ...words,
    'cloud=aws',
    `aws.endpoint=${endpoint}`,
    `cluster.name=${name}`,
    'template=small.json',
    '--json',
  ]
}

test('with auto keys the slower one takes the key pair of the faster one', async () => {
  const cloud = await startRehearsal(one, 'rehearsal.speed=2000')
  try {
    assert.is((await one.run(at(cloud.url, 'duo', 'keypair'), { environment })).code, 0)
    // It checked just before the other one imported its key.
    let looks = 0
    const front = await startFront(cloud.url, (asked, outgoing) => {
      if (!asked.includes('Action=DescribeKeyPairs&') || looks++ > 0) return false
      outgoing.writeHead(400, { 'content-type': 'text/xml' })
      outgoing.end(
        '<Response><Errors><Error><Code>InvalidKeyPair.NotFound</Code><Message>none</Message></Error></Errors></Response>',
      )
      return true
    })
    try {
      const ran = await other.run(at(front.url, 'duo', 'keypair'), { environment })
      assert.is(ran.code, 0, ran.stdout)
      assert.match(ran.stdout, 'another run has imported its own key')
      assert.equal(ran.end.ran, ['preflight', 'keypair'])
    } finally {
      front.stop()
    }
    assert.equal((await other.run(at(cloud.url, 'duo', 'keypair'), { environment })).end.ran, ['preflight'])
  } finally {
    await cloud.stop()
  }
})

slow(test, 'two concurrent destroys notice the end at about the same time', async () => {
  const cloud = await startRehearsal(one, 'rehearsal.speed=10')
  try {
    assert.is((await one.run(at(cloud.url, 'gone', 'stack'), { environment })).code, 0)
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    const ended: number[] = []
    const destroy = (project: Project): Promise<Ran> =>
      project.run(at(cloud.url, 'gone', 'destroy', '--yes'), { environment }).then((ran) => {
        ended.push(performance.now())
        return ran
      })
    for (const ran of await Promise.all([destroy(one), destroy(other)])) assert.is(ran.code, 0, ran.stdout)
    const apart = Math.abs(ended[0]! - ended[1]!)
    assert.ok(apart < 15_000, `${Math.round(apart)} ms apart`)
  } finally {
    await cloud.stop()
  }
})

test('a changed secret parameter is reported as not comparable, with the way to send it', async () => {
  const words = ['template=small.json', 'cluster.name=secretive', 'rehearsal.speed=2000', '--json']
  assert.is((await one.run(['stack', ...words, 'parameters.Pw=first'])).code, 0)
  const again = await one.run(['stack', ...words, 'parameters.Pw=second'])
  assert.equal([again.code, again.end.ran], [0, []])
  assert.match(again.stdout, /Pw cannot be compared.*--force/)
  const forced = await one.run(['stack', '--force', '--yes', ...words, 'parameters.Pw=second'])
  assert.equal([forced.code, forced.end.ran.includes('stack')], [0, true], forced.stdout)
  assert.ok(forced.end.calls['cloudformation:ExecuteChangeSet'] >= 1, forced.stdout)
})

const openssl = spawnSync('openssl', ['version']).status === 0 ? [] : ['openssl']

optional(test, openssl, 'an untrusted certificate ends the wait at once', async () => {
  const folder = one.path('tls')
  mkdirSync(folder)
  const files = ['-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`]
  const made = spawnSync('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '1',
    '-subj',
    '/CN=master',
    ...files,
  ])
  assert.is(made.status, 0, String(made.stderr))
  const server = createServer({
    key: readFileSync(`${folder}/key.pem`),
    cert: readFileSync(`${folder}/cert.pem`),
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cloud = await startRehearsal(one, 'rehearsal.speed=2000')
  try {
    const url = `cluster.url=https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const ran = await one.run(at(cloud.url, 'tls', 'wait', url), { environment })
    const failure = ran.events.find((event) => event.event === 'fail') as
      | { code: string; next: string }
      | undefined
    assert.equal([ran.code, failure?.code], [1, 'DCOS_UNREACHABLE'], ran.stdout)
    assert.match(failure!.next, 'auth.caCert')
    assert.ok(ran.ms < 30_000, `${ran.ms} ms`)
    assert.not.match(ran.stderr, 'MaxListeners')
  } finally {
    server.close()
    await cloud.stop()
  }
})

test.after(() => {
  one.remove()
  other.remove()
})

test.run()
