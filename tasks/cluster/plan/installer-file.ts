import { open } from 'node:fs/promises'
import type { Config } from '../../../config/schema.ts'
import { Failure } from '../../base/failure.ts'

/** A shell script with an appended archive: it begins as every script does. */
const SCRIPT = '#!'

/** Whether the installer is a file of this machine, to be uploaded. */
export function isLocal(from: string): boolean {
  return !/^(https?|s3):\/\//.test(from)
}

/** Checks, before any call, that a local installer can be read, and is a script. Throws CONFIG_INVALID. */
export async function judgeInstaller({ installer }: Pick<Config, 'installer'>): Promise<void> {
  const { from } = installer
  if (from === undefined || !isLocal(from)) return
  const refuse = (cause: string) =>
    new Failure('CONFIG_INVALID', {
      message: `installer.from: cannot use ${from}`,
      cause,
      next: "name DC/OS's installer, dcos_generate_config.sh (1.5 GB)",
    })
  const file = await open(from).catch((error: NodeJS.ErrnoException) => {
    throw refuse(error.code === 'ENOENT' ? 'there is no such file' : error.message)
  })
  try {
    if (!(await file.stat()).isFile()) throw refuse('it is not a file')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
    if (buffer.toString('latin1', 0, bytesRead) !== SCRIPT)
      throw refuse(bytesRead === 0 ? 'it is empty' : 'it is not a shell script: it does not begin with #!')
  } finally {
    await file.close()
  }
}
