import path from 'node:path'
import { describeKeyPair, holds, type KeyPair } from '../../aws/key-pairs.ts'
import { describeOtherKey, type PublicKey, parsePublicKey, sshFingerprint } from '../../aws/public-key.ts'
import { Failure } from '../../base/failure.ts'
import { readUserFile, type UnusableFile } from '../../base/user-file.ts'
import { type Check, done, todo } from '../../runner/task.ts'
import type { Use } from '../context.ts'
import { generatedKey } from './generated-key.ts'
import { MOST_KEY_BYTES, readKey } from './public-key-file.ts'

export interface KeyPairValue {
  name: string
  id: string
  /** What ssh-keygen -l shows, or EC2's own fingerprint if the key itself is not available. */
  fingerprint: string
}

/** Done when EC2 has a key pair of the cluster's name that is ours and contains the user's key. */
export async function checkKeyPair(use: Use): Promise<Check<KeyPairValue>> {
  const { name } = use.config.cluster
  const explicit =
    use.config.access.publicKey === 'auto' ? undefined : await readKey(use.config.access.publicKey)
  const pair = await describeKeyPair(use.aws, name)
  if (!pair) return todo(`there is no key pair ${name} in ${use.aws.region}`)
  const refusal = judgeKeyPair(use, pair, explicit)
  if (refusal) return { state: 'refused', failure: refusal }
  return done(describeValue(pair), `key pair ${name} (${describeValue(pair).fingerprint})`)
}

/** Why the key pair of the cluster's name cannot be used, if it cannot. */
export function judgeKeyPair(use: Use, pair: KeyPair, wanted: PublicKey | undefined): Failure | undefined {
  const { name } = use.config.cluster
  if (!pair.ours) {
    return new Failure('KEY_FOREIGN', {
      message: `key pair ${name} (${pair.id}) in ${use.aws.region} is not ours`,
      cause: "it does not have this cluster's tag, so dcos-bootstrap did not create it; it is left as it is",
      next: 'choose another cluster.name, or remove the key pair yourself',
    })
  }
  if (!wanted || holds(pair, wanted)) return undefined
  return new Failure('KEY_DIFFERS', {
    message: `key pair ${name} (${pair.id}) contains a different key than access.publicKey`,
    cause: `in EC2: ${describeValue(pair).fingerprint}, wanted: ${sshFingerprint(wanted)}`,
    next: 'access.publicKey=auto keeps the one in EC2; to change it, npx task destroy, then bootstrap',
  })
}

/** A key generated earlier, else ~/.ssh/id_ed25519.pub, else ~/.ssh/id_rsa.pub; one that EC2 would not accept is skipped. */
export async function findKey(use: Use): Promise<PublicKey | undefined> {
  const ssh = path.join(use.folders.home, '.ssh')
  for (const file of [
    `${generatedKey(use)}.pub`,
    path.join(ssh, 'id_ed25519.pub'),
    path.join(ssh, 'id_rsa.pub'),
  ]) {
    const key = parsePublicKey(await readUserFile(file, MOST_KEY_BYTES).catch(() => ''))
    if (key) {
      use.log(`importing ${file}`)
      return key
    }
  }
  // Explains to a user who has a key why it is not used.
  for (const name of [
    'id_ed25519.pub',
    'id_rsa.pub',
    'id_ecdsa.pub',
    'id_ed25519_sk.pub',
    'id_ecdsa_sk.pub',
    'id_dsa.pub',
  ]) {
    const text = await readUserFile(path.join(ssh, name), MOST_KEY_BYTES).catch((error: UnusableFile) =>
      error.errno === 'ENOENT' || error.errno === 'ENOTDIR' ? undefined : error,
    )
    if (text === undefined) continue
    use.log(`~/.ssh/${name} is not used: ${text instanceof Error ? text.message : describeOtherKey(text)}`)
  }
  return undefined
}

/** What other tasks get about a key pair. */
export function describeValue(pair: KeyPair): KeyPairValue {
  return {
    name: pair.name,
    id: pair.id,
    fingerprint: pair.publicKey ? sshFingerprint(pair.publicKey) : pair.fingerprint,
  }
}
