import { readFile } from 'node:fs/promises'
import path from 'node:path'

type Environment = Record<string, string | undefined>

/** Where pip looks for settings (its documentation, "Configuration files"), except for an active virtual environment. */
function settingsOf({ HOME = '', PIP_CONFIG_FILE, XDG_CONFIG_HOME }: Environment): string[] {
  return [
    PIP_CONFIG_FILE ?? '',
    '/etc/pip.conf',
    '/etc/xdg/pip/pip.conf',
    path.join(XDG_CONFIG_HOME || path.join(HOME, '.config'), 'pip/pip.conf'),
    path.join(HOME, '.pip/pip.conf'),
    path.join(HOME, 'Library/Application Support/pip/pip.conf'),
  ].filter((file) => path.isAbsolute(file))
}

/** Whether the user configured an index for pip and none for uv, which does not read pip's settings: then pip's is meant. */
export async function isForPipAlone(environment: Environment): Promise<boolean> {
  const names = Object.keys(environment).filter((name) => environment[name])
  if (names.some((name) => /^UV_(\w*INDEX\w*|CONFIG_FILE)$/.test(name))) return false
  if (names.some((name) => /^PIP_((EXTRA_)?INDEX_URL|NO_INDEX)$/.test(name))) return true
  const texts = await Promise.all(
    settingsOf(environment).map((file) => readFile(file, 'utf8').catch(() => '')),
  )
  return texts.some((text) => /^[ \t]*((extra[-_])?index[-_]url|no[-_]index)[ \t]*[=:]/m.test(text))
}
