import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { holds, type KeyPair } from '../../aws/key-pairs.ts'
import { generateKeyPair, type PublicKey, parsePublicKey } from '../../aws/public-key.ts'
import { Failure } from '../../base/failure.ts'
import { makePrivateFolder, writeAtomically } from '../../base/file.ts'
import type { Use } from '../context.ts'

// A private key that was generated here is the only one of its kind. The folder it is in knows no account: under another
// profile or endpoint the same cluster is another one, which may use the same key. So beside the key is noted to
// which key pairs it was given, and it goes with the last of them.

/** The private key that was generated for this cluster, if one was. */
export function generatedKey(use: Use): string {
  return path.join(use.folders.cluster, 'id_ed25519')
}

/** The names of all files that belong to it. */
export const generatedFiles = ['id_ed25519', 'id_ed25519.pub', 'id_ed25519.imports']

/** In place of a key pair's id: EC2 was asked for one and has not answered. */
const UNANSWERED = '?'

/** Writes the private key before the public one is imported: a key without its private half would be of no use. */
export async function generate(use: Use): Promise<PublicKey> {
  const file = generatedKey(use)
  const { privateKey, publicKey } = generateKeyPair(use.config.cluster.name)
  await makePrivateFolder(use.folders.cluster)
  await writeAtomically(file, privateKey, { mode: 0o600 })
  await note(use, [])
  await writeAtomically(`${file}.pub`, publicKey, { mode: 0o644 })
  use.log(`no RSA or ED25519 key in ~/.ssh: generated ${path.relative(use.folders.root, file)}`)
  return parsePublicKey(publicKey)!
}

/** Has EC2 take a key by `importing`. Of the generated one it is noted before that EC2 may hold it, and afterwards as what. */
export async function noting(use: Use, key: PublicKey, importing: () => Promise<KeyPair>): Promise<KeyPair> {
  const own = await generatedHalf(use)
  if (own?.blob !== key.blob) return importing()
  const before = await noted(use)
  await note(use, [...new Set([...before, UNANSWERED])])
  const pair = await importing().catch(async (error) => {
    if (isRefusal(error)) await note(use, before)
    throw error
  })
  // Somebody was faster with another key: this one was not taken.
  await note(use, holds(pair, key) ? [...before.filter((id) => id !== pair.id), pair.id] : before)
  return pair
}

/** EC2 has answered that it does not take the key. */
function isRefusal(error: unknown): boolean {
  const source = (error instanceof Failure ? error.cause : error) as {
    $metadata?: { httpStatusCode?: number }
  }
  const status = source?.$metadata?.httpStatusCode ?? 0
  return status >= 400 && status < 500
}

/**
 * Removes the generated key if these key pairs, which are deleted, are all that ever held it; otherwise says that it
 * stays. What is not certain keeps it: a lost answer, another account, a run that was killed.
 */
export async function forgetGenerated(use: Use, deleted: readonly KeyPair[]): Promise<void> {
  const own = await generatedHalf(use)
  if (!own) return
  const before = await noted(use)
  // Its id was noted when it took the key. An emulator that does not show the key may have a fingerprint of its own kind.
  const held = deleted.filter((pair) => !pair.publicKey || holds(pair, own))
  const gone = new Set(held.map(({ id }) => id))
  const others = before.filter((id) => !gone.has(id))
  if (others.length < before.length && others.length === 0) {
    for (const name of generatedFiles) await rm(path.join(use.folders.cluster, name), { force: true })
    return
  }
  if (others.length < before.length) await note(use, others)
  const file = path.relative(use.folders.root, generatedKey(use))
  use.log(
    `the private key ${file} is kept, as a cluster that cannot be seen from here may need it (npx task clean)`,
  )
}

/** The public half of the generated key. */
export async function generatedHalf(use: Use): Promise<PublicKey | undefined> {
  return parsePublicKey(await readFile(`${generatedKey(use)}.pub`, 'utf8').catch(() => ''))
}

async function noted(use: Use): Promise<string[]> {
  const text = await readFile(`${generatedKey(use)}.imports`, 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}

async function note(use: Use, ids: readonly string[]): Promise<void> {
  await writeAtomically(`${generatedKey(use)}.imports`, ids.map((id) => `${id}\n`).join(''))
}
