import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'

/** An SSH public key that EC2 can import: RSA or ED25519. */
export interface PublicKey {
  type: 'ssh-rsa' | 'ssh-ed25519'
  /** The key itself, base64 of its wire form (RFC 4253 §6.6). */
  blob: string
  comment: string
}

/** What may be given instead of a key that EC2 accepts, in the order in which it is checked. */
const otherForms: [RegExp, string][] = [
  [/^\s*$/, 'the file is empty'],
  [/PRIVATE KEY-----/, 'this is a private key; the public one ends in .pub'],
  [/^PuTTY-User-Key-File/, "this is PuTTY's own format; puttygen -L FILE prints the public key"],
  [/^---- BEGIN SSH2 PUBLIC KEY/, 'this is the RFC 4716 format; ssh-keygen -i -f FILE converts it'],
  [/^-----BEGIN RSA PUBLIC KEY/, 'this is the PEM format; ssh-keygen -i -m PEM -f FILE converts it'],
  [/^-----BEGIN PUBLIC KEY/, 'this is the PEM format; ssh-keygen -i -m PKCS8 -f FILE converts it'],
  [/^-----BEGIN CERTIFICATE/, 'this is a TLS certificate'],
  [/^#/, 'its first line is a comment: leave only the line with the key'],
  [/^["']/, 'the key is in quotation marks'],
  [/^[\w-]+-cert-v01@openssh\.com\s/, 'this is an SSH certificate; EC2 needs the plain public key'],
  [/^sk-/, 'this is the key of a hardware token (sk-…), which EC2 does not accept'],
  [/^ecdsa-/, 'this is an ECDSA key, which EC2 does not accept'],
  [/^ssh-dss\s/, 'this is a DSA key, which EC2 does not accept'],
  [
    /^(?!ssh-)\S.*\sssh-(rsa|ed25519)\s/,
    'there are options before the key, as in authorized_keys: leave only the key',
  ],
  [/^ssh-(rsa|ed25519)\s+\S+\s*\n\s*\S/, 'the key is broken over several lines'],
]

/** What a text is that is not a public key for EC2, and what to do about it, if anything. */
export function describeOtherKey(text: string): string {
  const trimmed = text.trim()
  if (keyLines(trimmed).length > 1)
    return `it contains ${keyLines(trimmed).length} keys: name a file with only one`
  return (
    otherForms.find(([form]) => form.test(trimmed))?.[1] ??
    'EC2 accepts RSA and ED25519 keys in OpenSSH format'
  )
}

function keyLines(text: string): string[] {
  return text.split('\n').filter((line) => /^\s*(ssh|ecdsa|sk)-\S+\s+AAAA/.test(line))
}

/** Reads a key in OpenSSH's one-line format; undefined if it is something else. */
export function parsePublicKey(text: string): PublicKey | undefined {
  // A second line would be mistaken for a comment.
  if (/\S\s*\n\s*\S/.test(text)) return undefined
  const [type, blob, ...comment] = text.trim().split(/\s+/)
  if ((type !== 'ssh-rsa' && type !== 'ssh-ed25519') || !blob) return undefined
  const bytes = Buffer.from(blob, 'base64')
  if (bytes.length < 4 || bytes.toString('base64').replace(/=+$/, '') !== blob.replace(/=+$/, ''))
    return undefined
  const fields = wireFields(bytes)
  const expected = type === 'ssh-rsa' ? 3 : 2
  if (fields?.length !== expected || fields[0]!.toString() !== type) return undefined
  if (type === 'ssh-ed25519' && fields[1]!.length !== 32) return undefined
  return { type, blob, comment: comment.join(' ') }
}

/**
 * The fingerprint that EC2 shows for an imported key: MD5 of the DER form for RSA (hex with colons), base64 SHA-256 of
 * the wire form for ED25519 (EC2 User Guide, "Verify the fingerprint of your key pair").
 */
export function ec2Fingerprint(key: PublicKey): string {
  const wire = Buffer.from(key.blob, 'base64')
  if (key.type === 'ssh-ed25519') return createHash('sha256').update(wire).digest('base64')
  const [, exponent, modulus] = wireFields(wire)!
  const jwk = {
    kty: 'RSA',
    e: unsigned(exponent!).toString('base64url'),
    n: unsigned(modulus!).toString('base64url'),
  }
  const der = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' })
  return createHash('md5')
    .update(der)
    .digest('hex')
    .replace(/..(?=.)/g, '$&:')
}

/** What `ssh-keygen -l` prints. */
export function sshFingerprint(key: PublicKey): string {
  const digest = createHash('sha256').update(Buffer.from(key.blob, 'base64')).digest('base64')
  return `SHA256:${digest.replace(/=+$/, '')}`
}

/** A new ED25519 key pair: the private key in OpenSSH's own format (PROTOCOL.key), the public key as one line. */
export function generateKeyPair(comment: string): { privateKey: string; publicKey: string } {
  const { privateKey } = generateKeyPairSync('ed25519')
  const jwk = privateKey.export({ format: 'jwk' })
  const seed = Buffer.from(jwk.d!, 'base64url')
  const point = Buffer.from(jwk.x!, 'base64url')
  const wire = Buffer.concat([field('ssh-ed25519'), field(point)])
  const check = randomBytes(4)
  const secret = Buffer.concat([check, check, wire, field(Buffer.concat([seed, point])), field(comment)])
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1))
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    uint32(1),
    field(wire),
    field(Buffer.concat([secret, padding])),
  ])
  const lines = file.toString('base64').replace(/.{70}/g, '$&\n').trimEnd()
  return {
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicKey: `ssh-ed25519 ${wire.toString('base64')} ${comment}\n`,
  }
}

/** The length-prefixed fields of a key's wire format; undefined if the lengths do not add up. */
function wireFields(bytes: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) return undefined
    fields.push(bytes.subarray(at + 4, end))
    at = end
  }
  return fields
}

function unsigned(number: Buffer): Buffer {
  return number[0] === 0 ? number.subarray(1) : number
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([uint32(bytes.length), bytes])
}
