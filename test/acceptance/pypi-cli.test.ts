import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optional } from '../optional.ts'
import { Project, type Ran } from './project.ts'

// dcoscli 0.6.1 from PyPI, which the default config installs. Needs Python and access to PyPI.

const test = suite('the dcos CLI of PyPI')
const fast = 'rehearsal.speed=500'
const outright = 'cli.url=pypi:dcoscli==0.6.1'
/** Nothing listens there (discard, RFC 863). */
const noNetwork = { PIP_INDEX_URL: 'http://127.0.0.1:9/', UV_DEFAULT_INDEX: 'http://127.0.0.1:9/' }
/** How this machine reaches PyPI. */
const network = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => /^(PIP_|SSL_CERT_)/.test(name) || /^(HTTPS?|NO)_PROXY$/i.test(name),
  ),
) as Record<string, string>

function sayOf(program: string, ...words: string[]): string {
  return spawnSync(program, words, { encoding: 'utf8' }).stdout?.trim() ?? ''
}
const python = sayOf('python3', '-c', 'import ensurepip, sys; print(sys.executable)') || 'python3 with venv'
const uv =
  [path.resolve(process.env.CI_TOOLS || '.task/ci', 'bin/uv'), sayOf('sh', '-c', 'command -v uv')].find(
    existsSync,
  ) ?? 'uv'

const bins = mkdtempSync(path.join(tmpdir(), 'pypi-bin-'))
const projects: Project[] = []

/** A PATH with only these programs, each a script. */
function bin(name: string, programs: Record<string, string>): string {
  const folder = path.join(bins, name)
  mkdirSync(folder)
  for (const [program, lines] of Object.entries(programs))
    writeFileSync(path.join(folder, program), `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
  return folder
}
const withPython = bin('python', { python3: `exec '${python}' "$@"` })
const withUv = bin('uv', { python3: `exec '${python}' "$@"`, uv: `exec '${uv}' "$@"` })
const empty = bin('empty', {})

class Checkout extends Project {
  constructor() {
    super(process.execPath, 'auto')
    projects.push(this)
  }
  on(PATH: string, ...args: string[]): Promise<Ran> {
    return this.run(args, { environment: { ...network, PATH } })
  }
  /** The folders that contain an environment. */
  environments(): string[] {
    const places = existsSync(this.path('.task/cli')) ? readdirSync(this.path('.task/cli')) : []
    return places.flatMap((place) =>
      readdirSync(this.path('.task/cli', place)).filter((name) => name.startsWith('python-')),
    )
  }
}

function said(ran: Ran): string {
  return ran.stdout + ran.stderr
}
function failure(ran: Ran) {
  const event = ran.events.find((one) => one.event === 'fail')
  return event && 'code' in event ? [event.code, `${event.message} ${event.cause} ${event.next}`] : []
}

const real = (name: string, body: () => Promise<void>) => optional(test, [python], name, body)

/** Uses the installed dcoscli on a running cluster; then a rerun that makes no request. */
async function works(project: Checkout): Promise<void> {
  const dcos = async (...words: string[]) => {
    const ran = await project.on(empty, 'dcos', fast, '--', ...words)
    assert.is(ran.code, 0, said(ran))
    return ran.stdout
  }
  assert.match(await dcos('--version'), /^dcoscli\.version=0\.6\.1\ndcos\.version=2\.2\.1\n/)
  const [cluster, ...others] = JSON.parse(await dcos('cluster', 'list', '--json'))
  assert.equal([cluster.attached, cluster.status, cluster.name, others], [true, 'AVAILABLE', 'dcos', []])
  const app = JSON.stringify({ id: '/web', cmd: 'sleep 100', cpus: 0.1, mem: 32 })
  const added = await project.run(['dcos', fast, '--', 'marathon', 'app', 'add'], { input: app })
  assert.match(added.stdout, /^Created deployment /, said(added))
  assert.match(await dcos('marathon', 'app', 'list'), /\/web +32 +0\.1 /)
  await dcos('marathon', 'app', 'remove', '/web')
  const again = await project.run(['bootstrap', '--json', fast], {
    environment: { PATH: empty, ...noNetwork },
  })
  assert.equal([again.code, again.end.ran], [0, []], said(again))
  assert.equal(readdirSync(project.home), [], "nothing is in the user's home")
}

real(
  'with pip: installed next to the stack, used, shared, and found again without Python or network',
  async () => {
    const project = new Checkout()
    const up = await project.on(withPython, 'bootstrap', '--json', fast)
    assert.is(up.code, 0, said(up))
    assert.equal([...up.end.ran].sort(), [
      'cli-config',
      'cli-install',
      'keypair',
      'preflight',
      'stack',
      'wait',
    ])
    await works(project)
    const other = await project.on(empty, 'bootstrap', '--json', fast, 'cluster.name=other')
    assert.equal([other.code, other.end.ran.includes('cli-install')], [0, false], said(other))

    const before = project.environments()
    const forced = await project.on(empty, 'cli-install', '--force', '--json')
    assert.equal([forced.code, project.environments()], [0, before], said(forced))
    // One that does not run is replaced; until then it is the installed one.
    const [place] = readdirSync(project.path('.task/cli'))
    rmSync(project.path('.task/cli', place!, before[0]!, 'dcos.py'))
    const broken = await project.on(empty, 'cli-install', '--force', '--json', outright)
    assert.equal([broken.code, failure(broken)[0], project.environments()], [1, 'CLI_UNAVAILABLE', before])
    const replaced = await project.on(withPython, 'cli-install', '--force', '--json')
    assert.is(replaced.code, 0, said(replaced))
    assert.equal([project.environments().length, project.environments()[0] === before[0]], [1, false])
    await works(project)

    const cleaned = await project.on(empty, 'destroy', '--yes', fast)
    assert.is(cleaned.code, 0, said(cleaned))
    await project.on(empty, 'destroy', '--yes', fast, 'cluster.name=other')
    assert.is((await project.on(empty, 'clean', fast)).code, 0)
    assert.not.ok(existsSync(project.path('.task/cli')))
  },
)

optional(test, [python, uv], 'with uv: the same, faster', async () => {
  const project = new Checkout()
  const up = await project.on(withUv, 'bootstrap', '--json', fast)
  assert.is(up.code, 0, said(up))
  assert.match(said(up), /uv installs its packages/)
  assert.not.match(said(up), /pip of Python/)
  await works(project)
})

real(
  'without Python: the built-in client, with a message; an error if dcoscli was requested explicitly',
  async () => {
    const project = new Checkout()
    const up = await project.on(empty, 'bootstrap', fast)
    assert.is(up.code, 0, said(up))
    assert.match(
      said(up),
      /built-in client: .*no python3 on the PATH \(npx task cli-install.* --force tries again\)/,
    )
    const again = await project.on(withPython, 'bootstrap', '--json', fast)
    assert.equal([again.code, again.end.ran], [0, []], said(again))
    const apps = await project.on(empty, 'dcos', fast, '--', 'marathon', 'app', 'list')
    assert.match(said(apps), /built-in client/)
    const asked = await project.on(empty, 'cli-install', '--json', outright)
    assert.equal([asked.code, failure(asked)[0]], [1, 'CLI_UNAVAILABLE'], said(asked))
    const forced = await project.on(withPython, 'cli-install', '--force', '--json')
    assert.equal([forced.code, project.environments().length], [0, 1], said(forced))
    await works(project)
  },
)

real(
  'a Python that is too old or cannot create an environment is named, with the package to install',
  async () => {
    const project = new Checkout()
    const old = bin('old', { python3: `echo '{"version": [3, 7, 16], "executable": "/usr/bin/python3"}'` })
    const without = `import runpy, sys; sys.modules["ensurepip"] = None; runpy.run_path(sys.argv[1])`
    const split = bin('split', { python3: `shift 2; exec '${python}' -I -B -c '${without}' "$@"` })
    const [code, text] = failure(await project.on(old, 'cli-install', '--json', outright))
    assert.is(code, 'CLI_UNAVAILABLE')
    assert.match(text!, '/usr/bin/python3 is Python 3.7')
    const doctor = await project.on(old, 'doctor', outright)
    assert.equal([doctor.code, /is Python 3\.7/.test(said(doctor))], [1, true], said(doctor))
    const [other, words] = failure(await project.on(split, 'cli-install', '--json', outright))
    assert.is(other, 'CLI_UNAVAILABLE')
    assert.match(words!, /no module ensurepip .*apt-get install python3-venv/)
    const warned = await project.on(split, 'doctor')
    assert.equal([warned.code, /python3-venv/.test(said(warned))], [0, true], said(warned))
    const auto = await project.on(split, 'cli-install')
    assert.equal([auto.code, /built-in client: .*ensurepip/.test(said(auto))], [0, true], said(auto))
  },
)

for (const [tool, search] of [
  ['pip', withPython],
  ['uv', withUv],
] as const) {
  const needs = tool === 'uv' ? [python, uv] : [python]
  optional(
    test,
    needs,
    `without a network ${tool} gives up after seconds; a rerun does not try`,
    async () => {
      const project = new Checkout()
      const run = (...args: string[]) =>
        project.run(args, { environment: { ...network, ...noNetwork, PATH: search } })
      const auto = await run('cli-install')
      assert.is(auto.code, 0, said(auto))
      assert.match(said(auto), /built-in client: the packages of dcoscli 0\.6\.1 cannot be fetched from PyPI/)
      assert.ok(auto.ms < 20_000, `${auto.ms} ms`)
      const again = await run('cli-install', '--json')
      assert.equal([again.code, again.end.ran], [0, []])
      const asked = await run('cli-install', '--json', outright)
      assert.equal([asked.code, failure(asked)[0], project.environments()], [1, 'CLI_UNAVAILABLE', []])
    },
  )

  optional(test, needs, `with ${tool} a package with another hash is not installed`, async () => {
    const project = new Checkout()
    const lock = project.path('tasks/dcos/pypi/wheels.lock.txt')
    const text = readFileSync(lock, 'utf8')
    const hash = /^six==.*\n +--hash=sha256:(\w+)/m.exec(text)![1]!
    writeFileSync(lock, text.replace(hash, '0'.repeat(64)))
    const asked = await project.on(search, 'cli-install', '--json', outright)
    const [code, words] = failure(asked)
    assert.equal([asked.code, code, project.environments()], [1, 'CLI_HASH', []], said(asked))
    assert.match(words!, `six==1.17.0: expected ${'0'.repeat(64)}, got ${hash}`)
    const auto = await project.on(search, 'cli-install')
    assert.equal([auto.code, /built-in client: .*sha256/.test(said(auto))], [0, true], said(auto))
    assert.equal((await project.on(search, 'cli-install', '--json')).end.ran, [])
  })
}

real('killed at any moment it leaves nothing that would be used, and the next run installs it', async () => {
  const project = new Checkout()
  for (const killAfter of [1_000, 4_000, 9_000]) {
    const killed = await project.run(['cli-install'], {
      environment: { ...network, PATH: withPython },
      killAfter,
    })
    assert.is(killed.signal, 'SIGKILL', said(killed))
    const status = await project.on(empty, 'cli-install', '--dry-run', '--json')
    assert.is(status.events.filter((event) => event.event === 'done').length, 0, said(status))
    assert.match(said(status), 'is not installed')
  }
  const whole = await project.on(withPython, 'cli-install', '--json')
  assert.equal([whole.code, whole.end.ran], [0, ['cli-install']], said(whole))
  assert.is((await project.on(withPython, 'cli-install', '--force')).code, 0)
  assert.is(project.environments().length, 1)
})

real('an interrupted run ends its child processes', async () => {
  const project = new Checkout()
  const child = project.start(['cli-install'], { environment: { ...network, PATH: withPython } })
  let seen = ''
  await new Promise<void>((resolve) =>
    child.stdout!.on('data', (chunk) => {
      seen += chunk
      if (seen.includes('pip of Python')) setTimeout(resolve, 1_500)
    }),
  )
  child.kill('SIGINT')
  const code = await new Promise((resolve) => child.on('close', resolve))
  assert.is(code, 130, seen)
  const real = realpathSync(project.folder)
  const left = sayOf('ps', '-eo', 'args')
    .split('\n')
    .filter((line) => line.includes(real))
  assert.equal(left, [])
  assert.equal(project.environments(), [])
})

test.after(() => {
  for (const project of projects) project.remove()
  rmSync(bins, { recursive: true, force: true })
})

test.run()
