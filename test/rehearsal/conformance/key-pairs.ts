import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { DeleteKeyPairCommand, DescribeKeyPairsCommand, ImportKeyPairCommand } from '@aws-sdk/client-ec2'
import { type Cloud, error, type Row } from './cloud.ts'

const FINGERPRINTS = 'EC2 User Guide, "Determine the fingerprint of your key pair"'
const ERRORS = 'EC2 API Reference, "Error codes"'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
const ed25519 = generateKeyPairSync('ed25519').publicKey

/** An OpenSSH public key, and the bytes that its text encodes (RFC 4253, RFC 8709). */
function openSsh(key: KeyObject): { text: string; blob: Buffer } {
  const field = (bytes: Buffer) =>
    Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes])
  const positive = (text: string) => {
    const bytes = Buffer.from(text, 'base64url')
    return bytes[0]! > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes
  }
  const jwk = key.export({ format: 'jwk' })
  const [type, fields] =
    jwk.kty === 'RSA'
      ? ['ssh-rsa', [positive(jwk.e!), positive(jwk.n!)]]
      : ['ssh-ed25519', [Buffer.from(jwk.x!, 'base64url')]]
  const blob = Buffer.concat(
    [Buffer.from(type), ...(fields as Buffer[])].map((part) => field(part as Buffer)),
  )
  return { text: `${type} ${blob.toString('base64')} someone@example`, blob }
}

const put = (cloud: Pick<Cloud, 'ec2'>, KeyName: string, text: string) =>
  cloud.ec2.send(
    new ImportKeyPairCommand({
      KeyName,
      PublicKeyMaterial: Buffer.from(text),
      TagSpecifications: [{ ResourceType: 'key-pair', Tags: [{ Key: 'of', Value: KeyName }] }],
    }),
  )

async function imported(cloud: Cloud, key: KeyObject) {
  const name = cloud.name()
  await put(cloud, name, openSsh(key).text)
  const { KeyPairs } = await cloud.ec2.send(
    new DescribeKeyPairsCommand({ KeyNames: [name], IncludePublicKey: true }),
  )
  return KeyPairs![0]!
}

export const keyPairs: Row[] = [
  {
    question: 'the fingerprint of an imported RSA key is the MD5 of its DER form',
    source: FINGERPRINTS,
    documented: createHash('md5')
      .update(rsa.export({ type: 'spki', format: 'der' }))
      .digest('hex')
      .replace(/..(?!$)/g, '$&:'),
    ask: async (cloud) => (await imported(cloud, rsa)).KeyFingerprint,
  },
  {
    question: 'the fingerprint of an ED25519 key is the SHA-256 of its OpenSSH form, in base64',
    source: FINGERPRINTS,
    documented: createHash('sha256').update(openSsh(ed25519).blob).digest('base64'),
    ask: async (cloud) => (await imported(cloud, ed25519)).KeyFingerprint,
  },
  {
    question: 'a key pair has a type, an id and tags',
    source: 'EC2 API Reference, KeyPairInfo',
    documented: /^rsa ed25519 key-0[0-9a-f]{16} of$/,
    ask: async (cloud) => {
      const { KeyType, KeyPairId, Tags } = await imported(cloud, ed25519)
      return `${(await imported(cloud, rsa)).KeyType} ${KeyType} ${KeyPairId} ${Tags![0]!.Key}`
    },
  },
  {
    question: 'IncludePublicKey returns the key',
    source: 'EC2 API Reference, DescribeKeyPairs',
    documented: openSsh(ed25519).text.split(' ').slice(0, 2).join(' '),
    ask: async (cloud) => (await imported(cloud, ed25519)).PublicKey!.split(' ').slice(0, 2).join(' '),
  },
  {
    question: 'a name is imported only once',
    source: 'terraform-provider-aws issue 30521',
    documented: 'InvalidKeyPair.Duplicate: The keypair already exists',
    ask: async (cloud) => {
      const { KeyName } = await imported(cloud, rsa)
      return error(put(cloud, KeyName!, openSsh(rsa).text))
    },
  },
  {
    question: 'the same name in another region is another key pair',
    source: 'EC2 API Reference, ImportKeyPair',
    documented: 'accepted',
    ask: async (cloud) => {
      const { KeyName } = await imported(cloud, rsa)
      return error(put(await cloud.clients([], { region: 'eu-west-2' }), KeyName!, openSsh(rsa).text))
    },
  },
  {
    question: 'anything but a public key is refused',
    source: ERRORS,
    documented: 'InvalidKey.Format: Key is not in valid OpenSSH public key format',
    ask: (cloud) => error(put(cloud, cloud.name(), 'ssh-ed25519 AAAA')),
  },
  {
    question: 'describing a key pair that does not exist is an error',
    source: ERRORS,
    documented: "InvalidKeyPair.NotFound: The key pair 'gone' does not exist",
    ask: (cloud) => error(cloud.ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['gone'] }))),
  },
  {
    question: 'deleting a key pair that does not exist succeeds',
    source: 'EC2 API Reference, DeleteKeyPair',
    documented: 'true',
    ask: async (cloud) => (await cloud.ec2.send(new DeleteKeyPairCommand({ KeyName: 'gone' }))).Return,
  },
  {
    question: 'key pairs are found by tag, with wildcards',
    source: 'EC2 API Reference, DescribeKeyPairs, Filter',
    documented: 'true',
    ask: async (cloud) => {
      const { KeyName } = await imported(cloud, ed25519)
      const Filters = [{ Name: 'tag:of', Values: [`${KeyName!.slice(0, -1)}*`] }]
      const { KeyPairs } = await cloud.ec2.send(new DescribeKeyPairsCommand({ Filters }))
      return KeyPairs!.some((pair) => pair.KeyName === KeyName)
    },
  },
]
