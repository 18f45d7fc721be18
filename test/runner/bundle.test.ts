import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

// Compiles and runs a small project: every form of import from packages, and the code cache.

interface Bundle {
  entry: string
  files: { name: string; contents: Uint8Array | string }[]
  inputs: string[]
  listInputs: string[]
  packages: { key: string; entries: Record<string, string>; files: Bundle['files'] }
}
type Known = (key: string) => unknown
type Compile = (places: object, lockFiles: string[], known: Known) => Promise<Bundle>

const require = createRequire(path.resolve('test/runner/bundle.test.ts'))
const compile = require('../../tasks/runner/bundle.js') as { bundle: Compile }
const bundle = (root: string, known: Known) =>
  compile.bundle({ root, packageRoot: root }, ['package-lock.json'], known)
const { Modules } = require('../../tasks/runner/modules.js')

const root = mkdtempSync(path.join(tmpdir(), 'dcos-bootstrap-bundle-'))
const folder = path.join(root, 'build')
const put = (file: string, text: string) => {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
  writeFileSync(path.join(root, file), text)
}
const test = suite('bundle')

test.before(() => {
  mkdirSync(folder)
  mkdirSync(path.join(root, 'node_modules'))
  symlinkSync(path.resolve('node_modules/esbuild'), path.join(root, 'node_modules/esbuild'))
  put('package.json', '{}')
  put(
    'node_modules/modern/package.json',
    '{"name":"modern","type":"module","sideEffects":false,"exports":"./index.js"}',
  )
  put(
    'node_modules/modern/index.js',
    'export const one = 1, two = 2; export default "modern default"; export const unwanted = "UNWANTED"',
  )
  put('node_modules/old/package.json', '{"name":"old","main":"index.js"}')
  put(
    'node_modules/old/index.js',
    'module.exports = function old() { return "called" }; module.exports.part = "part"',
  )
  put('node_modules/whole/package.json', '{"name":"whole","type":"module","exports":"./index.js"}')
  put('node_modules/whole/index.js', 'export const a = "A"; export default "whole default"')
  put('tasks/runner/main.ts', 'export const main = async () => (await import("../late.ts")).late()')
  put(
    'tasks/late.ts',
    'export const late = async () => { const w = await import("whole"); return [w.a, w.default, import.meta.url] }',
  )
  put(
    'tasks/runner/help/list.ts',
    'export const listText = () => "text", listShort = () => "short", listJson = () => "json"',
  )
  put(
    'Taskfile.ts',
    `import standard, { one } from 'modern'
    import * as names from 'modern'
    import old, { part } from 'old'
    import { join } from 'node:path'
    export default { values: [standard, one, names.two, old(), part, join('a', 'b')], thrower: () => { throw new Error('ours') } }`,
  )
})
test.after(() => rmSync(root, { recursive: true, force: true }))

const write = ({ files, packages }: Bundle) => {
  for (const { contents, name } of [...files, ...packages.files])
    writeFileSync(path.join(folder, name), contents)
}

/** As a manifest names them. */
const outputs = ({ files, packages }: Bundle) => [...files, ...packages.files].map(({ name }) => name)

test('every form of import works, and unused exports are left out', async () => {
  const compiled = await bundle(root, () => undefined)
  write(compiled)
  const modules = new Modules(folder, compiled, root)
  const { main, taskfile } = modules.load(compiled.entry)
  assert.equal(taskfile.values, ['modern default', 1, 2, 'called', 'part', 'a/b'])
  const [a, standard, url] = await main()
  assert.equal([a, standard], ['A', 'whole default'])
  assert.match(url, /^file:\/\/.*late-\w+\.cjs$/)
  assert.throws(taskfile.thrower, (error: Error) =>
    /thrower .*start-\w+\.cjs|\.cjs:\d+:\d+/.test(error.stack!),
  )
  const text = compiled.packages.files.map(({ contents }) => contents.toString()).join('')
  assert.not.match(text, 'UNWANTED')
  assert.equal(compiled.listInputs.sort(), [
    'Taskfile.ts',
    'start.ts',
    'tasks/runner/help/list.ts',
    'tasks/runner/main.ts',
  ])
  assert.ok(compiled.inputs.includes('tasks/late.ts'))
})

test('packages are recompiled only when the names imported from them change', async () => {
  const before = await bundle(root, () => undefined)
  const same = await bundle(root, (key) => (key === before.packages.key ? before.packages : undefined))
  assert.is(same.packages.files, before.packages.files)
  put('tasks/late.ts', 'import { unwanted } from "modern"; export const late = async () => [unwanted]')
  const other = await bundle(root, (key) => (key === before.packages.key ? before.packages : undefined))
  write(other)
  const { main } = new Modules(folder, other, root).load(other.entry)
  assert.equal(await main(), ['UNWANTED'])
})

test('code is cached for the next start; damaged code, or code of another build, is recompiled', async () => {
  const compiled = await bundle(root, () => undefined)
  write(compiled)
  // In a separate process: V8 does not load cached code twice in one.
  const script = `
    const { Modules } = require('./tasks/runner/modules.js')
    const modules = new Modules(${JSON.stringify(folder)}, ${JSON.stringify({ packages: compiled.packages, outputs: outputs(compiled) })}, ${JSON.stringify(root)})
    process.stdout.write(modules.load(${JSON.stringify(compiled.entry)}).taskfile.values[3])
    modules.keep()`
  const start = () => spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout
  assert.is(start(), 'called')
  const code = path.join(folder, `modules.${process.version}-${process.arch}.code`)
  const good = readFileSync(code)
  const { ino } = statSync(code)
  assert.is(start(), 'called')
  assert.is(statSync(code).ino, ino, 'nothing to compile, nothing to write')
  const length = Buffer.from(good)
  length.write('9', 0)
  // The code of the first module begins after the index: V8's own check refuses it.
  const refused = Buffer.from(good)
  const codeAt = 8 + Number(good.toString('utf8', 0, 8))
  refused.fill(0, codeAt, codeAt + 16)
  for (const bad of [
    Buffer.alloc(0),
    Buffer.from('nonsense'),
    length,
    refused,
    good.subarray(0, good.length >> 1),
    Buffer.concat([good, good]),
  ]) {
    writeFileSync(code, bad)
    const before = statSync(code).ino
    assert.is(start(), 'called')
    assert.is.not(statSync(code).ino, before, 'written again')
  }
})

test.run()
