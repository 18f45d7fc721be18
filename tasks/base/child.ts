import { $, type ProcessPromise } from 'zx/core'

/** A POSIX shell: each command replaces it (`exec`), so that a process id, a signal and an exit status are the program's own. */
const SHELL = '/bin/sh'

export interface ChildOptions {
  environment: Record<string, string | undefined>
  /** The terminal itself; stdout and stderr to be read, stdin closed; or nothing at all. */
  stdio: 'inherit' | 'read' | 'ignore'
  /** Where it runs; our own working directory by default. */
  folder?: string | undefined
  /** In its own session: neither Ctrl-C nor our exit reaches it. */
  detached?: boolean
}

/** Starts a program; every child process begins here. Resolves when it has ended, whatever its exit status. */
export function startChild(program: string, words: string[], options: ChildOptions): ProcessPromise {
  const { detached = false, environment, folder, stdio } = options
  // Every option that the user's ZX_… variables could change is set.
  const command = $({
    env: environment,
    stdio: stdio === 'read' ? ['ignore', 'pipe', 'pipe'] : stdio,
    quote,
    shell: SHELL,
    prefix: '',
    postfix: '',
    detached,
    preferLocal: false,
    nothrow: true,
    quiet: true,
    verbose: false,
    ...(folder ? { cwd: folder } : {}),
  })
  return command`exec ${program} ${words}`
}

/** For POSIX shells; zx's own quoting is bash's. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
