import { type ChildProcess, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openRehearsal } from '../../tasks/rehearsal/index.ts'
import type { Stamped } from '../../tasks/runner/events.ts'

const repository = process.cwd()
/** What a project is made of. */
const PROJECT: string[] = JSON.parse(readFileSync(path.join(repository, 'test/project-files.json'), 'utf8'))

export interface Ran {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** With `--json`: the events, and the last of them. */
  events: Stamped[]
  // biome-ignore lint/suspicious/noExplicitAny: the end event is checked field by field.
  end: any
  ms: number
}

export interface RunOptions {
  environment?: Record<string, string>
  /** Kill with SIGKILL after this many milliseconds. */
  killAfter?: number
  cwd?: string
  input?: string
  /** In a process group of its own, as a shell starts it. */
  detached?: boolean
}

/** A separate project in a temporary folder, as after `git clone` and `npm ci`, with its own home. */
export class Project {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'dcos-bootstrap-'))
  readonly home = path.join(this.folder, '.home')

  /**
   * `node`: the Node that runs it. Its config sets `cli.url: built-in` by default: tests that are not about the CLI need neither
   * Python nor a network.
   */
  constructor(
    private readonly node = process.execPath,
    cli = 'built-in',
  ) {
    for (const name of PROJECT) {
      cpSync(path.join(repository, name), path.join(this.folder, name), { recursive: true })
    }
    symlinkSync(path.join(repository, 'node_modules'), path.join(this.folder, 'node_modules'))
    mkdirSync(this.home)
    const config = this.path('config/cluster.yaml')
    writeFileSync(
      config,
      readFileSync(config, 'utf8')
        .replace('url: auto\n  # The SHA', `url: ${cli}\n  # The SHA`)
        // At test speed the default deadline is a second or two.
        .replace('deadline: 90', 'deadline: 1440'),
    )
    // Compiled once for all projects of a test run.
    const compiled = process.env.TEST_BUILD
    if (compiled && existsSync(compiled)) cpSync(compiled, this.path('.task/build'), { recursive: true })
  }

  path(...parts: string[]): string {
    return path.join(this.folder, ...parts)
  }

  start(args: string[], options: RunOptions = {}): ChildProcess {
    return spawn(this.node, [this.path('tasks/runner/bin.js'), ...args], {
      cwd: options.cwd ?? this.folder,
      detached: options.detached ?? false,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // The developer's own environment must not affect a test.
      env: {
        PATH: process.env.PATH!,
        HOME: this.home,
        AWS_EC2_METADATA_DISABLED: 'true',
        ...options.environment,
      },
    })
  }

  /** Runs `task ARGS…` and waits for its end. */
  run(args: string[], options: RunOptions = {}): Promise<Ran> {
    const started = performance.now()
    const child = this.start(args, options)
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr?.on('data', (chunk) => {
      stderr += chunk
    })
    child.stdin?.end(options.input)
    const timer =
      options.killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.killAfter)
    return new Promise((resolve) => {
      child.on('close', (code, signal) => {
        clearTimeout(timer)
        const events = args.includes('--json') ? parseLines(stdout) : []
        resolve({ code, signal, stdout, stderr, events, end: events.at(-1), ms: performance.now() - started })
      })
    })
  }

  /** The settings of an SDK client that uses this project's rehearsed AWS. */
  stranger(speed: number, region = 'eu-west-1') {
    const { requestHandler } = openRehearsal({
      folder: this.path('.task/rehearsed'),
      speed,
      seed: 1,
      fail: [],
    })
    return {
      region,
      credentials: { accessKeyId: 'AKIASTRANGER', secretAccessKey: 'stranger' },
      requestHandler: requestHandler as never,
    }
  }

  /** Every file under .task with its content, byte for byte, except the compilation cache. */
  written(): Record<string, string> {
    const files = readdirSync(this.path('.task'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => !file.startsWith(this.path('.task/build/')))
    return Object.fromEntries(
      files.map((file) => [path.relative(this.folder, file), readFileSync(file, 'latin1')]),
    )
  }

  remove(): void {
    // A program that was just ended may still be writing.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}

function parseLines(text: string): Stamped[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Stamped]
      } catch {
        return []
      }
    })
}
