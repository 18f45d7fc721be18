import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clockAt } from '../../tasks/base/clock.ts'
import { type Code, Failure } from '../../tasks/base/failure.ts'
import {
  installCli,
  installedCli,
  judgeLocally,
  storedPlugin,
  storePlugin,
} from '../../tasks/dcos/releases.ts'
import { optional, shared } from '../optional.ts'
import { canMakePrograms, program, standIn } from './stand-in.ts'

const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex')
const cli = standIn(3_000_000)
const sha256 = hash(cli)

interface World {
  folder: string
  at: string
  asked: string[]
  close(): Promise<void>
}
const downloads = suite<World>('dcos/download')

/** Answers by the first word of the path; `asked` counts. */
function answer(world: World, request: http.IncomingMessage, response: http.ServerResponse): void {
  const url = request.url as string
  const times = world.asked.push(url)
  const [word, number] = url.slice(1).split('/')
  const whole = () => response.writeHead(200, { 'content-length': cli.length }).end(cli)
  const half = () =>
    response.writeHead(200, { 'content-length': cli.length }).write(cli.subarray(0, cli.length / 2))
  if (word === 'dcos') return void whole()
  if (word === 'secret')
    return void (request.headers.authorization === `Basic ${btoa('me:pass')}`
      ? whole()
      : response.writeHead(401).end())
  if (word === 'chunked') return void response.end(cli)
  if (word === 'status') return void response.writeHead(Number(number)).end('<html>no</html>')
  if (word === 'flaky') return void (times < 3 ? response.writeHead(503).end() : whole())
  if (word === 'cut') {
    half()
    return void setTimeout(() => response.destroy(), 20)
  }
  if (word === 'cut-once') {
    if (times > 1) return void whole()
    half()
    return void setTimeout(() => response.destroy(), 20)
  }
  if (word === 'stall') return void half()
  if (word === 'silent') return
  if (word === 'slowly') {
    response.writeHead(200, { 'content-length': cli.length })
    let sent = 0
    const timer = setInterval(() => {
      response.write(cli.subarray(sent, sent + 300_000))
      sent += 300_000
      if (sent >= cli.length) response.end()
    }, 30)
    return void response.on('close', () => clearInterval(timer))
  }
  if (word === 'html') return void response.end(`<!doctype html><title>Sign in</title>${'x'.repeat(9000)}`)
  if (word === 'xml')
    return void response.end('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>')
  if (word === 'huge') return void response.writeHead(200, { 'content-length': 600 * 1024 * 1024 }).write(cli)
  if (word === 'endless') {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(4 << 20, 1)));
    }
    response.on('drain', more)
    return void more()
  }
  if (word === 'redirect') {
    const left = Number(number)
    return void response.writeHead(302, { location: left > 1 ? `/redirect/${left - 1}` : '../dcos' }).end()
  }
  if (word === 'to-file') return void response.writeHead(301, { location: 'file:///etc/passwd' }).end()
  response.writeHead(404).end()
}

downloads.before.each(async (world) => {
  world.folder = mkdtempSync(path.join(os.tmpdir(), 'download-'))
  world.asked = []
  const server = http.createServer((request, response) => answer(world, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  world.at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  world.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
})
downloads.after.each(async (world) => {
  await world.close()
  rmSync(world.folder, { recursive: true, force: true })
})

// Slow enough for a busy machine to meet the deadlines, and fast enough to wait for them: 30 s without a byte take 0.15 s.
const clock = clockAt(5)
const fast = clockAt(200)
const options = (more = {}) => ({ signal: new AbortController().signal, clock, ...more })

async function failing(code: Code, promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => assert.unreachable('it succeeded'),
    (thrown) => thrown,
  )
  assert.instance(error, Failure, String(error?.stack ?? error))
  assert.is(error.code, code, `${error.message} — ${error.why}`)
  assert.ok(error.why && error.next)
  return error
}

/** Everything below a folder, so that nothing unfinished can hide. */
const left = (folder: string) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).sort() : []

downloads(
  'from a URL: installed once, checked again each time, fixed without another download where that is enough',
  async ({ at, asked, folder }) => {
    const pin = { url: `${at}/dcos`, sha256: sha256.toUpperCase() }
    assert.is(await installedCli(folder, pin), undefined)
    const steps: [number, number | undefined][] = []
    const installed = await installCli(
      folder,
      pin,
      options({ progress: (done: number, total: number) => steps.push([done, total]) }),
    )
    assert.is(installed.path, path.join(folder, sha256, 'dcos'))
    assert.is(installed.bytes, cli.length)
    assert.is(installed.version, canMakePrograms ? '9.9.9' : process.version)
    assert.is(statSync(installed.path).mode & 0o777, 0o755)
    assert.equal(steps[0], [0, cli.length])
    assert.equal(steps.at(-1), [cli.length, cli.length])
    assert.equal(left(folder), [sha256, `${sha256}/dcos`, `${sha256}/version`])

    assert.equal(await installedCli(folder, pin), installed)
    assert.equal(await installCli(folder, pin, options()), installed)
    chmodSync(installed.path, 0o644)
    assert.is(await installedCli(folder, pin), undefined)
    assert.equal(await installCli(folder, pin, options()), installed)
    assert.is(asked.length, 1)

    // the same size and time, another content
    const { atime, mtime } = statSync(installed.path)
    const spoilt = Buffer.from(cli)
    spoilt.writeUInt8(1 ^ spoilt.readUInt8(spoilt.length - 1), spoilt.length - 1)
    writeFileSync(installed.path, spoilt)
    utimesSync(installed.path, atime, mtime)
    assert.is(await installedCli(folder, pin), undefined)
    assert.equal(await installCli(folder, pin, options()), installed)
    assert.equal(asked, ['/dcos', '/dcos'])
  },
)

downloads('from a path or a file:// URL, with a pin or without one', async ({ asked, folder }) => {
  const file = path.join(folder, 'my dcos #1')
  writeFileSync(file, cli)
  const store = path.join(folder, 'store')
  for (const pin of [{ url: file }, { url: pathToFileURL(file).href, sha256 }, { url: file, sha256 }]) {
    await judgeLocally(pin, store)
    assert.is((await installCli(store, pin, options())).sha256, sha256)
    assert.ok(await installedCli(store, pin))
  }
  // A pinned file that is installed no longer needs its source; one without a pin does, because it is unknown which file it was.
  rmSync(file)
  await judgeLocally({ url: file, sha256 }, store)
  assert.ok(await installedCli(store, { url: file, sha256 }))
  assert.is(await installedCli(store, { url: file }), undefined)
  await failing('CLI_UNAVAILABLE', judgeLocally({ url: file }, store))
  assert.equal(asked, [])
})

downloads(
  'checked without a download: the form of the hash, a missing pin, a local file that is not the CLI',
  async ({ at, asked, folder }) => {
    const file = (name: string, data: string | Buffer) => {
      writeFileSync(path.join(folder, name), data)
      return path.join(folder, name)
    }
    const form = await failing('CLI_HASH', judgeLocally({ url: `${at}/dcos`, sha256: 'abc' }))
    assert.match(form.why as string, '"abc"')
    assert.match((await failing('CLI_HASH', judgeLocally({ url: `${at}/dcos` }))).message, 'not pinned')
    await failing('CLI_HASH', installCli(path.join(folder, 'store'), { url: `${at}/dcos` }, options()))
    await judgeLocally({ url: `${at}/dcos`, sha256 })

    const missing = await failing('CLI_UNAVAILABLE', judgeLocally({ url: path.join(folder, 'none') }))
    assert.match(missing.why as string, 'ENOENT')
    assert.match(missing.next as string, 'cli.url')
    assert.match(
      (await failing('CLI_UNAVAILABLE', judgeLocally({ url: folder }))).why as string,
      'not a file',
    )
    await failing('CLI_UNAVAILABLE', judgeLocally({ url: 's3://bucket/dcos', sha256 }))

    const script = await failing(
      'CLI_NOT_EXECUTABLE',
      judgeLocally({ url: file('script', '#!/bin/sh\necho dcos\n') }),
    )
    assert.match(script.why as string, 'a script')
    const binary = file('dcos', cli)
    const linux = { platform: 'linux', arch: 'arm64' } as const
    if (canMakePrograms) {
      const other = await failing(
        'CLI_NOT_EXECUTABLE',
        judgeLocally({ url: binary }, undefined, 'cli', linux),
      )
      assert.is(other.why, 'it is built for x64, and this machine is arm64')
    }
    const wrong = await failing('CLI_HASH', judgeLocally({ url: binary, sha256: '0'.repeat(64) }))
    assert.match(wrong.why as string, `expected ${'0'.repeat(64)}, got ${sha256}`)
    assert.equal(asked, [])
  },
)

downloads('temporary failures are retried, others are not', async (world) => {
  const { at, asked, folder } = world
  for (const [way, tries] of [
    ['chunked', 1],
    ['flaky', 3],
    ['cut-once', 2],
    ['redirect/5', 6],
    ['slowly', 1],
  ] as const) {
    asked.length = 0
    const place = path.join(folder, way.replace('/', '-'))
    assert.is((await installCli(place, { url: `${at}/${way}`, sha256 }, options())).sha256, sha256, way)
    assert.is(asked.length, tries, way)
  }
  for (const [way, tries, why] of [
    ['status/404', 1, 'HTTP 404 Not Found'],
    ['status/403', 1, 'HTTP 403 Forbidden'],
    ['status/500', 4, 'HTTP 500 Internal Server Error (4 tries)'],
    ['cut', 4, '(4 tries)'],
    ['stall', 4, 'no data for 30 s (4 tries)'],
    ['silent', 4, 'no data for 30 s (4 tries)'],
    ['html', 1, 'the server sent an HTML page: "Sign in"'],
    ['xml', 1, 'the server sent an XML document: "AccessDenied"'],
    ['huge', 1, 'larger than 500 MB'],
    ['redirect/6', 6, 'more than 5 redirects'],
    ['to-file', 1, 'not http(s)'],
  ] as const) {
    asked.length = 0
    const failure = await failing(
      'CLI_UNAVAILABLE',
      installCli(folder, { url: `${at}/${way}`, sha256 }, options({ clock: fast })),
    )
    assert.match(failure.message, `${at}/${way}`)
    assert.match(failure.why as string, why)
    assert.match(failure.next as string, 'cli.url')
    assert.is(asked.length, tries, way)
    assert.equal(left(path.join(folder, sha256)), [], way)
  }
})

downloads('a server that never stops is stopped', async ({ at, folder }) => {
  const most = 20 * 1024 * 1024
  const running = installCli(folder, { url: `${at}/endless`, sha256 }, options({ most }))
  assert.match((await failing('CLI_UNAVAILABLE', running)).why as string, 'larger than 20 MB')
  assert.equal(left(folder), [])
})

downloads(
  'refused connection, unknown host: the key to set, and no secret of the URL',
  async ({ close, at, folder }) => {
    await close()
    const url = `${at.replace('//', '//me:secret@')}/dcos?X-Amz-Signature=abc`
    const failure = await failing('CLI_UNAVAILABLE', installCli(folder, { url, sha256 }, options()))
    assert.match(failure.why as string, 'ECONNREFUSED')
    assert.not.match(JSON.stringify(failure) + failure.message, /secret|abc/)
    const send = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND downloads.dcos.io'), { code: 'ENOTFOUND' })
    }
    const dead = await failing(
      'CLI_UNAVAILABLE',
      installCli(folder, { url: 'https://downloads.dcos.io/cli/dcos', sha256 }, options({ send })),
    )
    assert.match(dead.why as string, /ENOTFOUND downloads\.dcos\.io; the vendor closed its downloads/)
  },
)

downloads('user and password of a URL reach its server', async ({ at, folder }) => {
  await installCli(folder, { url: `${at.replace('//', '//me:pass@')}/secret`, sha256 }, options())
})

downloads('a wrong hash is refused, and nothing is left', async ({ at, folder }) => {
  const wrong = 'f'.repeat(64)
  const failure = await failing(
    'CLI_HASH',
    installCli(folder, { url: `${at}/dcos`, sha256: wrong }, options()),
  )
  assert.match(failure.why as string, `expected ${wrong}, got ${sha256} (${cli.length} bytes`)
  assert.equal(left(folder), [])
})

downloads(
  'an interruption ends it at once, with its own reason, and leaves nothing unfinished',
  async ({ at, folder }) => {
    const stop = new AbortController()
    const reason = new Failure('INTERRUPTED', { message: 'interrupted' })
    const running = installCli(
      folder,
      { url: `${at}/stall`, sha256 },
      options({
        signal: stop.signal,
        clock: clockAt(1),
        progress: (bytes: number) => bytes > 0 && stop.abort(reason),
      }),
    )
    assert.is(await running.catch((error) => error), reason)
    assert.equal(left(folder), [])
  },
)

downloads('a failure of the disk is DISK', async ({ at, folder }) => {
  writeFileSync(path.join(folder, 'store'), 'a file')
  const failure = await failing(
    'DISK',
    installCli(path.join(folder, 'store'), { url: `${at}/dcos`, sha256 }, options()),
  )
  assert.match(failure.message, path.join(folder, 'store'))
})

optional(
  downloads,
  canMakePrograms ? [] : ['a Linux machine with x86-64'],
  'a binary that does not answer --version is not installed',
  async ({ folder }) => {
    for (const [binary, why] of [
      [program('oh\n', 3), '--version ended with status 3'],
      [program('', 0), '--version ended with status 0'],
      [program('', -1), '--version did not end within 10 s'],
      [cli.subarray(0, 100), '--version ended with status 126'],
    ] as const) {
      const file = path.join(folder, 'binary')
      writeFileSync(file, binary)
      await judgeLocally({ url: file })
      const failure = await failing(
        'CLI_NOT_EXECUTABLE',
        installCli(path.join(folder, 'store'), { url: file }, options({ clock: clockAt(20) })),
      )
      assert.match(failure.why as string, why)
      assert.equal(
        left(path.join(folder, 'store', hash(binary))).filter((name) => name !== 'version'),
        [],
      )
    }
  },
)

downloads('plugins: a zip, stored in the same way', async ({ at, folder, asked }) => {
  const zip = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), Buffer.alloc(200, 1)])
  const file = path.join(folder, 'plugin')
  writeFileSync(file, zip)
  const stored = await storePlugin(folder, { url: file, sha256: hash(zip) }, options())
  assert.equal(stored, {
    path: path.join(folder, hash(zip), 'plugin.zip'),
    sha256: hash(zip),
    bytes: zip.length,
  })
  assert.equal(await storedPlugin(folder, { url: file }), stored)
  const failure = await failing(
    'CLI_UNAVAILABLE',
    storePlugin(folder, { url: `${at}/dcos`, sha256 }, options()),
  )
  assert.match(failure.why as string, 'not a zip archive')
  assert.match(failure.next as string, 'cli.plugins')
  await failing('CLI_HASH', judgeLocally({ url: `${at}/plugin.zip` }, folder, 'plugin'))
  assert.is(asked.length, 1)
})

/** Installs in a process of its own. */
async function installer(folder: string): Promise<(url: string, store: string) => ReturnType<typeof spawn>> {
  const script = path.join(folder, 'installer.mjs')
  const contents = `import { installCli } from './tasks/dcos/releases.ts'
    const [url, sha256, store] = process.argv.slice(2)
    await installCli(store, { url, sha256 }, { signal: new AbortController().signal })`
  await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    banner: {
      js: "import { createRequire as forRequire } from 'node:module'; const require = forRequire(import.meta.url);",
    },
  })
  return (url, store) =>
    spawn(process.execPath, [script, url, sha256, store], { stdio: ['ignore', 'ignore', 'inherit'] })
}

downloads(
  'parallel processes download once; another takes over from one that is killed',
  async ({ at, asked, folder }) => {
    const start = await installer(folder)
    const store = path.join(folder, 'store')
    mkdirSync(store)
    const ended = (child: ReturnType<typeof start>) => new Promise((resolve) => child.on('close', resolve))
    const killed = start(`${at}/stall`, store)
    const gone = ended(killed)
    for (let waited = 0; asked.length === 0 && waited < 5_000; waited += 20) await sleep(20)
    await sleep(50)
    killed.kill('SIGKILL')
    await gone
    assert.ok(
      left(store).some((name) => name.endsWith('.part')),
      'the killed one left its draft',
    )

    const children = Array.from({ length: 4 }, () => ended(start(`${at}/slowly`, store)))
    assert.equal(await Promise.all(children), [0, 0, 0, 0])
    assert.equal(asked, ['/stall', '/slowly'])
    assert.equal(left(store), [sha256, `${sha256}/dcos`, `${sha256}/version`])
    assert.is(hash(readFileSync(path.join(store, sha256, 'dcos'))), sha256)
  },
)

const realCli = path.join(shared, 'real', 'dcos')
optional(downloads, [realCli], 'the real dcos CLI installs', async ({ folder }) => {
  const pin = {
    url: pathToFileURL(realCli).href,
    sha256: 'f4fcd06439aaf01e032bb2df877c22e8c38d7bed6ad7049523d04b3ef38ca7a2',
  }
  await judgeLocally(pin)
  const installed = await installCli(folder, pin, options())
  assert.is(installed.version, '1.2.0')
  assert.equal(await installedCli(folder, pin), installed)
  assert.equal(left(folder), [pin.sha256, `${pin.sha256}/dcos`, `${pin.sha256}/version`])
})

downloads.run()
