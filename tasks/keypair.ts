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
  checks: "EC2 has a key pair of the cluster's name that carries our tag and holds access.publicKey",
  runs: 'imports the public key. With auto it is the first of ~/.ssh/id_ed25519.pub and ~/.ssh/id_rsa.pub, else one that is generated in .task/',
  undo: 'deletes the key pair, and a generated private key with the last key pair that held it; refused while the stack is there',
  keys: ['cloud', 'region', 'cluster.name', 'access.publicKey', 'tags', 'aws'],
  examples: ['keypair access.publicKey=~/.ssh/work.pub', 'keypair --undo'],
}

/** Imports the user's public key; with `auto` and no key in ~/.ssh, one that is generated here. */
export async function run(use: Use): Promise<KeyPairValue> {
  const { name } = use.config.cluster
  // Nor for one that is somebody else's or cannot come up: a key pair without its stack would only be left over.
  const stack = await glance(use)
  if (!stack) await use.preflight()
  if (stack && !isOwnStack(stack, name)) throw foreignStack(use.aws.region, stack)
  const { publicKey } = use.config.access
  const key =
    publicKey === 'auto' ? ((await findKey(use)) ?? (await generate(use))) : await readKey(publicKey)
  return describeValue(await noting(use, key, () => importOrFind(use, key)))
}

/** Imports the key, or finds that somebody was faster: perhaps another run of ours, or our own request whose answer was lost. */
async function importOrFind(use: Use, key: PublicKey): Promise<KeyPair> {
  const { name } = use.config.cluster
  try {
    return await importKeyPair(use.aws, name, key, use.config.tags)
  } catch (error) {
    if ((error as Error).name !== 'InvalidKeyPair.Duplicate') throw error
    const pair = await describeKeyPair(use.aws, name)
    // With auto whichever key is there is right: another machine may have been faster with its own.
    const wanted = use.config.access.publicKey === 'auto' ? undefined : key
    const refusal = pair ? judgeKeyPair(use, pair, wanted) : undefined
    if (!pair || refusal) throw refusal ?? error
    if (!holds(pair, key))
      use.log(`another run has imported its own key (${describeValue(pair).fingerprint}): it is kept`)
    return pair
  }
}

export const undoing = 'Delete the key pair'

/** Deletes every key pair that is ours; the private key that was generated for it goes with the last that held it. */
export async function undo(use: Use): Promise<string | undefined> {
  const { name } = use.config.cluster
  const gone: KeyPair[] = []
  const { inventory } = use.seen
  // By the tag alone, as they are listed before and looked for afterwards.
  for (const pair of inventory?.keyPairs ?? (await ownKeyPairs(use.aws, name))) {
    await deleteKeyPair(use.aws, pair)
    // Where the whole is destroyed, its proof looks.
    if (!inventory && (await describeKeyPair(use.aws, pair.name))?.id === pair.id)
      use.report.left.push(pair.id)
    else gone.push(pair)
  }
  use.report.deleted.push(...gone.map(({ id }) => id))
  await forgetGenerated(use, gone)
  return gone.length > 0 ? `key pair ${gone.map((pair) => pair.name).join(', ')} deleted` : undefined
}
