import { startChild } from '../base/child.ts'
import type { Clock } from '../base/clock.ts'
import { exitOf, kill, type ProgramOptions, runAtTerminal } from '../base/terminal-program.ts'

/** As PATH: not a folder, so nothing is found on it. A CLI run in the background must not start a browser. */
const NO_PROGRAMS = '/dev/null'
/** `--version` takes some 20 ms; this is the limit on a busy machine, in milliseconds. */
const VERSION_DEADLINE = 10_000
/** ETXTBSY (execve(2)) passes within milliseconds. */
const BUSY_TRIES = 5
const BUSY_PAUSE = 50

/** The user's variables that a CLI run in the background sees: network access and locale. */
const passedOn = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'LANG',
  'LC_ALL',
  'TMPDIR',
]
/** Variables that would lead the CLI out of its private HOME, or its plugins to another cluster. */
const heldBack = [
  'DCOS_DIR',
  'DCOS_CONFIG',
  'DCOS_CLUSTER',
  'DCOS_URL',
  'DCOS_ACS_TOKEN',
  'DCOS_DCOS_URL',
  'DCOS_DCOS_ACS_TOKEN',
]

export type Environment = Record<string, string | undefined>

export interface AskOptions {
  clock: Clock
  signal: AbortSignal
  /** In milliseconds on that clock. */
  deadline: number
  /** The user's environment, of which the CLI sees a part. */
  environment?: Environment | undefined
  /** Further variables for this command. */
  settings?: Record<string, string>
}

export interface Answer {
  /** Exit status; 128 + n after signal n. */
  code: number
  stdout: string
  stderr: string
  /** It did not end before the deadline, and was killed. */
  late: boolean
}

/**
 * Runs the CLI without a terminal, with a closed stdin and an empty PATH, and returns its output, whatever its
 * exit status. Throws the signal's reason.
 */
export async function askCli(
  cli: string,
  home: string,
  words: string[],
  options: AskOptions,
): Promise<Answer> {
  const { clock, deadline, environment = {}, settings = {}, signal } = options
  signal.throwIfAborted()
  const seen = Object.fromEntries(passedOn.map((name) => [name, environment[name]]))
  const running = startChild(cli, words, {
    environment: { ...seen, ...settings, HOME: home, PATH: NO_PROGRAMS },
    stdio: 'read',
    folder: home,
  })
  const over = new AbortController()
  const late = clock.sleep(deadline, AbortSignal.any([signal, over.signal])).then(
    () => undefined,
    () => undefined,
  )
  const output = await Promise.race([running, late])
  over.abort()
  if (output === undefined) {
    kill(running.pid, 'SIGKILL')
    signal.throwIfAborted()
    return { code: exitOf(null, 'SIGKILL'), stdout: '', stderr: '', late: true }
  }
  return {
    code: exitOf(output.exitCode, output.signal),
    stdout: output.stdout,
    stderr: output.stderr,
    late: false,
  }
}

/** The version that a binary prints for `--version`, or why it prints none. */
export async function askVersion(
  cli: string,
  home: string,
  options: { clock: Clock; signal: AbortSignal },
): Promise<{ version: string } | { version: undefined; cause: string }> {
  const ask = () => askCli(cli, home, ['--version'], { ...options, deadline: VERSION_DEADLINE })
  let answer = await ask()
  // A process forked while the file was being written keeps it open until its exec.
  for (let tries = 1; tries < BUSY_TRIES && /text file busy/i.test(answer.stderr); tries++) {
    await options.clock.sleep(BUSY_PAUSE, options.signal)
    answer = await ask()
  }
  if (answer.late)
    return { version: undefined, cause: `--version did not end within ${VERSION_DEADLINE / 1000} s` }
  const said = answer.stdout.trim()
  const version = /^dcoscli\.version=(\S+)/m.exec(said)?.[1] ?? said.split('\n')[0]?.slice(0, 80)
  if (answer.code === 0 && version) return { version }
  const words = answer.stderr.trim().split('\n').at(-1)?.slice(0, 300)
  return {
    version: undefined,
    cause: `--version ended with status ${answer.code}${words ? `: ${words}` : ''}`,
  }
}

/** Runs the CLI as the user would, on their own terminal but in the private HOME, and returns its exit status. */
export async function runCli(
  cli: string,
  home: string,
  words: string[],
  options: ProgramOptions,
): Promise<number> {
  const environment: Environment = { ...options.environment, HOME: home }
  for (const name of heldBack) delete environment[name]
  return runAtTerminal(cli, words, { ...options, environment })
}
