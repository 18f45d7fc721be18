import { createHash, generateKeyPairSync } from 'node:crypto'
import {
  CreateTagsCommand,
  DeleteKeyPairCommand,
  DescribeImagesCommand,
  DescribeKeyPairsCommand,
  ImportKeyPairCommand,
} from '@aws-sdk/client-ec2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refused, rehearse } from './fixture.ts'

const keypairs = suite('rehearsal: key pairs')

/** An OpenSSH public key, from its fields. */
function openSsh(type: string, ...fields: Buffer[]): string {
  const parts = [Buffer.from(type), ...fields].flatMap((field) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(field.length)
    return [length, field]
  })
  return `${type} ${Buffer.concat(parts).toString('base64')}`
}

keypairs('RSA and ED25519 keys are returned with the fingerprints that AWS shows', async () => {
  const { ec2, remove } = rehearse()
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  const { e, n } = rsa.export({ format: 'jwk' })
  const rsaText = openSsh(
    'ssh-rsa',
    Buffer.from(e!, 'base64url'),
    Buffer.concat([Buffer.from([0]), Buffer.from(n!, 'base64url')]),
  )
  const edwards = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const edwardsText = openSsh('ssh-ed25519', Buffer.from(edwards.x!, 'base64url'))
  const tags = [{ ResourceType: 'key-pair' as const, Tags: [{ Key: 'owner', Value: 'me' }] }]
  const first = await ec2.send(
    new ImportKeyPairCommand({
      KeyName: 'r',
      PublicKeyMaterial: Buffer.from(`${rsaText} me@here\n`),
      TagSpecifications: tags,
    }),
  )
  const second = await ec2.send(
    new ImportKeyPairCommand({ KeyName: 'e', PublicKeyMaterial: Buffer.from(edwardsText) }),
  )
  const der = rsa.export({ type: 'spki', format: 'der' })
  assert.is(first.KeyFingerprint, createHash('md5').update(der).digest('hex').match(/../g)!.join(':'))
  assert.is(
    second.KeyFingerprint,
    createHash('sha256')
      .update(Buffer.from(edwardsText.split(' ')[1]!, 'base64'))
      .digest('base64'),
  )

  const { KeyPairs } = await ec2.send(
    new DescribeKeyPairsCommand({ KeyNames: ['r'], IncludePublicKey: true }),
  )
  const [pair] = KeyPairs!
  assert.equal(
    [pair!.KeyType, pair!.PublicKey, pair!.Tags],
    ['rsa', `${rsaText} r`, [{ Key: 'owner', Value: 'me' }]],
  )
  assert.match(pair!.KeyPairId!, /^key-[0-9a-f]{17}$/)
  await ec2.send(
    new CreateTagsCommand({ Resources: [pair!.KeyPairId!], Tags: [{ Key: 'more', Value: 'x' }] }),
  )
  const tagged = await ec2.send(
    new DescribeKeyPairsCommand({
      Filters: [
        { Name: 'tag:more', Values: ['x'] },
        { Name: 'tag:owner', Values: ['m*'] },
      ],
    }),
  )
  assert.equal(
    tagged.KeyPairs!.map(({ KeyName }) => KeyName),
    ['r'],
  )
  remove()
})

keypairs('duplicates, garbage and missing ones are refused; deleting a missing one is not', async () => {
  const { ec2, folder, remove } = rehearse()
  const material = Buffer.from(openSsh('ssh-ed25519', Buffer.alloc(32, 7)))
  const { KeyPairId } = await ec2.send(
    new ImportKeyPairCommand({ KeyName: 'foo', PublicKeyMaterial: material }),
  )
  await ec2.send(new ImportKeyPairCommand({ KeyName: 'foobar', PublicKeyMaterial: material }))
  const code = async (call: Promise<unknown>) => (await refused(call)).name
  assert.is(
    await code(ec2.send(new ImportKeyPairCommand({ KeyName: 'foo', PublicKeyMaterial: material }))),
    'InvalidKeyPair.Duplicate',
  )
  for (const garbage of ['hello', 'ssh-rsa AAAA', `ssh-rsa ${material.toString().split(' ')[1]}`]) {
    assert.is(
      await code(
        ec2.send(new ImportKeyPairCommand({ KeyName: 'new', PublicKeyMaterial: Buffer.from(garbage) })),
      ),
      'InvalidKey.Format',
    )
  }
  const missing = await refused(ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['fo'] })))
  assert.equal(
    [missing.name, missing.message],
    ['InvalidKeyPair.NotFound', "The key pair 'fo' does not exist"],
  )
  // A key pair belongs to its region.
  const elsewhere = rehearse({ folder }, 'us-east-1')
  assert.equal((await elsewhere.ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs, [])
  await ec2.send(new DeleteKeyPairCommand({ KeyName: 'never' }))
  await ec2.send(new DeleteKeyPairCommand({ KeyName: 'foobar', KeyPairId }))
  await ec2.send(new DeleteKeyPairCommand({ KeyPairId }))
  const left = await ec2.send(
    new DescribeKeyPairsCommand({ Filters: [{ Name: 'key-name', Values: ['foo', 'foobar'] }] }),
  )
  assert.equal(
    left.KeyPairs!.map(({ KeyName }) => KeyName),
    ['foobar'],
  )
  remove()
})

keypairs('images exist if they are well-formed', async () => {
  const { ec2, remove } = rehearse()
  const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: ['ami-0ffd2ee15ceabef65'] }))
  assert.is(Images![0]!.State, 'available')
  assert.is(
    (await refused(ec2.send(new DescribeImagesCommand({ ImageIds: ['ami-x'] })))).name,
    'InvalidAMIID.Malformed',
  )
  remove()
})

keypairs.run()
