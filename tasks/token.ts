import { readFile } from 'node:fs/promises'
import type { Use } from './context.ts'
import { clusterHome, keepToken, readToken } from './dcos/home.ts'
import { Failure } from './runner/failure.ts'

/** The token for DC/OS: from `auth.tokenFile`, else the one that was entered once and kept; undefined when there is none. */
export async function knownToken(use: Use): Promise<string | undefined> {
  const { tokenFile } = use.config.auth
  if (!tokenFile) return readToken(clusterHome(use.folders.cluster))
  try {
    return (await readFile(tokenFile, 'utf8')).trim() || undefined
  } catch (error) {
    throw new Failure('CONFIG_INVALID', {
      message: `auth.tokenFile: cannot read ${tokenFile}`,
      cause: (error as Error).message,
      next: 'put a DC/OS authentication token into that file, or leave auth.tokenFile out',
    })
  }
}

/** Asks for a token at the terminal and keeps it; AUTH_NEEDED where nobody answers. */
export async function enterToken(use: Use, url: string): Promise<string> {
  const answer = (
    await use.ask(`DC/OS asks for a login. Get a token at ${url}/login and paste it here: `)
  )?.trim()
  if (!answer) {
    throw new Failure('AUTH_NEEDED', {
      message: `DC/OS at ${url} asks for a login`,
      cause: 'there is no token, and no terminal to ask for one',
      next: `npx task cli-config at a terminal, or auth.tokenFile=FILE`,
    })
  }
  await keepToken(clusterHome(use.folders.cluster), answer)
  return answer
}
