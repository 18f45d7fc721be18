import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { rootCertificates } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Failure } from '../../tasks/base/failure.ts'
import { type AuthFileKey, readAuthFile } from '../../tasks/cluster/access/auth-file.ts'

const test = suite('files that auth names')
const folder = mkdtempSync(path.join(tmpdir(), 'auth-'))

function file(content: string | Buffer): string {
  const name = path.join(folder, 'content')
  writeFileSync(name, content)
  return name
}

const refused = async (key: AuthFileKey, name: string): Promise<string> => {
  const failure = (await readAuthFile(key, name).then(
    (value) => assert.unreachable(`taken: ${value}`),
    (error: Failure) => error,
  )) as Failure
  assert.is(failure.code, 'CONFIG_INVALID')
  return failure.why ?? ''
}

test('what is right is taken, with or without a byte order mark and a line end', async () => {
  assert.is(await readAuthFile('tokenFile', file('\ufeffabc.def-ghi_jkl\r\n')), 'abc.def-ghi_jkl')
  assert.is(await readAuthFile('passwordFile', file(' pass word é\n')), ' pass word é')
  assert.match(await readAuthFile('caCert', file(`# ours\n${rootCertificates[0]}\n`)), 'BEGIN CERTIFICATE')
})

test('what is wrong is said, without a word of what the file holds', async () => {
  const wrong: [AuthFileKey, string | Buffer, RegExp][] = [
    ['tokenFile', '', /empty/],
    ['tokenFile', '# my token\nabc.def.ghi\n', /more than one line/],
    ['tokenFile', 'abc.def.\nghi\n', /more than one line/],
    ['tokenFile', 'abc def', /white space/],
    ['tokenFile', 'secret\u0007', /U\+0007/],
    ['tokenFile', 'abc–def', /U\+2013/],
    ['tokenFile', Buffer.from('\ufeffabc', 'utf16le'), /UTF-16/],
    ['tokenFile', Buffer.from([0xff, 0x41]), /not UTF-8/],
    ['tokenFile', 'x'.repeat(1_000_001), /limit of 1000000/],
    ['passwordFile', '\n', /empty/],
    ['passwordFile', 'one\ntwo\n', /more than one line/],
    ['caCert', 'hello', /no certificate/],
    ['caCert', '-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----', /private key/],
    ['caCert', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', /cannot be read/],
  ]
  for (const [key, content, why] of wrong) {
    const said = await refused(key, file(content))
    assert.match(said, why)
    assert.not.match(said, /secret|abc/)
  }
})

test('a pipe, a device and a folder are not waited for', async () => {
  const pipe = path.join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  for (const [name, why] of [
    [pipe, /not a regular file/],
    ['/dev/zero', /not a regular file/],
    [folder, /a folder/],
    [path.join(folder, 'nowhere'), /no such file/],
  ] as const)
    assert.match(await refused('tokenFile', name), why)
})

test.after(() => rmSync(folder, { recursive: true }))

test.run()
