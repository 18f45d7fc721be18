import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { holds, type KeyPair } from '../../aws/key-pairs.ts'
import { generateKeyPair, type PublicKey, parsePublicKey } from '../../aws/public-key.ts'
import { Failure } from '../../base/failure.ts'
import { makePrivateFolder, writeAtomically } from '../../base/file.ts'
import type { Use } from '../context.ts'

// A private key that was generated here has no other copy. Its folder is not bound to an account: under another
// profile or endpoint the same name is a different cluster, which may use the same key. So a file next to the key lists
// its key pairs, and the key is removed with the last of them.

/** The private key that was generated for this cluster, if one was. */
export function generatedKey(use: Use): string {
  return path.join(use.folders.cluster, 'id_ed25519')
}

/** The names of all files that belong to it. */
export const generatedFiles = ['id_ed25519', 'id_ed25519.pub', 'id_ed25519.imports']

/** Stands for a key pair's id while EC2 has not responded to the import. */
const UNANSWERED = '?'

/** Writes the private key before the public one is imported: a key without its private half would be useless. */
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

/** Imports a key into EC2. For the generated one it is noted first that EC2 may have it, and afterwards under which id. */
export async function noting(use: Use, key: PublicKey, importing: () => Promise<KeyPair>): Promise<KeyPair> {
  const own = await generatedHalf(use)
  if (own?.blob !== key.blob) return importing()
  const before = await noted(use)
  await note(use, [...new Set([...before, UNANSWERED])])
  const pair = await importing().catch(async (error) => {
    if (isRefusal(error)) await note(use, before)
    throw error
  })
  // Another process imported another key first: this one was not imported.
  await note(use, holds(pair, key) ? [...before.filter((id) => id !== pair.id), pair.id] : before)
  return pair
}

/** EC2 has responded that it does not accept the key. */
function isRefusal(error: unknown): boolean {
  const source = (error instanceof Failure ? error.cause : error) as {
    $metadata?: { httpStatusCode?: number }
  }
  const status = source?.$metadata?.httpStatusCode ?? 0
  return status >= 400 && status < 500
}

/**
 * Removes the generated key if these deleted key pairs are the only ones that ever contained it; otherwise says that it
 * is kept. Any doubt keeps it: a lost response, another account, a run that was killed.
 */
export async function forgetGenerated(use: Use, deleted: readonly KeyPair[]): Promise<void> {
  const own = await generatedHalf(use)
  if (!own) return
  const before = await noted(use)
  // Its id was noted at the import. An emulator that does not return the key may have its own kind of fingerprint.
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
