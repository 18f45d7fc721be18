import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clockAt, realClock } from '../../tasks/base/clock.ts'
import { askCli, askVersion } from '../../tasks/dcos/command.ts'
import { optional } from '../optional.ts'
import { canMakePrograms, program } from './stand-in.ts'

// A shell stands in for the CLI: it can print its arguments.
const SHELL = '/bin/sh'
const commands = suite<{ folder: string; script: string }>('dcos/command')

// Runs a command as `task dcos` does: its stdout holds only the command's output.
const runner = `import { runCli } from './tasks/dcos/command.ts'
  import { clockAt } from './tasks/base/clock.ts'
  const [home, ...words] = process.argv.slice(2)
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => stop.abort(new Error(name)))
  const options = { environment: process.env, signal: stop.signal, clock: clockAt(30) }
  process.exit(await runCli('${SHELL}', home, words, options))`

commands.before(async (context) => {
  context.folder = mkdtempSync(path.join(os.tmpdir(), 'command-'))
  context.script = path.join(context.folder, 'runner.mjs')
  await build({
    stdin: { contents: runner, resolveDir: process.cwd(), loader: 'ts' },
    outfile: context.script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    banner: {
      js: "import { createRequire as forRequire } from 'node:module'; const require = forRequire(import.meta.url);",
    },
  })
})
commands.after((context) => rmSync(context.folder, { recursive: true, force: true }))

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

function run(
  script: string,
  words: string[],
  environment = {},
  started?: (child: ChildProcess) => void,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...words], { env: { ...process.env, ...environment } })
    const ended: Ended = { code: null, stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => {
      ended.stdout += chunk
      started?.(child)
    })
    child.stderr.on('data', (chunk) => {
      ended.stderr += chunk
    })
    child.stdin.end('from stdin\n')
    child.on('close', (code) => resolve({ ...ended, code }))
  })
}

commands(
  "the terminal is the command's own: stdin, stdout, stderr, unchanged arguments, and the exit status",
  async ({ folder, script }) => {
    const words = ["it's", '$HOME', 'a b', '', '*', '-x', 'line\nbreak', '\\', '"']
    const say = 'read line; echo "$line"; echo "$HOME"; printf "<%s>" "$@"; echo trouble >&2; exit 7'
    const zx = { ZX_VERBOSE: 'true', ZX_PREFIX: 'echo zx;' }
    const ended = await run(script, [folder, '-c', say, 'sh', ...words], zx)
    assert.is(ended.stdout, `from stdin\n${folder}\n${words.map((word) => `<${word}>`).join('')}`)
    assert.is(ended.stderr, 'trouble\n')
    assert.is(ended.code, 7)
  },
)

commands(
  'no setting of the user leads it out of its HOME; it gets the others',
  async ({ folder, script }) => {
    const settings = {
      DCOS_DIR: '/else',
      DCOS_CLUSTER: 'x',
      DCOS_URL: 'http://x',
      DCOS_ACS_TOKEN: 'x',
      DCOS_TIMEOUT: '3',
    }
    const { stdout } = await run(script, [folder, '-c', 'env'], settings)
    assert.equal(
      stdout.split('\n').filter((line) => line.startsWith('DCOS_')),
      ['DCOS_TIMEOUT=3'],
    )
    assert.match(stdout, `PATH=${process.env.PATH}`)
  },
)

commands('a command that dies by a signal ends with 128 and its number', async ({ folder, script }) => {
  assert.is((await run(script, [folder, '-c', 'kill -KILL $$'])).code, 137)
  assert.is((await run(script, [folder, '-c', 'kill -INT $$'])).code, 130)
})

commands(
  'interrupted alone, it gives the command a moment, then ends it and its children',
  async ({ folder, script }) => {
    const long = 'sleep 60 & echo started; wait; exec sleep 60'
    const start = performance.now()
    const ended = await run(script, [folder, '-c', long], {}, (child) => child.kill('SIGTERM'))
    assert.is(ended.code, 143)
    assert.ok(performance.now() - start < 5_000)
    // one that cleans up in that moment exits normally
    const tidy = 'echo started; read line; read line; exit 5'
    const own = await run(script, [folder, '-c', tidy], {}, (child) => child.kill('SIGTERM'))
    assert.is(own.code, 5)
  },
)

commands(
  'in the background, it sees no terminal, no stdin, no program and little of the environment',
  async ({ folder }) => {
    const signal = new AbortController().signal
    const options = {
      clock: realClock,
      signal,
      deadline: 5_000,
      environment: { HTTPS_PROXY: 'p', AWS_SECRET_ACCESS_KEY: 's' },
      settings: { A: 'b' },
    }
    const answer = await askCli(
      SHELL,
      folder,
      [
        '-c',
        'read x || echo closed; echo "$HOME $PATH $HTTPS_PROXY $A [$AWS_SECRET_ACCESS_KEY]"; ls; exit 3',
      ],
      options,
    )
    assert.is(answer.stdout, `closed\n${folder} /dev/null p b []\n`)
    assert.match(answer.stderr, 'ls')
    assert.is(answer.code, 3)
    assert.is((await askCli(path.join(folder, 'none'), folder, [], options)).code, 127)
    assert.is((await askCli(folder, folder, [], options)).code, 126)
  },
)

commands('in the background, it has to answer in time, and an interruption ends it', async ({ folder }) => {
  const options = { clock: clockAt(100), signal: new AbortController().signal }
  const start = performance.now()
  const late = await askCli(SHELL, folder, ['-c', 'while :; do :; done'], { ...options, deadline: 10_000 })
  assert.ok(late.late)
  assert.ok(performance.now() - start < 2_000)
  const stop = new AbortController()
  const reason = new Error('interrupted')
  const running = askCli(SHELL, folder, ['-c', 'while :; do :; done'], {
    clock: realClock,
    signal: stop.signal,
    deadline: 60_000,
  })
  setTimeout(() => stop.abort(reason), 50)
  assert.is(await running.catch((error) => error), reason)
  assert.equal(await askVersion(process.execPath, folder, { ...options, clock: realClock }), {
    version: process.version,
  })
})

optional(
  commands,
  canMakePrograms ? [] : ['a Linux machine with x86-64'],
  'a binary that is still open for writing is run again',
  async ({ folder }) => {
    const file = path.join(folder, 'dcos')
    writeFileSync(file, program('dcoscli.version=9.9.9\n', 0), { mode: 0o755 })
    const descriptor = openSync(file, 'r+')
    setTimeout(() => closeSync(descriptor), 70)
    const options = { clock: realClock, signal: new AbortController().signal }
    assert.equal(await askVersion(file, folder, options), { version: '9.9.9' })
  },
)

commands.run()
