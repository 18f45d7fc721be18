import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { slow } from '../optional.ts'

// What npm would publish, used in other projects. Needs the registry, or npm's cache.

const test = suite('the packed project')
const place = mkdtempSync(path.join(tmpdir(), 'dcos-bootstrap-packed-'))
const project = path.join(place, 'project')
const elsewhere = path.join(place, 'elsewhere')
let tarball = ''

const PUBLINT = 'publint@0.3.25'
const TYPES_WRONG = '@arethetypeswrong/cli@0.18.5'

function run(cwd: string, ...[program, ...words]: [string, ...string[]]) {
  const env = { PATH: process.env.PATH!, HOME: place, AWS_EC2_METADATA_DISABLED: 'true' }
  const npmrc = process.env.npm_config_userconfig ?? path.join(process.env.HOME ?? '', '.npmrc')
  const ran = spawnSync(program, words, {
    cwd,
    encoding: 'utf8',
    env: { ...env, npm_config_userconfig: npmrc, npm_config_cache: cacheOfNpm },
  })
  return { code: ran.status, text: ran.stdout + ran.stderr, stdout: ran.stdout }
}

const cacheOfNpm = spawnSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).stdout.trim()

const task = (cwd: string, ...words: string[]) =>
  run(cwd, process.execPath, path.join(project, 'node_modules/.bin/task'), ...words)

slow(test, 'it contains what is needed, no tests, and is small; package linters find nothing', () => {
  // Outside the checkout, which other tests read.
  const copy = path.join(place, 'checkout')
  mkdirSync(copy)
  for (const name of [
    'Taskfile.ts',
    'index.ts',
    'tasks',
    'config',
    'templates',
    'package.json',
    'tsconfig.json',
    '.ci',
    'LICENSE',
  ])
    assert.is(run('.', 'cp', '-r', name, copy).code, 0)
  symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'))
  const packed = run(copy, 'npm', 'pack', '--json', '--ignore-scripts=false', '--pack-destination', place)
  assert.is(packed.code, 0, packed.text)
  const [{ filename, files, size }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[')))
  tarball = path.join(place, filename)
  assert.ok(size < 1_000_000, `${size} bytes`)
  const names: string[] = files.map(({ path: file }: { path: string }) => file)
  assert.equal(
    names.filter((file) => /^test\/|\.test\.ts$/.test(file)),
    [],
  )
  for (const file of ['LICENSE', 'dist/index.js', 'dist/index.d.ts', 'tasks/dcos/pypi/wheels.lock.txt'])
    assert.ok(names.includes(file), file)
  const lint = run(place, 'npx', '--yes', '--prefer-offline', PUBLINT, tarball, '--strict')
  assert.is(lint.code, 0, lint.text)
  const types = run(place, 'npx', '--yes', '--prefer-offline', TYPES_WRONG, '--profile', 'esm-only', tarball)
  assert.is(types.code, 0, types.text)
})

slow(
  test,
  'installed, it works with its defaults from every folder of the project, and keeps its state there',
  () => {
    mkdirSync(path.join(project, 'sub'), { recursive: true })
    mkdirSync(elsewhere)
    writeFileSync(path.join(project, 'package.json'), '{ "private": true, "type": "module" }')
    const installed = run(project, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball)
    assert.is(installed.code, 0, installed.text)
    // The AWS clients are compiled into it.
    assert.not(existsSync(path.join(project, 'node_modules/@aws-sdk')))
    assert.equal(readFileSync('package.json'), readFileSync(path.join(place, 'checkout/package.json')))
    const words = ['cli.url=built-in', 'rehearsal.speed=2000']
    const up = task(path.join(project, 'sub'), 'bootstrap', ...words)
    assert.is(up.code, 0, up.text)
    for (const folder of [project, elsewhere]) assert.is(task(folder, 'status', ...words).code, 0)
    assert.is(readFileSync(path.join(project, '.task/.gitignore'), 'utf8'), '*\n')
    assert.not(existsSync(path.join(elsewhere, '.task')))
    assert.not(existsSync(path.join(project, 'node_modules/dcos-bootstrap/.task')))
    const other = run(project, path.join(project, 'node_modules/.bin/dcos-bootstrap'), 'status', ...words)
    assert.is(other.code, 0, other.text)
    assert.is(task(project, 'destroy', '--yes', ...words).code, 0)
  },
)

slow(test, 'the project’s own config and Taskfile are used, and are typed', () => {
  mkdirSync(path.join(project, 'config'))
  writeFileSync(
    path.join(project, 'config/cluster.yaml'),
    'cluster: { name: theirs }\ncli: { url: built-in }\nrehearsal: { speed: 2000 }\n',
  )
  assert.match(task(project, 'status', '--json').stdout, '"name": "theirs"')
  // As in docs/tasks.md.
  const [first, second, third, fourth] = [
    ...readFileSync('docs/tasks.md', 'utf8').matchAll(/```ts\n(.*?)```/gs),
  ].map(([, code]) => code!)
  assert.ok(second && third && fourth)
  const imports = /^import .* from '\.\/.*'\n/gm
  const ours =
    "import { type Check, done, todo, type Use, type WaitValue, writeAtomically } from 'dcos-bootstrap'\n"
  writeFileSync(path.join(project, 'bookmark.ts'), `${ours}${first!.replace(imports, '')}`)
  writeFileSync(path.join(project, 'Taskfile.ts'), third)
  const listed = task(project)
  assert.match(listed.text, /^Ours\n {2}bookmark +Write down the address$/m)
  const ran = task(project, 'bookmark')
  assert.is(ran.code, 0, ran.text)
  assert.match(readFileSync(path.join(project, 'bookmark.txt'), 'utf8'), /^http:/)

  // As part of the whole.
  writeFileSync(path.join(project, 'Taskfile.ts'), fourth)
  const down = task(project, 'destroy', '--yes')
  assert.is(down.code, 0, down.text)
  assert.not(existsSync(path.join(project, 'bookmark.txt')))
  const up = task(project, 'bootstrap')
  assert.is(up.code, 0, up.text)
  assert.match(task(project, 'status').text, /cli-config +.*\n.*bookmark/)
  assert.ok(existsSync(path.join(project, 'bookmark.txt')))

  const compiler = path.resolve('node_modules/.bin/tsc')
  const types = ['--types', 'node', '--typeRoots', path.resolve('node_modules/@types')]
  const rest = ['--strict', '--noEmit', '--allowImportingTsExtensions', 'Taskfile.ts']
  const check = () => run(project, compiler, '--module', 'nodenext', '--target', 'es2022', ...types, ...rest)
  assert.is(check().code, 0, check().text)
  writeFileSync(
    path.join(project, 'bookmark.ts'),
    readFileSync(path.join(project, 'bookmark.ts'), 'utf8').replaceAll('wait.url', 'wait.uri'),
  )
  assert.match(check().text, /bookmark\.ts\(\d+,\d+\): error TS/)

  const loaded = run(
    project,
    process.execPath,
    '--input-type=module',
    '-e',
    "await import('dcos-bootstrap'); console.log(process.moduleLoadList.join())",
  )
  assert.is(loaded.code, 0, loaded.text)
  assert.not.match(loaded.text, 'NativeModule https')
})

test.after(() => rmSync(place, { recursive: true, force: true }))

test.run()
