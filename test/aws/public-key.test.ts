import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holds } from '../../tasks/aws/key-pairs.ts'
import {
  describeOtherKey,
  ec2Fingerprint,
  generateKeyPair,
  parsePublicKey,
  sshFingerprint,
} from '../../tasks/aws/public-key.ts'
import { optional } from '../optional.ts'

const test = suite('aws/public key')
const keygen = '/usr/bin/ssh-keygen'
const ed25519 =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl user@example' // RFC 8709's kind of key

/** An RSA key in OpenSSH format, made by Node. */
function rsa(bits: number) {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  const jwk = publicKey.export({ format: 'jwk' })
  const field = (bytes: Buffer) =>
    Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes])
  const number = (text: string) => {
    const bytes = Buffer.from(text, 'base64url')
    return bytes[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes
  }
  const wire = Buffer.concat([field(Buffer.from('ssh-rsa')), field(number(jwk.e!)), field(number(jwk.n!))])
  return { line: `ssh-rsa ${wire.toString('base64')} somebody`, publicKey }
}

test('reads RSA and ED25519 keys, with and without a comment', () => {
  assert.equal(parsePublicKey(`  ${ed25519}\n`)?.comment, 'user@example')
  assert.is(parsePublicKey(ed25519.split(' ').slice(0, 2).join(' '))?.type, 'ssh-ed25519')
  assert.is(parsePublicKey(rsa(2048).line)?.type, 'ssh-rsa')
})

test('rejects anything else', () => {
  const [type, blob] = ed25519.split(' ') as [string, string]
  const wrong = [
    '',
    'ssh-ed25519',
    `ssh-rsa ${blob}`,
    `${type} ${blob.slice(0, -8)}`,
    `${type} ${blob}AAAA`,
    `${type} !!!`,
    'ecdsa-sha2-nistp256 AAAA',
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    '\0\0\0',
  ]
  for (const text of wrong) assert.is(parsePublicKey(text), undefined, JSON.stringify(text))
})

test("shows EC2's fingerprint: MD5 of the DER for RSA, base64 SHA-256 for ED25519", () => {
  const { line, publicKey } = rsa(3072)
  const der = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({
    type: 'spki',
    format: 'der',
  })
  const md5 = createHash('md5').update(der).digest('hex').match(/../g)!.join(':')
  assert.is(ec2Fingerprint(parsePublicKey(line)!), md5)
  const wire = Buffer.from(ed25519.split(' ')[1]!, 'base64')
  assert.is(ec2Fingerprint(parsePublicKey(ed25519)!), createHash('sha256').update(wire).digest('base64'))
})

test('compares by the key itself, else by the fingerprint with or without padding', () => {
  const key = parsePublicKey(ed25519)!
  const pair = { id: 'key-1', name: 'dcos', ours: true }
  const other = parsePublicKey(generateKeyPair('x').publicKey)!
  assert.ok(holds({ ...pair, fingerprint: 'whatever', publicKey: key }, key))
  assert.not.ok(holds({ ...pair, fingerprint: ec2Fingerprint(key), publicKey: other }, key))
  const fingerprint = ec2Fingerprint(key)
  assert.ok(holds({ ...pair, fingerprint, publicKey: undefined }, key))
  assert.ok(holds({ ...pair, fingerprint: fingerprint.replace(/=+$/, ''), publicKey: undefined }, key))
  assert.not.ok(holds({ ...pair, fingerprint, publicKey: undefined }, other))
})

optional(test, [keygen], 'ssh-keygen understands a generated pair', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'key-'))
  try {
    const file = path.join(folder, 'id')
    for (let round = 0; round < 8; round++) {
      const pair = generateKeyPair(`cluster-${'x'.repeat(round)}`)
      writeFileSync(file, pair.privateKey, { mode: 0o600 })
      const derived = execFileSync(keygen, ['-y', '-f', file], { encoding: 'utf8' })
      assert.is(derived.split(' ')[1]?.trim(), pair.publicKey.split(' ')[1])
      writeFileSync(`${file}.pub`, pair.publicKey)
      const shown = execFileSync(keygen, ['-l', '-f', `${file}.pub`], { encoding: 'utf8' })
      assert.ok(shown.includes(sshFingerprint(parsePublicKey(pair.publicKey)!)))
    }
    assert.ok(
      existsSync(file) && readFileSync(file, 'utf8').startsWith('-----BEGIN OPENSSH PRIVATE KEY-----'),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('says what a text is that is not a key', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA9ZDnXGfgnl8MabFNTH++bkDl7LZcRR/T8uR12JOm0I me'
  const wrong: [string, RegExp][] = [
    ['', /empty/],
    [`# my key\n\n${key}`, /first line is a comment/],
    [`from="10.0.0.0/8",command="echo hi" ${key}`, /there are options before the key/],
    [`"${key}"`, /quotation marks/],
    [key.replace('bkDl7', 'bk\nDl7'), /broken over several lines/],
    [`${key}\n${key}\n`, /contains 2 keys/],
    ['ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTI= ec', /ECDSA/],
    ['sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t me', /hardware token/],
    ['ssh-dss AAAAB3NzaC1kc3M= me', /DSA/],
    [
      '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----',
      /RFC 4716.*ssh-keygen -i -f FILE/,
    ],
    ['-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----', /PEM.*PKCS8/],
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nx', /private key/],
    ['PuTTY-User-Key-File-3: ssh-ed25519', /PuTTY/],
    ['hello', /RSA and ED25519/],
  ]
  for (const [text, what] of wrong) {
    assert.is(parsePublicKey(text), undefined, text)
    assert.match(describeOtherKey(text), what, text)
  }
  assert.is(parsePublicKey(`${key}\n\n`)?.comment, 'me')
})

test.run()
