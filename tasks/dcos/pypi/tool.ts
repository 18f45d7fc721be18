import { startChild } from '../../base/child.ts'
import { realClock } from '../../base/clock.ts'

/** How long one tool may take, in milliseconds: pip downloads some 8 MB, on a slow line for minutes. */
const DEADLINE = 10 * 60_000

/** The user's settings for a package index: which one, its proxy, its certificates. */
const passedOn = [
  /^PIP_(EXTRA_)?INDEX_URL$/,
  /^PIP_(FIND_LINKS|NO_INDEX|TRUSTED_HOST|CERT|CLIENT_CERT|PROXY|CONFIG_FILE|KEYRING_PROVIDER|USE_FEATURE)$/,
  /^UV_\w*INDEX\w*$/,
  /^UV_(FIND_LINKS|INSECURE_HOST|KEYRING_PROVIDER|NATIVE_TLS|SYSTEM_CERTS|OFFLINE|CONFIG_FILE|NO_CONFIG|SSL\w*)$/,
]

type Environment = Record<string, string | undefined>

/**
 * The environment of Python, pip and uv: the user's, without variables that would lead them elsewhere (another Python's packages,
 * another target, cache or log), with their temporary files in `temporary`.
 */
export function toolEnvironment(environment: Environment, temporary: string): Environment {
  const own = Object.entries(environment).filter(
    ([name]) =>
      !/^(PYTHON|PIP_|UV_|VIRTUAL_ENV|CONDA_|SETUPTOOLS_|DISTUTILS_|__PYVENV)/.test(name) ||
      passedOn.some((pattern) => pattern.test(name)),
  )
  return {
    ...Object.fromEntries(own),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONNOUSERSITE: '1',
    TMPDIR: temporary,
    // pip asks rustc for its version, for which rustup would create its home.
    RUSTUP_HOME: temporary,
    UV_CACHE_DIR: `${temporary}/uv`,
    UV_PYTHON_DOWNLOADS: 'never',
    // The timeout in seconds, and one retry: without a network it must fail soon.
    UV_HTTP_TIMEOUT: '5',
    UV_HTTP_RETRIES: '1',
  }
}

export interface ToolOptions {
  environment: Environment
  folder: string
  signal: AbortSignal
}

export interface ToolAnswer {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a tool to its end, whatever its exit status. When the run is aborted, it and all that it started are killed. */
export async function runTool(program: string, words: string[], options: ToolOptions): Promise<ToolAnswer> {
  const { environment, folder, signal } = options
  signal.throwIfAborted()
  // A process group of its own: pip starts child processes, and one signal must reach them all.
  const running = startChild(program, words, { environment, folder, stdio: 'read', detached: true })
  const over = new AbortController()
  const late = realClock.sleep(DEADLINE, AbortSignal.any([signal, over.signal])).then(
    () => undefined,
    () => undefined,
  )
  const output = await Promise.race([running, late])
  over.abort()
  if (output) return { code: output.exitCode, stdout: output.stdout, stderr: output.stderr }
  killGroup(running.pid)
  signal.throwIfAborted()
  return { code: null, stdout: '', stderr: `it did not end within ${DEADLINE / 60_000} minutes` }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // it has ended meanwhile
  }
}
