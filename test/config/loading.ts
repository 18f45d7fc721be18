import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type LoadedConfig, loadConfig } from '../../config/load.ts'
import { Failure } from '../../tasks/base/failure.ts'

/** A project in a temporary folder, as far as the config sees it. */
export interface Given {
  /** What the file holds: `mine.yaml` in the project's folder, named by --config. */
  yaml?: string | Uint8Array
  /** What config/cluster.yaml holds, when the user names no file; without it there is none. */
  shipped?: string
  /** KEY=VALUE words. */
  words?: string[]
  environment?: Record<string, string>
  /** The file to name instead of mine.yaml. */
  file?: string
  /** The user's folder, below the project's. */
  cwd?: string
}

/** Loads a config, in a project that is gone afterwards. The project's folder reads `ROOT` in what comes back. */
export async function load(given: Given): Promise<LoadedConfig> {
  const root = mkdtempSync(path.join(tmpdir(), 'config-'))
  try {
    mkdirSync(path.join(root, 'config'))
    const cwd = path.join(root, given.cwd ?? '.')
    mkdirSync(cwd, { recursive: true })
    if (given.yaml !== undefined) writeFileSync(path.join(root, 'mine.yaml'), given.yaml)
    if (given.shipped !== undefined) writeFileSync(path.join(root, 'config/cluster.yaml'), given.shipped)
    const loaded = await loadConfig({
      root,
      cwd,
      file:
        given.file ??
        (given.yaml === undefined ? undefined : path.relative(cwd, path.join(root, 'mine.yaml'))),
      overrides: (given.words ?? []).map((word) => {
        const equals = word.indexOf('=')
        return { key: word.slice(0, equals), value: word.slice(equals + 1) }
      }),
      environment: { HOME: '/home/user', ...given.environment },
    })
    return { ...loaded, config: JSON.parse(JSON.stringify(loaded.config).replaceAll(root, 'ROOT')) }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** The message of the CONFIG_INVALID that loading must end with; anything else is thrown on. */
export async function faults(given: Given): Promise<string> {
  try {
    await load(given)
  } catch (error) {
    if (error instanceof Failure && error.code === 'CONFIG_INVALID') return error.message
    throw error
  }
  throw new Error(`accepted: ${JSON.stringify(given)}`)
}
