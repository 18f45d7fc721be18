import { hex } from '../../state/chance.ts'
import type { Entry, KeyPair } from '../../state/entries.ts'
import type { World } from '../../state/world.ts'
import { AwsError } from '../../wire/errors.ts'
import { flag, text, texts } from '../../wire/query.ts'
import type { Xml } from '../../wire/xml.ts'
import type { Call } from '../call.ts'
import { passes } from './filters.ts'
import { readPublicKey } from './keys.ts'
import { tagSet, tagsFor } from './tags.ts'

export function importKeyPair(call: Call): Xml {
  const { cloud, fields, region } = call
  const name = text(fields, 'KeyName')
  const material = text(fields, 'PublicKeyMaterial')
  if (!name) throw new AwsError('MissingParameter', 'The request must contain the parameter KeyName')
  if (!material)
    throw new AwsError('MissingParameter', 'The request must contain the parameter PublicKeyMaterial')
  if (Buffer.byteLength(name) > 255)
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${name}) for parameter KeyName is invalid. The key name is too long.`,
    )
  const key = readPublicKey(Buffer.from(material, 'base64').toString('utf8'))
  const tags = tagsFor(fields, 'key-pair')
  const pair = cloud.log.commit((world, at) => {
    if (ofRegion(world, region).some((other) => other.name === name)) {
      throw new AwsError('InvalidKeyPair.Duplicate', 'The keypair already exists')
    }
    const made: KeyPair = {
      id: `key-0${hex(16, 'key', cloud.seed, region, name, at)}`,
      region,
      name,
      kind: key.kind,
      fingerprint: key.fingerprint,
      publicKey: key.text,
      tags,
    }
    return { change: { type: 'CreateKeyPair', ...made }, answer: made }
  })
  return { keyName: name, keyFingerprint: pair.fingerprint, keyPairId: pair.id, tagSet: tagSet(pair.tags) }
}

export function describeKeyPairs(call: Call): Xml {
  const { fields, world, region } = call
  const pairs = ofRegion(world, region)
  const names = texts(fields, 'KeyName')
  const ids = texts(fields, 'KeyPairId')
  for (const name of names) {
    if (!pairs.some((pair) => pair.name === name)) {
      throw new AwsError('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`)
    }
  }
  for (const id of ids) {
    if (!pairs.some((pair) => pair.id === id)) {
      throw new AwsError('InvalidKeyPair.NotFound', `The key pair ID '${id}' does not exist`)
    }
  }
  const includeKey = flag(fields, 'IncludePublicKey')
  const found = pairs.filter((pair) => {
    if (names.length > 0 && !names.includes(pair.name)) return false
    if (ids.length > 0 && !ids.includes(pair.id)) return false
    const values: Record<string, string> = {
      'key-name': pair.name,
      'key-pair-id': pair.id,
      fingerprint: pair.fingerprint,
    }
    return passes(fields, (name) => [values[name]], tagsOn(world, pair))
  })
  return {
    keySet: found.map((pair) => ({
      keyPairId: pair.id,
      keyFingerprint: pair.fingerprint,
      keyName: pair.name,
      keyType: pair.kind,
      tagSet: tagSet(tagsOn(world, pair)),
      publicKey: includeKey ? `${pair.publicKey} ${pair.name}` : undefined,
      createTime: new Date((pair as Entry & KeyPair).at),
    })),
  }
}

/** Deleting one that does not exist succeeds. If both id and name are given, both have to match. */
export function deleteKeyPair(call: Call): Xml {
  const { cloud, fields, region } = call
  const name = text(fields, 'KeyName')
  const id = text(fields, 'KeyPairId')
  if (name === undefined && id === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter KeyName or KeyPairId')
  }
  const gone = cloud.log.commit((world) => {
    const pair = ofRegion(world, region).find(
      (one) => (name === undefined || one.name === name) && (id === undefined || one.id === id),
    )
    return { change: pair && { type: 'DeleteKeyPair', id: pair.id }, answer: pair }
  })
  return { return: true, keyPairId: gone?.id }
}

function ofRegion(world: World, region: string): KeyPair[] {
  return [...world.keyPairs.values()].filter((pair) => pair.region === region)
}

function tagsOn(world: World, pair: KeyPair): Record<string, string> {
  return world.tags.get(pair.id) ?? pair.tags
}
