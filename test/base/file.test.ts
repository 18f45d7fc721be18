import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Failure } from '../../tasks/base/failure.ts'
import { makePrivateFolder, onDisk, writeAtomically } from '../../tasks/base/file.ts'

const files = suite<{ folder: string }>('base/file')

files.before.each((context) => {
  context.folder = mkdtempSync(path.join(os.tmpdir(), 'file-'))
})
files.after.each((context) => rmSync(context.folder, { recursive: true, force: true }))

const mode = (file: string) => statSync(file).mode & 0o777

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  )
  assert.instance(error, Failure)
  return error as Failure
}

files('a file is replaced as a whole, private by default, whatever the umask', async ({ folder }) => {
  const file = path.join(folder, 'a')
  const umask = process.umask(0o077)
  try {
    await writeAtomically(file, 'one')
    assert.is(mode(file), 0o600)
    await writeAtomically(file, Buffer.from('two'), { mode: 0o755 })
  } finally {
    process.umask(umask)
  }
  assert.is(mode(file), 0o755)
  assert.is(readFileSync(file, 'utf8'), 'two')
  assert.equal(readdirSync(folder), ['a'])
})

files('concurrent writers leave one complete text and no drafts', async ({ folder }) => {
  const file = path.join(folder, 'a')
  const texts = Array.from({ length: 40 }, (_, index) => String(index).repeat(50_000))
  await Promise.all(texts.map((text) => writeAtomically(file, text)))
  assert.ok(texts.includes(readFileSync(file, 'utf8')))
  assert.equal(readdirSync(folder), ['a'])
})

files('a disk error is DISK, names the path, and leaves the old file and no draft', async ({ folder }) => {
  const blocked = path.join(folder, 'blocked')
  mkdirSync(path.join(blocked, 'inside'), { recursive: true })
  const failure = await failureOf(writeAtomically(blocked, 'x'))
  assert.is(failure.code, 'DISK')
  assert.match(failure.message, blocked)
  assert.match(failure.message, 'a folder')
  assert.ok(failure.next)
  assert.equal(readdirSync(folder), ['blocked'])
  assert.ok(existsSync(path.join(blocked, 'inside')))

  writeFileSync(path.join(folder, 'file'), '')
  const inTheWay = await failureOf(makePrivateFolder(path.join(folder, 'file', 'sub')))
  assert.is(inTheWay.code, 'DISK')
  assert.match(inTheWay.message, 'there is a file where a folder should be')
})

files('a full disk is reported as such; a bug stays a bug', async ({ folder }) => {
  // every write to /dev/full fails with ENOSPC (full(4))
  if (existsSync('/dev/full')) {
    const failure = await failureOf(
      onDisk(folder, async () => {
        const { open } = await import('node:fs/promises')
        const handle = await open('/dev/full', 'w')
        try {
          await handle.writeFile('x')
        } finally {
          await handle.close()
        }
      }),
    )
    assert.is(failure.code, 'DISK')
    assert.match(failure.message, `the disk is full: ${folder}`)
  }
  const bug = new TypeError('a bug')
  const thrown = await onDisk(folder, () => Promise.reject(bug)).catch((error) => error)
  assert.is(thrown, bug)
})

files('a private folder and its parents are private, and an open one is restricted', async ({ folder }) => {
  await makePrivateFolder(path.join(folder, 'a', 'b'))
  assert.is(mode(path.join(folder, 'a')), 0o700)
  assert.is(mode(path.join(folder, 'a', 'b')), 0o700)
  chmodSync(path.join(folder, 'a'), 0o755)
  await makePrivateFolder(path.join(folder, 'a'))
  assert.is(mode(path.join(folder, 'a')), 0o700)
})

files.run()
