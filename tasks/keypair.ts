import {
  deleteKeyPair,
  describeKeyPair,
  holds,
  importKeyPair,
  type KeyPair,
  ownKeyPairs,
} from './aws/key-pairs.ts'
import type { PublicKey } from './aws/public-key.ts'
import { isOwnStack } from './aws/stack/stack.ts'
import { forgetGenerated, generate, noting } from './cluster/access/generated-key.ts'
import { describeValue, findKey, judgeKeyPair, type KeyPairValue } from './cluster/access/key-pair.ts'
import { readKey } from './cluster/access/public-key-file.ts'
import type { Use } from './cluster/context.ts'
import { glance } from './cluster/stack/glance.ts'
import { foreignStack } from './cluster/stack/ownership.ts'
import type { Help } from './runner/help/text.ts'

export { checkKeyPair as check, type KeyPairValue } from './cluster/access/key-pair.ts'

/** What `npx task help keypair` says. */
export const help: Help = {
  checks: "EC2 has a key pair with the cluster's name and tag that contains access.publicKey",
  runs: 'imports the public key. With auto it is ~/.ssh/id_ed25519.pub or ~/.ssh/id_rsa.pub, else one generated in .task/',
  undo: 'deletes the key pair, and a generated private key with the last key pair that uses it; refused while the stack exists',
  keys: ['cloud', 'region', 'cluster.name', 'access.publicKey', 'tags', 'aws'],
  examples: ['keypair access.publicKey=~/.ssh/work.pub', 'keypair --undo'],
}

/** Imports the user's public key; with `auto` and no key in ~/.ssh, a generated one. */
export async function run(use: Use): Promise<KeyPairValue> {
  const { name } = use.config.cluster
  // Not for a stack that is not ours or cannot be created: the key pair would only be a leftover.
  const stack = await glance(use)
  if (!stack) await use.preflight()
  if (stack && !isOwnStack(stack, name)) throw foreignStack(use.aws.region, stack)
  const { publicKey } = use.config.access
  const key =
    publicKey === 'auto' ? ((await findKey(use)) ?? (await generate(use))) : await readKey(publicKey)
  return describeValue(await noting(use, key, () => importOrFind(use, key)))
}

/** Imports the key, or accepts one imported meanwhile: by another run of ours, or by our own request whose response was lost. */
async function importOrFind(use: Use, key: PublicKey): Promise<KeyPair> {
  const { name } = use.config.cluster
  try {
    return await importKeyPair(use.aws, name, key, use.config.tags)
  } catch (error) {
    if ((error as Error).name !== 'InvalidKeyPair.Duplicate') throw error
    const pair = await describeKeyPair(use.aws, name)
    // With auto any key is fine: another machine may have imported its own first.
    const wanted = use.config.access.publicKey === 'auto' ? undefined : key
    const refusal = pair ? judgeKeyPair(use, pair, wanted) : undefined
    if (!pair || refusal) throw refusal ?? error
    if (!holds(pair, key))
      use.log(`another run has imported its own key (${describeValue(pair).fingerprint}): that key is kept`)
    return pair
  }
}

export const undoing = 'Delete the key pair'

/** Deletes every key pair that is ours; a generated private key is deleted with the last key pair that uses it. */
export async function undo(use: Use): Promise<string | undefined> {
  const { name } = use.config.cluster
  const gone: KeyPair[] = []
  const { inventory } = use.seen
  // Selected by tag alone, as in the list before and in the check afterwards.
  for (const pair of inventory?.keyPairs ?? (await ownKeyPairs(use.aws, name))) {
    await deleteKeyPair(use.aws, pair)
    // A destroy of the whole cluster verifies this itself at the end.
    if (!inventory && (await describeKeyPair(use.aws, pair.name))?.id === pair.id)
      use.report.left.push(pair.id)
    else gone.push(pair)
  }
  use.report.deleted.push(...gone.map(({ id }) => id))
  await forgetGenerated(use, gone)
  return gone.length > 0 ? `key pair ${gone.map((pair) => pair.name).join(', ')} deleted` : undefined
}
