import { writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { certificate, key } from '../certificate.ts'
import { startRehearsal } from '../clouds/rehearsal.ts'
import { Project } from './project.ts'

// A network that inspects HTTPS answers with certificates of its own authority.

const test = suite('certificates')
const project = new Project()
let cloud: Awaited<ReturnType<typeof startRehearsal>>
let front: Server
let words: string[]

test.before(async () => {
  cloud = await startRehearsal(project, 'rehearsal.speed=2000')
  front = createServer({ key, cert: certificate }, (incoming, outgoing) => {
    const { headers, method, url } = incoming
    const passed = request(cloud.url + url, { method, headers }, (answer: IncomingMessage) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  words = ['cloud=aws', `aws.endpoint=https://localhost:${(front.address() as AddressInfo).port}`]
  writeFileSync(project.path('authority.pem'), certificate)
})

const aws = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x' }

async function clusters(environment: Record<string, string> = {}) {
  const { code, stderr } = await project.run(['clusters', ...words], {
    environment: { ...aws, ...environment },
  })
  return { code, stderr }
}

test('one that cannot be verified is named, with what to set', async () => {
  const { code, stderr } = await clusters()
  assert.is(code, 1)
  assert.match(stderr, /^ENDPOINT_UNREACHABLE the certificate of https:\/\/localhost:\d+ cannot be verified/m)
  assert.match(stderr, /SELF_SIGNED/)
  assert.match(stderr, 'AWS_CA_BUNDLE')
})

test('the authority in AWS_CA_BUNDLE is trusted', async () => {
  const { code, stderr } = await clusters({ AWS_CA_BUNDLE: project.path('authority.pem') })
  assert.is(code, 0, stderr)
})

test('an AWS_CA_BUNDLE that cannot be used is refused, and nothing is sent', async () => {
  const missing = await clusters({ AWS_CA_BUNDLE: '/nowhere.pem' })
  assert.is(missing.code, 2)
  assert.match(
    missing.stderr,
    /^CONFIG_INVALID AWS_CA_BUNDLE: \/nowhere.pem cannot be used\n +why: +there is no such file/m,
  )
  const other = await clusters({ AWS_CA_BUNDLE: project.path('package.json') })
  assert.match(other.stderr, 'it contains no certificate in PEM form')
})

test.after(async () => {
  front.closeAllConnections()
  front.close()
  await cloud.stop()
  project.remove()
})

test.run()
