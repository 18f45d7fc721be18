import { describeOtherKey, type PublicKey, parsePublicKey } from '../../aws/public-key.ts'
import { Failure } from '../../base/failure.ts'
import { readUserFile } from '../../base/user-file.ts'

/** An RSA key of 16,384 bits has about 3 kB. */
export const MOST_KEY_BYTES = 64_000

/** The public key in a file that the user names. Throws CONFIG_INVALID. */
export async function readKey(file: string): Promise<PublicKey> {
  const advice = {
    next: 'access.publicKey is auto, or the path of an RSA or ED25519 public key (ssh-keygen -t ed25519 makes one)',
  }
  const text = await readUserFile(file, MOST_KEY_BYTES).catch((error: Error) => {
    const message = `access.publicKey: cannot read ${file}`
    throw new Failure('CONFIG_INVALID', { message, cause: error.message, ...advice })
  })
  const key = parsePublicKey(text)
  if (key) return key
  throw new Failure('CONFIG_INVALID', {
    message: `access.publicKey: ${file} contains no public key that EC2 accepts`,
    cause: describeOtherKey(text),
    ...advice,
  })
}
