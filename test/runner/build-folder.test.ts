import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const require = createRequire(path.resolve('test/runner/build-folder.test.ts'))
const { sweep, write } = require('../../tasks/runner/build-folder.js') as {
  write(file: string, contents: string | Buffer): void
  sweep(folder: string, manifest: { cache: string; outputs: string[] }): void
}

const folder = mkdtempSync(path.join(tmpdir(), 'dcos-bootstrap-build-folder-'))
const at = (name: string) => path.join(folder, name)
const longAgo = new Date(Date.now() - 3 * 24 * 3_600_000)
const test = suite('build folder')
test.after(() => rmSync(folder, { recursive: true, force: true }))

test('what is there is not written again; what is damaged or missing is', () => {
  write(at('a.cjs'), 'text')
  const { ino } = statSync(at('a.cjs'))
  write(at('a.cjs'), Buffer.from('text'))
  assert.is(statSync(at('a.cjs')).ino, ino)
  for (const damaged of ['tex', 'texT']) {
    writeFileSync(at('a.cjs'), damaged)
    write(at('a.cjs'), 'text')
    assert.is(readFileSync(at('a.cjs'), 'utf8'), 'text')
  }
})

test('what the last build still had stays for a running task; what is older goes', () => {
  for (const name of ['kept.cjs', 'old.cjs', 'current.cjs']) {
    write(at(name), name)
    utimesSync(at(name), longAgo, longAgo)
  }
  write(at('kept.cjs'), 'kept.cjs')
  sweep(folder, { cache: 'cache-x', outputs: ['current.cjs'] })
  assert.equal(
    ['kept.cjs', 'old.cjs', 'current.cjs'].map((name) => existsSync(at(name))),
    [true, false, true],
  )
})

test.run()
