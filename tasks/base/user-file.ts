import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** Why a file that the user names cannot be used, worded to follow its name. `errno` if it is a system error. */
export class UnusableFile extends Error {
  constructor(
    message: string,
    readonly errno: string | undefined = undefined,
  ) {
    super(message)
  }
}

/** errno(3), in words. */
const reasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'you have no permission to read it',
  EPERM: 'you have no permission to read it',
  EISDIR: 'it is a folder, not a file',
  ELOOP: 'it is a symbolic link to itself',
  ENAMETOOLONG: 'the name is too long',
  ENXIO: 'it is not a regular file',
  ERR_INVALID_ARG_VALUE: 'the name contains a NUL character',
}

let standardInput: Promise<string> | undefined

/** The text on standard input, read once; at most `most` bytes. Throws UnusableFile. */
export function readStandardInput(most: number): Promise<string> {
  standardInput ??= (async () => {
    if (process.stdin.isTTY) throw new UnusableFile('it is a terminal: nothing is piped in')
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of process.stdin) {
      chunks.push(Buffer.from(chunk as Uint8Array))
      length += chunks.at(-1)!.length
      if (length > most) throw new UnusableFile(`it has more than ${most} bytes`)
    }
    return Buffer.concat(chunks).toString('utf8')
  })()
  return standardInput
}

/**
 * The text of a small file that the user names, without a byte order mark; at most `most` bytes. A pipe or a device, which may
 * block forever or never end, is not read. Throws UnusableFile.
 */
export async function readUserFile(file: string, most: number): Promise<string> {
  let bytes: Buffer
  try {
    // Without O_NONBLOCK, opening a pipe waits for a writer.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const facts = await handle.stat()
      if (facts.isDirectory()) throw new UnusableFile('it is a folder, not a file', 'EISDIR')
      if (!facts.isFile()) throw new UnusableFile('it is not a regular file')
      if (facts.size > most)
        throw new UnusableFile(`it has ${facts.size} bytes, more than the limit of ${most}`)
      // A file in /proc reports a size of 0, and may be endless: at most one byte too many is read.
      const buffer = Buffer.alloc(most + 1)
      let length = 0
      for (;;) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
        length += bytesRead
        if (bytesRead === 0 || length === buffer.length) break
      }
      if (length > most) throw new UnusableFile(`it has more than ${most} bytes`)
      bytes = buffer.subarray(0, length)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof UnusableFile) throw error
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new UnusableFile(reasons[code] ?? message, code)
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw new UnusableFile('it is encoded in UTF-16: save it as UTF-8')
  if (bytes.includes(0)) throw new UnusableFile('it is a binary file')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UnusableFile('it is not UTF-8 text')
  }
}
