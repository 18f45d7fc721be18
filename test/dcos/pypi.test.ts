import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cliSource, insteadOf } from '../../tasks/cluster/cli.ts'
import { choose, findInstalled, readNote, sweep, writeNote } from '../../tasks/dcos/pypi/environment.ts'
import { isForPipAlone } from '../../tasks/dcos/pypi/index.ts'
import { noPython, onPath } from '../../tasks/dcos/pypi/python.ts'
import { LOCKED_VERSION, readRecipe, SOURCES, WHEELS } from '../../tasks/dcos/pypi/recipe.ts'
import { installRefused } from '../../tasks/dcos/pypi/refusal.ts'
import { toolEnvironment } from '../../tasks/dcos/pypi/tool.ts'

const pypi = suite<{ folder: string }>('dcos/pypi')

pypi.before.each((world) => {
  world.folder = mkdtempSync(path.join(tmpdir(), 'pypi-'))
})
pypi.after.each((world) => rmSync(world.folder, { recursive: true, force: true }))

pypi('what cli.url means', () => {
  assert.is(cliSource('auto'), 'pypi or built-in')
  assert.is(cliSource(`pypi:dcoscli==${LOCKED_VERSION}`), 'pypi')
  assert.is(cliSource('built-in'), 'built-in')
  for (const file of ['/bin/dcos', 'https://a.example/dcos', 'file:///auto'])
    assert.is(cliSource(file), 'file')
  assert.match(insteadOf('no Python'), 'npx task cli-install --force')
})

pypi('the lock pins every package by one version per Python and by hashes only', async () => {
  const names: string[] = []
  for (const file of [WHEELS, SOURCES]) {
    const text = readFileSync(`tasks/dcos/pypi/${file}`, 'utf8').replace(/^#.*\n/gm, '')
    assert.not.match(text, /https?:/, 'no index is named')
    for (const entry of text.replaceAll('\\\n', ' ').trim().split('\n')) {
      const form =
        /^([a-z0-9-]+)==[\w.]+(?: ; python_version (<|>=) "3\.\d+")? +(--hash=sha256:[0-9a-f]{64} *)+$/
      assert.match(entry, form)
      names.push(entry.replace(/ +--hash.*/, ''))
    }
  }
  assert.ok(names.includes(`dcoscli==${LOCKED_VERSION}`) && names.includes(`dcos==${LOCKED_VERSION}`))
  assert.is(new Set(names).size, names.length)
})

pypi('a changed lock or launcher means another environment', async ({ folder }) => {
  const copy = path.join(folder, 'tasks/dcos/pypi')
  cpSync('tasks/dcos/pypi', copy, { recursive: true })
  const { digest } = await readRecipe(process.cwd())
  assert.is((await readRecipe(folder)).digest, digest)
  for (const name of [WHEELS, SOURCES, 'dcos.py', 'dcos.sh']) {
    writeFileSync(path.join(copy, name), `${readFileSync(path.join(copy, name), 'utf8')}#\n`)
    assert.is.not((await readRecipe(folder)).digest, digest, name)
    cpSync('tasks/dcos/pypi', copy, { recursive: true })
  }
})

/** What an installation leaves, with its Python in another folder. */
function environment(place: string, name: string, python: string): string {
  const target = path.join(place, name)
  mkdirSync(path.join(target, 'bin'), { recursive: true })
  writeFileSync(python, '')
  symlinkSync(python, path.join(target, 'bin/python3'))
  writeFileSync(path.join(target, 'pyvenv.cfg'), 'home = /usr/bin\nversion_info = 3.11.7\n')
  writeFileSync(path.join(target, 'dcos'), '')
  chmodSync(path.join(target, 'dcos'), 0o755)
  return target
}

pypi('an environment counts once it is chosen; then the others are removed', async ({ folder }) => {
  const python = path.join(folder, 'python3.11')
  const first = environment(folder, 'python-1', python)
  assert.is(await findInstalled(folder), undefined, 'incomplete')
  await writeNote(folder, 'no network')
  assert.is(await readNote(folder), 'no network')

  const chosen = { path: path.join(first, 'dcos'), version: '0.6.1', python: '3.11' }
  assert.equal(await choose(folder, first, '0.6.1'), chosen)
  assert.equal(await findInstalled(folder), chosen)
  assert.is(await readNote(folder), undefined)

  const second = environment(folder, 'python-2', python)
  assert.equal(await findInstalled(folder), chosen, 'until another is chosen')
  await sweep(folder)
  assert.equal(readdirSync(folder).sort(), ['installed.json', 'python-1', 'python3.11'])
  environment(folder, 'python-2', python)
  assert.is((await choose(folder, second, '0.6.1')).path, path.join(second, 'dcos'))
  assert.equal(readdirSync(folder).sort(), ['installed.json', 'python-2', 'python3.11'])
})

pypi(
  'an environment whose Python is gone, or is another minor version, does not count',
  async ({ folder }) => {
    const python = path.join(folder, 'python3.11')
    const target = environment(folder, 'python-1', python)
    await choose(folder, target, '0.6.1')
    rmSync(python)
    assert.is(await findInstalled(folder), undefined)
    writeFileSync(path.join(folder, 'python3.12'), '')
    symlinkSync('python3.12', python)
    assert.is(await findInstalled(folder), undefined)
    rmSync(python)
    mkdirSync(path.join(folder, 'newer-patch'))
    writeFileSync(path.join(folder, 'newer-patch/python3.11'), '')
    symlinkSync('newer-patch/python3.11', python)
    assert.is((await findInstalled(folder))?.python, '3.11')
    for (const torn of ['', '{', 'null', '[]', '{"name":"python-1"}']) {
      writeFileSync(path.join(folder, 'installed.json'), torn)
      assert.is(await findInstalled(folder), undefined, torn)
    }
  },
)

pypi('pip and uv see the settings of the index, and nothing that leads them elsewhere', () => {
  const kept = {
    PATH: '/bin',
    HOME: '/home/me',
    HTTPS_PROXY: 'http://proxy:1',
    SSL_CERT_FILE: '/ca.pem',
    PIP_INDEX_URL: 'https://mirror.example/simple',
    PIP_EXTRA_INDEX_URL: 'https://other.example/simple',
    PIP_CONFIG_FILE: '/my/pip.conf',
    PIP_CERT: '/ca.pem',
    PIP_TRUSTED_HOST: 'mirror.example',
    UV_DEFAULT_INDEX: 'https://mirror.example/simple',
    UV_INDEX_COMPANY_USERNAME: 'me',
    UV_NATIVE_TLS: 'true',
  }
  const dropped = {
    PYTHONPATH: '/mine',
    PYTHONHOME: '/mine',
    PIP_TARGET: '/elsewhere',
    PIP_CACHE_DIR: '/cache',
    PIP_LOG: '/log',
    PIP_USER: '1',
    UV_CACHE_DIR: '/cache',
    UV_PROJECT_ENVIRONMENT: '/elsewhere',
    VIRTUAL_ENV: '/venv',
    SETUPTOOLS_USE_DISTUTILS: 'stdlib',
  }
  const seen = toolEnvironment({ ...kept, ...dropped }, '/scratch')
  for (const [name, value] of Object.entries(kept)) assert.is(seen[name], value, name)
  for (const [name, value] of Object.entries(dropped)) assert.is.not(seen[name], value, name)
  assert.equal([seen.TMPDIR, seen.UV_CACHE_DIR, seen.PYTHONNOUSERSITE], ['/scratch', '/scratch/uv', '1'])
})

pypi('uv is not used if only pip has an index configured', async ({ folder }) => {
  const none = { HOME: folder }
  assert.is(await isForPipAlone(none), false)
  assert.is(await isForPipAlone({ ...none, PIP_INDEX_URL: 'https://a.example' }), true)
  assert.is(await isForPipAlone({ ...none, PIP_INDEX_URL: 'https://a.example', UV_INDEX: 'x' }), false)
  assert.is(await isForPipAlone({ ...none, PIP_INDEX_URL: '' }), false)
  mkdirSync(path.join(folder, '.config/pip'), { recursive: true })
  writeFileSync(path.join(folder, '.config/pip/pip.conf'), '[global]\ntimeout = 60\n')
  assert.is(await isForPipAlone(none), false)
  writeFileSync(path.join(folder, '.config/pip/pip.conf'), '[global]\nindex-url = https://a.example/simple\n')
  assert.is(await isForPipAlone(none), true)
  assert.is(await isForPipAlone({ ...none, UV_DEFAULT_INDEX: 'x' }), false)
})

pypi('a program is looked for only on the PATH', async ({ folder }) => {
  const program = path.join(folder, 'python3')
  assert.is(await onPath('python3', folder), undefined)
  writeFileSync(program, '')
  assert.is(await onPath('python3', folder), undefined, 'not executable')
  chmodSync(program, 0o755)
  assert.is(await onPath('python3', `:.:/nowhere:${folder}`), program)
  mkdirSync(path.join(folder, 'uv'))
  assert.is(await onPath('uv', folder), undefined, 'a folder')
  assert.is(await onPath('python3', undefined), undefined)
})

pypi('what Python lacks is named, and how to get it', () => {
  const none = noPython([])
  assert.equal([none.code, none.why], ['CLI_UNAVAILABLE', 'there is no python3 on the PATH'])
  const old = noPython([{ version: [3, 7, 16], executable: '/usr/bin/python3', pip: '/pip.whl' }])
  assert.is(old.why, '/usr/bin/python3 is Python 3.7')
  const split = noPython([
    { version: [3, 7, 16], executable: '/old/python3' },
    { version: [3, 11, 2], executable: '/usr/bin/python3', lacks: 'ensurepip' },
  ])
  assert.is(split.why, '/usr/bin/python3 has no module ensurepip')
  assert.match(split.next!, 'apt-get install python3-venv')
  for (const failure of [none, old, split]) assert.match(failure.next!, 'npx task cli-install --force')
})

const [one, other] = ['1'.repeat(64), '2'.repeat(64)]
// As printed by pip 23 to 25 and uv 0.13.
const refusals: [said: string, code: string, why: string][] = [
  [
    `ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes.\n    six==1.17.0 from https://me:secret@a.example/six-1.17.0-py2.py3-none-any.whl#sha256=${other} (from -r w.txt (line 5)):\n        Expected sha256 ${one}\n             Got        ${other}\n`,
    'CLI_HASH',
    `six==1.17.0: expected ${one}, got ${other}`,
  ],
  [
    `  × Failed to download \`six==1.17.0\`\n  ╰─▶ Hash mismatch for \`six==1.17.0\`\n\n      Expected:\n        sha256:${one}\n\n      Computed:\n        sha256:${other}\n`,
    'CLI_HASH',
    `six==1.17.0: expected ${one}, got ${other}`,
  ],
  [
    "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError': /simple/certifi/\nERROR: Could not find a version that satisfies the requirement certifi==1 (from versions: none)\nERROR: No matching distribution found for certifi==1\n",
    'CLI_UNAVAILABLE',
    'Could not find a version that satisfies the requirement certifi==1 (from versions: none)',
  ],
  [
    'error: Request failed after 1 retry\n  Caused by: Failed to fetch: `http://127.0.0.1:9/six/`\n  Caused by: Connection refused (os error 111)\n',
    'CLI_UNAVAILABLE',
    'Caused by: Failed to fetch: `http://127.0.0.1:9/six/`: Caused by: Connection refused (os error 111)',
  ],
  [
    'ERROR: Could not install packages due to an OSError\n',
    'CLI_UNAVAILABLE',
    'Could not install packages due to an OSError',
  ],
  ['', 'CLI_UNAVAILABLE', 'pip printed nothing'],
  ['ERROR: [Errno 28] No space left on device\n', 'DISK', '[Errno 28] No space left on device'],
]

pypi('why it was not installed, from the output of pip and uv', () => {
  for (const [said, code, why] of refusals) {
    const failure = installRefused('pip', said)
    assert.equal([failure.code, failure.why], [code, why])
    if (code !== 'DISK') assert.match(failure.next!, 'npx task cli-install --force')
    assert.not.match(JSON.stringify(failure), 'secret')
  }
  assert.match(installRefused('pip', refusals[2]![0]).message, 'cannot be fetched from PyPI')
  assert.match(installRefused('uv', refusals[4]![0]).message, 'uv cannot install')
})

pypi.run()
