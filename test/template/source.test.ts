import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Aws } from '../../tasks/aws/clients.ts'
import { type Code, Failure } from '../../tasks/base/failure.ts'
import { fetchWeb, readTemplate } from '../../tasks/cluster/plan/template.ts'
import { openRehearsal } from '../../tasks/rehearsal/index.ts'
import { type LoadedTemplate, loadTemplate } from '../../tasks/template/load.ts'
import { Kept } from '../../tasks/template/source/kept.ts'
import { LOCK_FILE } from '../../tasks/template/source/official.ts'
import type { Remote } from '../../tasks/template/source/remote.ts'

const hash = (content: string) => createHash('sha256').update(content).digest('hex')
const template = 'Resources:\n  Topic: { Type: AWS::SNS::Topic }\n'
const other = 'Resources:\n  Queue: { Type: AWS::SQS::Queue }\n'

interface World {
  root: string
  server: http.Server
  /** The address of the server. */
  at: string
  asked: string[]
  /** How it responds; set by each test. */
  answer: http.RequestListener
  said: string[]
  remote: Remote
}

function worldly(name: string) {
  const tests = suite<World>(name)
  tests.before.each(async (world) => {
    world.root = mkdtempSync(path.join(tmpdir(), 'source-'))
    world.asked = []
    world.said = []
    world.answer = (_, response) => response.end(template)
    world.server = http.createServer((request, response) => {
      world.asked.push(request.url!)
      world.answer(request, response)
    })
    await new Promise<void>((resolve) => world.server.listen(0, '127.0.0.1', resolve))
    world.at = `http://127.0.0.1:${(world.server.address() as AddressInfo).port}`
    world.remote = {
      kept: new Kept(path.join(world.root, '.task/templates')),
      log: (message) => world.said.push(message),
      fetchS3: () => Promise.reject(new Error('S3 must not be used')),
      // Our server stands in for the vendor's host.
      fetchWeb: (url) =>
        fetchWeb(new URL(url.href.replace('https://s3-us-west-2.amazonaws.com', world.at)), never, {
          answer: 150,
          whole: 400,
        }),
    }
  })
  tests.after.each(async (world) => {
    await close(world)
    rmSync(world.root, { recursive: true, force: true })
  })
  return tests
}

const never = new AbortController().signal

async function close({ server }: World): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

const load = (world: World, source: string): Promise<LoadedTemplate> =>
  loadTemplate(source, { root: world.root, remote: world.remote })

async function failure(world: World, source: string): Promise<Failure> {
  return failureOf(load(world, source))
}

async function failureOf(loading: Promise<unknown>): Promise<Failure> {
  try {
    await loading
  } catch (error) {
    assert.instance(error, Failure, String((error as Error).stack))
    const { next, why } = error as Failure
    assert.ok(why && next, `${error}: ${why} ${next}`)
    return error as Failure
  }
  throw new Error('it was loaded')
}

function assertSays(found: Failure, code: Code, ...words: RegExp[]): void {
  assert.is(found.code, code, `${found.message}: ${found.why}`)
  const text = `${found.message}\n${found.why}\n${found.next}`
  for (const word of words) assert.match(text, word)
}

const web = worldly('templates from the web')

web('are fetched again each time, or taken from the last copy if that fails', async (world) => {
  const source = `${world.at}/dcos.yaml`
  const first = await load(world, source)
  assert.equal([first.text, first.source], [template, source])
  world.answer = (_, response) => response.end(other)
  assert.is((await load(world, source)).digest, hash(other))
  assert.equal([world.asked.length, world.said], [2, []])

  for (const answer of [
    (_: unknown, response: http.ServerResponse) => response.writeHead(503).end(),
    (_: unknown, response: http.ServerResponse) => response.writeHead(404).end('<html><title>Gone</title>'),
    (_: unknown, response: http.ServerResponse) => response.end('<!doctype html><title>Log in</title>'),
    (request: http.IncomingMessage) => request.socket.destroy(),
    () => {},
    (_: unknown, response: http.ServerResponse) =>
      response.writeHead(200, { 'content-length': 99 }).write('Res'),
  ]) {
    world.answer = answer
    world.said.length = 0
    assert.is((await load(world, source)).text, other)
    assert.is(world.said.length, 1)
    assert.match(
      world.said[0]!,
      new RegExp(`cannot be fetched \\(.+\\): using the copy of 20\\d\\d-.*${hash(other)}`),
    )
  }
  await close(world)
  assert.is((await load(world, source)).text, other)
  assert.match(world.said.at(-1)!, /cannot be fetched/)
  // Another address has no copy, even on the same server.
  assertSays(
    await failure(world, `${world.at}/else.yaml`),
    'TEMPLATE_UNREADABLE',
    /ECONNREFUSED/,
    /path, https/,
  )
})

web('that cannot be fetched say why, and quote the response', async (world) => {
  const cases: [answer: http.RequestListener, words: RegExp[]][] = [
    [(_, response) => response.writeHead(403, 'Forbidden').end('x'), [/HTTP 403 Forbidden/]],
    [
      (_, response) => response.end('<html><head><title>Please log in</title>'),
      [/an HTML page: "Please log in"/],
    ],
    [
      (_, response) => response.end('<?xml version="1.0"?><Error><Code>NoSuchBucket</Code></Error>'),
      [/an XML document: "NoSuchBucket"/],
    ],
    [(_, response) => response.end(), [/sent nothing/]],
    [() => {}, [/127\.0\.0\.1:\d+ did not respond within 0\.15 s/]],
    [
      (_, response) => {
        response.write('Resources:')
        const timer = setInterval(() => response.write(' '), 50)
        response.on('close', () => clearInterval(timer))
      },
      [/it was not complete within 0\.4 s/],
    ],
    [
      (_, response) => response.writeHead(302, { location: 'http://evil.invalid/x' }).end(),
      [/evil\.invalid\/x, where anyone/],
    ],
    [(_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(), [/not http/]],
    [(_, response) => response.writeHead(302, { location: '/again' }).end(), [/more than 5 redirects/]],
  ]
  for (const [answer, words] of cases) {
    world.answer = answer
    assertSays(await failure(world, `${world.at}/x.yaml`), 'TEMPLATE_UNREADABLE', ...words)
  }
  assert.not.ok(existsSync(path.join(world.root, '.task')), 'nothing is kept of them')
})

web('may redirect five times', async (world) => {
  world.answer = (request, response) => {
    const left = Number(request.url!.slice(1))
    if (left === 0) response.end(template)
    else response.writeHead(307, { location: `/${left - 1}` }).end()
  }
  assert.is((await load(world, `${world.at}/5`)).text, template)
  assertSays(await failure(world, `${world.at}/6`), 'TEMPLATE_UNREADABLE', /more than 5 redirects/)
})

web('that never end are aborted', async (world) => {
  world.answer = (_, response) => {
    const piece = Buffer.alloc(1 << 20, '#')
    const more = () => !response.destroyed && response.write(piece, () => setImmediate(more))
    more()
  }
  world.remote.fetchWeb = (url) => fetchWeb(url, never)
  assertSays(await failure(world, `${world.at}/x`), 'TEMPLATE_TOO_LARGE', /16777216 bytes or more/)
})

web('do not reveal the secrets in their address', async (world) => {
  const source = `${world.at.replace('//', '//me:s3cret@')}/x.yaml?signature=s3cret`
  world.answer = (request, response) => {
    const right =
      request.headers.authorization === `Basic ${btoa('me:s3cret')}` && request.url!.endsWith('=s3cret')
    response.writeHead(right ? 200 : 401).end(template)
  }
  assert.is((await load(world, source)).source, `${world.at}/x.yaml?…`)
  world.answer = (_, response) => response.end('Resources: [')
  assert.not.match(JSON.stringify(everything(await failure(world, source))), /s3cret/)
  world.answer = (_, response) => response.writeHead(500).end()
  await load(world, source)
  const fresh = await failure(world, source.replace('x.yaml', 'y.yaml'))
  assert.not.match(JSON.stringify([everything(fresh), world.said]), /s3cret/)
  for (const name of readdirSync(path.join(world.root, '.task/templates')))
    assert.not.match(name + readFileSync(path.join(world.root, '.task/templates', name)), /s3cret/)
})

const everything = ({ code, message, next, why }: Failure) => ({ code, message, next, why })

web('that are pinned are fetched once, and nothing else is accepted', async (world) => {
  const source = `${world.at}/x.yaml#sha256=${hash(template)}`
  world.answer = (_, response) => response.end(other)
  const differs = await failure(world, source)
  assertSays(differs, 'TEMPLATE_INVALID', new RegExp(hash(template)), new RegExp(hash(other)))
  world.answer = (_, response) => response.end(template)
  for (let time = 0; time < 3; time++) assert.is((await load(world, source)).text, template)
  assert.equal(world.asked, ['/x.yaml', '/x.yaml'])
  // A modified copy is not used.
  writeFileSync(path.join(world.root, '.task/templates', hash(template)), other)
  assert.is((await load(world, source)).text, template)
  assert.is(world.asked.length, 3)
})

web.run()

const official = worldly('official templates')
const SPEC = 'official:stable/1.13.9/single-master'
const PLACE = '/downloads.dcos.io/dcos/stable/1.13.9/cloudformation/single-master.cloudformation.json'

function lock(world: World, content: string): void {
  mkdirSync(path.join(world.root, 'templates'), { recursive: true })
  writeFileSync(path.join(world.root, LOCK_FILE), content)
}

official('are never trusted on first use', async (world) => {
  for (const content of [undefined, '{}', `{ "official:stable/single-master": "${hash(template)}" }`]) {
    if (content !== undefined) lock(world, content)
    const refused = await failure(world, SPEC)
    assertSays(
      refused,
      'TEMPLATE_UNREADABLE',
      /not pinned in templates\/official\.lock\.json/,
      /anyone can register/,
    )
    const line = `"${SPEC}": "${hash(template)}"`
    assert.ok(refused.next!.includes(line), refused.next)
    const kept = path.join(world.root, '.task/templates', hash(template))
    assert.ok(refused.next!.includes(kept))
    assert.is(readFileSync(kept, 'utf8'), template)
  }
  assert.equal(world.asked, [PLACE, PLACE, PLACE])
})

official('once pinned are fetched once, and then need no host', async (world) => {
  lock(world, JSON.stringify({ [SPEC]: hash(template) }))
  assert.is((await load(world, SPEC)).text, template)
  await close(world)
  const loaded = await load(world, SPEC)
  assert.equal([loaded.text, loaded.source, world.asked.length], [template, SPEC, 1])
})

official('that do not match the lock file are refused, and not kept', async (world) => {
  lock(world, JSON.stringify({ [SPEC]: hash(template) }))
  world.answer = (_, response) => response.end(other)
  assertSays(
    await failure(world, SPEC),
    'TEMPLATE_INVALID',
    new RegExp(hash(template)),
    new RegExp(hash(other)),
    /official\.lock\.json/,
  )
  assert.not.ok(existsSync(path.join(world.root, '.task')))
})

official('whose host is dead say so, and where to get a copy', async (world) => {
  await close(world)
  const words = [
    /fetched from s3-us-west-2\.amazonaws\.com/,
    /ECONNREFUSED/,
    /template=PATH/,
    /get-template/,
    /2021/,
  ]
  assertSays(await failure(world, SPEC), 'TEMPLATE_UNREADABLE', ...words)
  lock(world, JSON.stringify({ [SPEC]: hash(template) }))
  assertSays(await failure(world, SPEC), 'TEMPLATE_UNREADABLE', ...words, new RegExp(hash(template)))
})

official('that never existed are not requested', async (world) => {
  for (const [source, word] of [
    ['official:stable/single-mastr', /no official setup "single-mastr"\n.*did you mean single-master\?/],
    ['official:stabel/multi-master', /no official channel "stabel"\n.*did you mean stable\?/],
    ['official:earlyaccess/multi-master', /did you mean EarlyAccess\?/],
    ['official:stable/advanced', /no official setup "advanced"\n.*write it as official:</],
    ['official:single-master', /no official channel ""/],
  ] as const) {
    assertSays(await failure(world, source), 'TEMPLATE_UNREADABLE', word)
  }
  assert.equal(world.asked, [])
})

official('are not used with a lock file that cannot be read', async (world) => {
  for (const [content, word] of [
    [`{\n  "${SPEC}": "${hash(template)}",\n}`, /line 3, column 1/],
    [`{ "${SPEC}": "sha256" }`, /is not a sha256/],
    ['[]', /not a JSON object/],
    ['', /./],
  ] as const) {
    lock(world, content)
    assertSays(await failure(world, SPEC), 'TEMPLATE_UNREADABLE', /official\.lock\.json cannot be read/, word)
  }
  assert.equal(world.asked, [])
})

official.run()

const s3 = suite<{ root: string; calls: string[]; read(source: string): Promise<LoadedTemplate> }>(
  'templates from S3',
)

s3.before.each(async (context) => {
  context.root = mkdtempSync(path.join(tmpdir(), 'source-'))
  context.calls = []
  const { requestHandler } = openRehearsal({ folder: context.root, speed: 1000, seed: 1, fail: [] })
  const aws = new Aws({
    region: 'eu-west-1',
    profile: undefined,
    endpoint: undefined,
    handler: requestHandler,
    count: (call) => context.calls.push(call),
  })
  for (const [region, Bucket] of [
    ['eu-west-1', 'ours-here'],
    ['us-west-2', 'ours-abroad'],
  ] as const) {
    const client = new S3Client({
      region,
      requestHandler: requestHandler as never,
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'x' },
    })
    const CreateBucketConfiguration = { LocationConstraint: region }
    await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }))
    await client.send(new PutObjectCommand({ Bucket, Key: 'a folder/dcos#1.yaml', Body: template }))
  }
  context.read = (source) =>
    readTemplate({
      aws,
      cloud: {} as never,
      config: { template: source } as never,
      folders: { root: context.root } as never,
      log: () => {},
      signal: never,
    })
})
s3.after.each(({ root }) => rmSync(root, { recursive: true, force: true }))

s3('are read through the clients of the run, from whichever region they are in', async ({ calls, read }) => {
  assert.is((await read('s3://ours-here/a folder/dcos#1.yaml')).text, template)
  assert.equal(calls, ['s3:GetObject'])
  const loaded = await read('s3://ours-abroad/a folder/dcos#1.yaml')
  assert.equal([loaded.text, loaded.source], [template, 's3://ours-abroad/a folder/dcos#1.yaml'])
  assert.equal(calls, ['s3:GetObject', 's3:GetObject', 's3:GetObject'])
})

s3('that are not there say what is missing', async ({ read }) => {
  for (const [source, word] of [
    ['s3://ours-here/dcos.yaml', /no object dcos\.yaml in the bucket ours-here/],
    ['s3://ours-nowhere/dcos.yaml', /no bucket ours-nowhere/],
    ['s3://ours-here', /it names no object/],
  ] as const) {
    assertSays(await failureOf(read(source)), 'TEMPLATE_UNREADABLE', word)
  }
})

s3('that are pinned are asked for once', async ({ calls, read }) => {
  const source = `s3://ours-here/a folder/dcos#1.yaml#sha256=${hash(template)}`
  for (let time = 0; time < 3; time++) assert.is((await read(source)).text, template)
  assert.equal(calls, ['s3:GetObject'])
  const differs = await failureOf(read(source.replace(hash(template), hash(other))))
  assertSays(differs, 'TEMPLATE_INVALID', new RegExp(hash(template)), new RegExp(hash(other)))
})

s3.run()
