import {
  CreateTagsCommand,
  DeleteKeyPairCommand,
  DescribeKeyPairsCommand,
  DescribeTagsCommand,
  ImportKeyPairCommand,
  type KeyPairInfo,
} from '@aws-sdk/client-ec2'
import type { Aws } from './clients.ts'
import { ec2 } from './ec2.ts'
import { CLUSTER_TAG, isOurs, tagList, tagValue } from './ownership.ts'
import { ec2Fingerprint, type PublicKey, parsePublicKey } from './public-key.ts'

/** A key pair as EC2 knows it. */
export interface KeyPair {
  id: string
  name: string
  fingerprint: string
  /** Undefined if EC2 (or an emulator) does not return it. */
  publicKey: PublicKey | undefined
  ours: boolean
}

/** The key pair with exactly this name; undefined if there is none. */
export async function describeKeyPair(aws: Aws, name: string): Promise<KeyPair | undefined> {
  try {
    const answer = await ec2(aws).send(
      new DescribeKeyPairsCommand({ KeyNames: [name], IncludePublicKey: true }),
    )
    const found = answer.KeyPairs?.find((pair) => pair.KeyName === name)
    return found && keyPairFrom((await withTags(aws, [found]))[0]!, name)
  } catch (error) {
    if ((error as Error).name === 'InvalidKeyPair.NotFound') return undefined
    throw error
  }
}

/** Every key pair in the region that carries this cluster's tag. */
export async function ownKeyPairs(aws: Aws, cluster: string): Promise<KeyPair[]> {
  const Filters = [{ Name: `tag:${CLUSTER_TAG}`, Values: [cluster] }]
  const answer = await ec2(aws).send(new DescribeKeyPairsCommand({ Filters, IncludePublicKey: true }))
  // Checked again here: an emulator may not know the filter.
  const pairs = await withTags(aws, answer.KeyPairs ?? [])
  return pairs.map((pair) => keyPairFrom(pair, cluster)).filter((pair) => pair.ours)
}

/** The key pairs in the region that carry the tag of a cluster of ours, by cluster. */
export async function keyPairsOfClusters(aws: Aws): Promise<Map<string, KeyPair[]>> {
  const Filters = [{ Name: 'tag-key', Values: [CLUSTER_TAG] }]
  const answer = await ec2(aws).send(new DescribeKeyPairsCommand({ Filters, IncludePublicKey: true }))
  const found = new Map<string, KeyPair[]>()
  for (const pair of await withTags(aws, answer.KeyPairs ?? [])) {
    const cluster = tagValue(pair.Tags, CLUSTER_TAG)
    if (cluster === undefined) continue
    const known = found.get(cluster)
    if (known) known.push(keyPairFrom(pair, cluster))
    else found.set(cluster, [keyPairFrom(pair, cluster)])
  }
  return found
}

/** Imports a public key under the cluster's name, with its tag and the user's own. EC2 refuses a name that is taken: InvalidKeyPair.Duplicate. */
export async function importKeyPair(
  aws: Aws,
  cluster: string,
  key: PublicKey,
  tags: Record<string, string> = {},
): Promise<KeyPair> {
  const Tags = tagList({ [CLUSTER_TAG]: cluster, ...tags })
  const answer = await ec2(aws).send(
    new ImportKeyPairCommand({
      KeyName: cluster,
      PublicKeyMaterial: Buffer.from(`${key.type} ${key.blob} ${cluster}`),
      TagSpecifications: [{ ResourceType: 'key-pair', Tags }],
    }),
  )
  // EC2 tags it at once and returns the tags; ministack ignores them.
  if (!isOurs(answer.Tags, cluster) && answer.KeyPairId)
    await ec2(aws).send(new CreateTagsCommand({ Resources: [answer.KeyPairId], Tags }))
  return {
    id: answer.KeyPairId ?? '',
    name: cluster,
    fingerprint: answer.KeyFingerprint ?? '',
    publicKey: key,
    ours: true,
  }
}

/**
 * Deletes by id, which is never reused, so that a new key pair of the same name is kept. An emulator gets the name too: one of
 * them reports success for an id alone and deletes nothing.
 */
export async function deleteKeyPair(aws: Aws, { id, name }: KeyPair): Promise<void> {
  const named = aws.options.endpoint ? { KeyName: name } : {}
  await ec2(aws).send(new DeleteKeyPairCommand({ KeyPairId: id, ...named }))
}

/** Whether EC2's key pair has this key: by the key itself if EC2 returns it, else by its fingerprint. */
export function holds(pair: KeyPair, key: PublicKey): boolean {
  if (pair.publicKey) return pair.publicKey.blob.replace(/=+$/, '') === key.blob.replace(/=+$/, '')
  // ED25519 fingerprints occur with and without padding.
  return pair.fingerprint.replace(/=+$/, '') === ec2Fingerprint(key).replace(/=+$/, '')
}

/** EC2 returns a key pair's tags with it, at least an empty list; ministack does not, and they are read separately. */
async function withTags(aws: Aws, pairs: KeyPairInfo[]): Promise<KeyPairInfo[]> {
  const Values = pairs.filter((pair) => pair.Tags === undefined).map((pair) => pair.KeyPairId ?? '')
  if (Values.length === 0) return pairs
  const { Tags } = await ec2(aws).send(
    new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values }] }),
  )
  return pairs.map((pair) => ({
    ...pair,
    Tags: pair.Tags ?? (Tags ?? []).filter((tag) => tag.ResourceId === pair.KeyPairId),
  }))
}

function keyPairFrom(pair: KeyPairInfo, cluster: string): KeyPair {
  return {
    id: pair.KeyPairId ?? '',
    name: pair.KeyName ?? '',
    fingerprint: pair.KeyFingerprint ?? '',
    publicKey: pair.PublicKey ? parsePublicKey(pair.PublicKey) : undefined,
    ours: isOurs(pair.Tags, cluster),
  }
}
