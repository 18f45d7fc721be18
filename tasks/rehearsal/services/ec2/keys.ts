import { createHash, createPublicKey } from 'node:crypto'
import { AwsError } from '../../wire/errors.ts'

export interface PublicKey {
  kind: 'rsa' | 'ed25519'
  /** As EC2 shows it: MD5 of the SPKI for RSA, SHA-256 of the OpenSSH form for ED25519 (AWS: "Verify the fingerprint of your key pair"). */
  fingerprint: string
  /** Type and key in OpenSSH's format, without a comment. */
  text: string
}

/** Parses the key of ImportKeyPair. Throws InvalidKey.Format. */
export function readPublicKey(material: string): PublicKey {
  const [type, encoded] = material.trim().split(/\s+/)
  const blob = Buffer.from(encoded ?? '', 'base64')
  const fields = sshFields(blob)
  const text = `${type} ${encoded}`
  if (fields && fields[0]?.toString() === type) {
    if (type === 'ssh-ed25519' && fields.length === 2 && fields[1]!.length === 32) {
      return { kind: 'ed25519', fingerprint: createHash('sha256').update(blob).digest('base64'), text }
    }
    if (type === 'ssh-rsa' && fields.length === 3) {
      const [, e, n] = fields as [Buffer, Buffer, Buffer]
      const jwk = { kty: 'RSA', e: unsigned(e).toString('base64url'), n: unsigned(n).toString('base64url') }
      const der = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' })
      const hex = createHash('md5').update(der).digest('hex')
      return { kind: 'rsa', fingerprint: hex.match(/../g)!.join(':'), text }
    }
  }
  throw new AwsError('InvalidKey.Format', 'Key is not in valid OpenSSH public key format')
}

/** The length-prefixed fields of an OpenSSH key (RFC 4253, section 6.6), or undefined if their lengths do not add up. */
function sshFields(blob: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = []
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return undefined
    const end = at + 4 + blob.readUInt32BE(at)
    if (end > blob.length) return undefined
    fields.push(blob.subarray(at + 4, end))
    at = end
  }
  return fields
}

/** Without the zero byte that keeps a number positive. */
function unsigned(number: Buffer): Buffer {
  return number[0] === 0 ? number.subarray(1) : number
}
